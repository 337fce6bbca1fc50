/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * analysis: the order computed from a report's table, and its explanation. The numbers were worked
 * out by hand.
 */
#include "unit.h"

#include "oom/report/gfp.h"
#include "oom/rules/version.h"
#include "oom/report/analysis.h"
#include "report_feed.h"

#define X REPORT_ABSENT

struct expected {
	const char *log;
	enum analysis_result result;
	int64_t points; /* of the chosen process */
	size_t place, n_candidates;
	int64_t total_pages; /* X: not known */
	int64_t score;
	int largest; /* whether the chosen process is; -1: not known */
};

static const struct expected all[] = {
	{ "2.6.09-global", ANALYSIS_NO_TABLE, X, 0, 0, X, X, -1 },
	{ "2.6.27-cpuset", ANALYSIS_HEURISTIC, X, 1, 1, X, X, 1 },
	{ "2.6.32-memcg", ANALYSIS_HEURISTIC, X, 2, 2, 24576, X, 0 },
	/* 1312806 * 1000 / (2097151 - 67001) = 646 */
	{ "2.6.32-el6-classic", ANALYSIS_AGREES, 646, 1, 3, 2030150, 646, 1 },
	{ "3.2-panic", ANALYSIS_NO_VICTIM, X, 0, 0, X, X, -1 },
	/*
	 * 101992 * 1000 / (262141 - 7310 + 65535) = 318: 401 would include swap, which the table
	 * lacks; it is first anyway.
	 */
	{ "3.4-global", ANALYSIS_AGREES, 318, 1, 2, 320366, 318, 1 },
	/* 98304 + 320; * 1000 / 184320 = 535 */
	{ "3.10-global", ANALYSIS_AGREES, 98624, 1, 2, 184320, 535, 1 },
	/* 32100 + 80; * 1000 / 32768 = 982, as printed: swap without a limit, but the machine had none */
	{ "3.16-memcg-torn", ANALYSIS_AGREES, 32180, 1, 2, 32768, 982, 1 },
	/* 101000 + 240 + 4; 126976 pages; twins */
	{ "4.3-sharing", ANALYSIS_TIE, 101244, 1, 2, 126976, 797, 1 },
	/* 110000 + 60000 + 440 + 4 = 170444; 126976 + 131071 = 258047 pages; * 1000 / 258047 = 660 */
	{ "4.6-global", ANALYSIS_AGREES, 170444, 1, 2, 258047, 660, 1 },
	/* 115000 + 1003520 / 4096 = 115245; * 1000 / 126976 = 907 */
	{ "4.17-global", ANALYSIS_AGREES, 115245, 1, 2, 126976, 907, 1 },
	/* 9100 + 114688 / 4096 = 9128; * 1000 / 10240 = 891, as printed */
	{ "4.19-oom-group", ANALYSIS_AGREES, 9128, 1, 2, 10240, 891, 1 },
	/* 28000 + 270336 / 4096 = 28066 */
	{ "5.2-cpuset", ANALYSIS_AGREES, 28066, 1, 2, X, X, 1 },
	/* 240000 + 2007040 / 4096 = 240490 */
	{ "5.4-bytes", ANALYSIS_AGREES, 240490, 1, 1, 253952, X, 1 },
	/* 46000 + 2560 + 110 + 100 * 53 = 53970; (204800 + 10240) / 4 = 53760 pages; the larger has no adj */
	{ "5.10-memcg-v2", ANALYSIS_AGREES, 53970, 1, 3, 53760, X, 1 },
	{ "5.15-allocating", ANALYSIS_ALLOCATING, 9029, 2, 2, 62536, X, 0 },
	/* 700000 + 200000 + 1600; 2036000 - 86000 + 524287 pages */
	{ "6.8-global", ANALYSIS_AGREES, 901600, 1, 3, 2474287, X, 1 },
	/* 64 KiB pages: 950 + 53248 / 65536 = 950; 65536 / 64 pages */
	{ "6.12-memcg-v2", ANALYSIS_AGREES, 950, 1, 2, 1024, X, 1 },
};

static const struct expected *current;

static void check(const char *what, int64_t got, int64_t want)
{
	char name[96];

	snprintf(name, sizeof(name), "%s: %s", current->log, what);
	unit_number(name, got, want);
}

static void check_analysis(void *arg, struct report *r)
{
	const struct expected *e = current;
	struct analysis a;

	(void)arg;
	assert_int_equal(analysis_find(r, &a), 0);
	check("result", a.result, e->result);
	check("place", (int64_t)a.place, (int64_t)e->place);
	check("candidates", (int64_t)a.n_candidates, (int64_t)e->n_candidates);
	check("total", a.has_totals ? (int64_t)a.totals.total_pages : X, e->total_pages);
	check("score", a.score, e->score);
	check("largest",
	      a.knows_largest && a.chosen != X
		      ? analysis_pages(&a, &r->rows[a.chosen]) >= a.most_pages
		      : -1,
	      e->largest);
	check("points", a.has_points && a.chosen != X ? r->rows[a.chosen].task.points : X,
	      e->points);
	analysis_free(&a);
}

static void results(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(all); i++) {
		current = &all[i];
		feed_load(all[i].log);
		feed_all("%s", check_analysis, NULL);
	}
}

/* A report of three processes, changed to give each cause. */
static const char frame[] =
	"x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
	"CPU: 0 PID: 9 Comm: x Not tainted %s #1\n"
	"100000 pages RAM\n"
	"0 pages reserved\n"
	"Total swap = 0kB\n"
	"[ pid ]   uid  tgid total_vm      rss %s oom_score_adj name\n"
	"%s"
	"%s";

static struct analysis found;

static void take_analysis(void *arg, struct report *r)
{
	(void)arg;
	assert_int_equal(analysis_find(r, &found), 0);
	analysis_free(&found);
}

static void causes(void **state)
{
	static const struct {
		const char *release, *columns, *rows, *end;
		enum analysis_result result;
	} cases[] = {
		/* 3 % off 10000 is less than 9900: only before 4.17, and only for root */
		{ "4.10.0", "nr_ptes nr_pmds swapents",
		  "[ 1] 0 1 9 10000 0 0 0 0 a\n[ 2] 7 2 9 9900 0 0 0 0 b\n",
		  "Out of memory: Kill process 2 (b) score 99 or sacrifice child\n"
		  "Killed process 2 (b) total-vm:36kB, anon-rss:4kB, file-rss:0kB\n",
		  ANALYSIS_ROOT },
		{ "4.10.0", "nr_ptes nr_pmds swapents",
		  "[ 1] 5 1 9 10000 0 0 0 0 a\n[ 2] 7 2 9 9900 0 0 0 0 b\n",
		  "Out of memory: Kill process 2 (b) score 99 or sacrifice child\n"
		  "Killed process 2 (b) total-vm:36kB, anon-rss:4kB, file-rss:0kB\n",
		  ANALYSIS_COUNTERS },
		{ "6.1.0", "pgtables_bytes swapents",
		  "[ 1] 5 1 9 20000 0 0 0 a\n[ 2] 7 2 9 9900 0 0 0 b\n",
		  "Out of memory: Killed process 2 (b) total-vm:36kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB\n",
		  ANALYSIS_UNEXPLAINED },
		/* The last of equal processes is killed since 5.3, before that the first. */
		{ "6.1.0", "pgtables_bytes swapents",
		  "[ 1] 5 1 9 9900 0 0 0 a\n[ 2] 7 2 9 9900 0 0 0 b\n",
		  "Out of memory: Killed process 2 (b) total-vm:36kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB\n",
		  ANALYSIS_TIE },
		{ "6.1.0", "pgtables_bytes swapents", "[ 1] 5 1 9 9900 0 0 0 a\n",
		  "Out of memory: Killed process 2 (b) total-vm:36kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB\n",
		  ANALYSIS_NOT_LISTED },
		/* An earlier report killed the larger process. */
		{ "6.1.0", "pgtables_bytes swapents",
		  "[ 1] 5 1 9 20000 0 0 0 a\n[ 2] 7 2 9 9900 0 0 0 b\n",
		  "Out of memory: Killed process 1 (a) total-vm:36kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB\n"
		  "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
		  "CPU: 0 PID: 9 Comm: x Not tainted 6.1.0 #1\n"
		  "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"
		  "[ 1] 5 1 9 20000 0 0 0 a\n[ 2] 7 2 9 9900 0 0 0 b\n"
		  "Out of memory: Killed process 2 (b) total-vm:36kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB\n",
		  ANALYSIS_OTHERS_DYING },
	};
	char text[4096], name[32];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		snprintf(text, sizeof(text), frame, cases[i].release, cases[i].columns,
			 cases[i].rows, cases[i].end);
		feed_text_to(text, "[ 1.5] %s", take_analysis, NULL);
		snprintf(name, sizeof(name), "case %zu", i);
		unit_number(name, found.result, cases[i].result);
	}
}

static void flags(void **state)
{
	static const struct {
		int64_t mask;
		int version;
		const char *spelled, *purpose;
	} masks[] = {
		{ 0x201da, VERSION(2, 6, 32), "GFP_HIGHUSER_MOVABLE|__GFP_COLD",
		  "a file that a program reads" },
		{ 0x280da, VERSION(3, 10, 0), "GFP_HIGHUSER_MOVABLE|__GFP_ZERO",
		  "new memory of a program" },
		{ 0xd0, VERSION(2, 6, 18), "GFP_KERNEL", "kernel data structures" },
		{ 0x20, VERSION(3, 2, 0), "GFP_ATOMIC", "an interrupt handler, which cannot wait" },
		{ 0x1200d2, VERSION(2, 6, 27), "GFP_HIGHUSER_MOVABLE",
		  "memory of a program, or file data" },
		{ 0x24200ca, VERSION(4, 4, 0), "GFP_HIGHUSER_MOVABLE",
		  "memory of a program, or file data" },
		{ 0x24000c0, VERSION(4, 5, 0), "GFP_KERNEL", "kernel data structures" },
		{ 0x40000000d0, VERSION(3, 10, 0), "GFP_KERNEL|0x4000000000",
		  "kernel data structures" },
		{ 0xcc0, VERSION(5, 10, 0), "", "" },
		{ 0xd0, 0, "", "" },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(masks); i++) {
		unit_text("gfp", gfp_spell(masks[i].mask, masks[i].version, text, sizeof(text)),
			  masks[i].spelled);
		unit_text("purpose", gfp_purpose(text), masks[i].purpose);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(results),
		cmocka_unit_test(causes),
		cmocka_unit_test(flags),
	};

	return UNIT_RUN(argc, argv, tests);
}
