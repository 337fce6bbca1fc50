/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_large: unrealistically large numbers do not overflow when they are read, added, multiplied
 * or printed.
 */
#include "unit.h"

#include <stdlib.h>

#include "cmd/report/json.h"
#include "cmd/report/text.h"
#include "cmd/log/time.h"
#include "report_feed.h"

#define ROWS    "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name\n"
#define KILL    "Out of memory: Kill process 7 (a) score 9 or sacrifice child\n"
#define INVOKED "a invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=0\n"
#define MEMCG   "Task in /a killed as a result of limit of /b\n"
#define MOST    "9007199254740991"    /* 2^53 - 1 */
#define TOO_BIG "9223372036854775807" /* 2^63 - 1 */

struct printed {
	char *text;
	size_t len;
	FILE *out;
	size_t n;
};

static void print(void *arg, struct report *r)
{
	struct printed *p = arg;
	int64_t seconds = 0;
	const struct unit_effects_kills no_units = { .n = 0 };
	bool has_seconds = log_time_date(r, 0, 1700000000, &seconds);
	struct analysis a;

	assert_int_equal(analysis_find(r, &a), 0);
	report_text_print(p->out, 80, r, &a, &no_units);
	report_json_print(p->out, r, &a, "", has_seconds, seconds, &no_units);
	analysis_free(&a);
	p->n++;
}

static void check(const char *name, const char *text, const char *want)
{
	struct printed p = { 0 };

	p.out = open_memstream(&p.text, &p.len);
	assert_non_null(p.out);
	feed_text_to(text, "%s", print, &p);
	assert_int_equal(fclose(p.out), 0);
	if (!p.n || !strstr(p.text, want))
		fail_msg("%s: no '%s' in %zu reports: %s", name, want, p.n, p.text);
	free(p.text);
}

static void each_alone(void **state)
{
	static const struct {
		const char *name, *text, *want;
	} all[] = {
		/* 2^42 + 2^42 + 2 * 2^42 of page tables */
		{ "pages of a process",
		  ROWS "[    7]     0     7  " MOST " " MOST " " MOST " " MOST " " MOST
		       " 0 a\n" KILL,
		  "\"points\":17592186044416," },
		{ "a row beyond all", ROWS "[    7]     0     7  1 " TOO_BIG " 1 1 1 0 a\n" KILL,
		  "\"table\":[]" },
		{ "resident memory",
		  "Killed process 7 (a) total-vm:1kB, anon-rss:" MOST "kB, file-rss:" MOST
		  "kB, shmem-rss:" MOST "kB\n",
		  "which had 8.0E of memory" },
		{ "what a reaper left",
		  "Killed process 7 (a) total-vm:1kB, anon-rss:1kB, file-rss:1kB\n"
		  "oom_reaper: reaped process 7 (a), now anon-rss:" MOST "kB, file-rss:" MOST
		  "kB, shmem-rss:" MOST "kB\n",
		  "\"left\":9223372036854774784" },
		{ "a zone without a high mark",
		  INVOKED "Node 0 DMA free:4kB min:1kB\nNode 0 HighMem free:2kB\n",
		  "DMA of node 0" },
		{ "a zone without a minimum",
		  INVOKED "Node 0 DMA free:4kB min:1kB\nlowmem_reserve[]: 0 0\n"
			  "Node 0 Normal free:2kB\nlowmem_reserve[]: 7 7\n",
		  "DMA of node 0" },
		{ "the counters of a machine",
		  INVOKED "active_anon:" MOST " inactive_anon:" MOST "\n" MOST
			  " pages RAM\n0 pages reserved\n",
		  "\"active_anon\":9007199254740991" },
		{ "a total and points",
		  INVOKED MOST " pages RAM\n0 pages reserved\nTotal swap = " MOST "kB\n" ROWS
			       "[    7]     0     7  1 " MOST " 1 1 1 1000 a\n" KILL,
		  "\"total_pages\":2251799813685247" },
		{ "the statistics of a cgroup",
		  MEMCG
		  "memory: usage " MOST "kB, limit 0kB, failcnt " MOST "\n"
		  "Memory cgroup stats for /b: rss:8796093022207KB cache:8796093022207KB\n"
		  "Memory cgroup stats for /b/c: rss:8796093022207KB cache:8796093022207KB\n" KILL,
		  "\"rss\":9007199254740991" },
		{ "the clocks of a record",
		  "{\"_SOURCE_REALTIME_TIMESTAMP\":\"" TOO_BIG
		  "\",\"_SOURCE_MONOTONIC_TIMESTAMP\":\"-" TOO_BIG
		  "\",\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"a invoked oom-killer: gfp_mask=0xd0, order=0\"}\n",
		  "\"uptime\":null" },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(all); i++)
		check(all[i].name, all[i].text, all[i].want);
}

/* The maximum number of lines, each with the largest number. */
static void all_together(void **state)
{
	static const struct {
		const char *name, *head, *line, *tail, *want;
		size_t n;
	} all[] = {
		{ "kernel stacks", INVOKED, "Node 0 active_anon:1kB kernel_stack:" MOST "kB\n",
		  KILL, "\"kernel_stack\":9223372036854774784", 1100 },
		{ "huge pages", INVOKED,
		  "Node 0 hugepages_total=1 hugepages_free=0 hugepages_size=" MOST "kB\n", KILL,
		  "\"hugetlb\":9223372036854774784", 1100 },
		/* 200,000 times 2^44 pages are 12500 EiB of 4 KiB: more than the text can show. */
		{ "processes of a name", INVOKED ROWS,
		  "[    7]     0     7  1 " MOST " " MOST " " MOST " " MOST " 0 a\n", KILL,
		  "  a                             200000       - ", REPORT_MAX_ROWS },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(all); i++) {
		size_t head = strlen(all[i].head), line = strlen(all[i].line);
		char *text = malloc(head + all[i].n * line + strlen(all[i].tail) + 1), *at = text;

		assert_non_null(text);
		at = stpcpy(at, all[i].head);
		for (size_t k = 0; k < all[i].n; k++)
			at = stpcpy(at, all[i].line);
		strcpy(at, all[i].tail);
		check(all[i].name, text, all[i].want);
		free(text);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_alone),
		cmocka_unit_test(all_together),
	};

	return UNIT_RUN(argc, argv, tests);
}
