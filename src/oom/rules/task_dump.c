/* SPDX-License-Identifier: GPL-2.0-or-later */
/* task_dump: the task dump of each kernel, byte for byte (dump_tasks() in mm/oom_kill.c). */
#include "oom/rules/task_dump.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oom/rules/adj.h"
#include "oom/rules/version.h"

#define STATE_TITLE "Tasks state (memory values in pages):"

/*
 * Letters: p thread, u uid, t tgid, v total_vm, r rss, A F S rss_anon rss_file rss_shmem, e
 * nr_ptes, m nr_pmds, g pgtables_bytes, s swapents, c cpu, o oom_adj, a oom_score_adj, n name.
 */
static const struct task_dump layouts[] = {
	{ VERSION(2, 6, 25), NULL, "[ pid ]   uid  tgid total_vm      rss cpu oom_adj name",
	  "[%5p] %5u %5t %8v %8r %3c     %3o %n" },
	{ VERSION(2, 6, 36), NULL,
	  "[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name",
	  "[%5p] %5u %5t %8v %8r %3c     %3o         %5a %n" },
	{ VERSION(3, 6, 0), NULL,
	  "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
	  "[%5p] %5u %5t %8v %8r %7e %8s         %5a %n" },
	{ VERSION(4, 0, 0), NULL,
	  "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name",
	  "[%5p] %5u %5t %8v %8r %7e %7m %8s         %5a %n" },
	{ VERSION(4, 15, 0), NULL,
	  "[ pid ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
	  "[%5p] %5u %5t %8v %8r %8g %8s         %5a %n" },
	{ VERSION(4, 19, 0), STATE_TITLE,
	  "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
	  "[%7p] %5u %5t %8v %8r %8g %8s         %5a %n" },
	{ VERSION(6, 8, 0), STATE_TITLE,
	  "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes "
	  "swapents oom_score_adj name",
	  "[%7p] %5u %5t %8v %8r %8A %8F %9S %8g %8s         %5a %n" },
};

/* Kernels of vendors that have the dump of a later version. */
static const struct {
	const char *mark;
	int version, has;
} vendors[] = {
	{ "el6", VERSION(2, 6, 32), VERSION(2, 6, 36) },
	{ "el8", VERSION(4, 18, 0), VERSION(4, 19, 0) },
};

int task_dump_find(const char *release, const struct task_dump **layout)
{
	int version, err = version_parse(release, &version);

	if (err)
		return err;
	for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++)
		if (version == vendors[i].version && strstr(release, vendors[i].mark))
			version = vendors[i].has;
	*layout = NULL;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (version >= layouts[i].since)
			*layout = &layouts[i];
	return 0;
}

/* No task has it. */
#define NOT_SEEN (1U << 31)

struct number {
	bool known;
	int64_t value;
};

static struct number number_of(const struct task *t, unsigned int has, uint64_t value)
{
	return (struct number){ task_has(t, has), (int64_t)value };
}

static struct number old_adj(const struct task *t)
{
	if (task_has(t, TASK_OOM_ADJ))
		return (struct number){ true, t->oom_adj };
	return (struct number){ task_has(t, TASK_ADJ), adj_to_old(t->adj, 0) };
}

static struct number find_number(const struct task *t, char letter, bool use_rss_stat)
{
	/* Of the approximate counts /proc shows only that of rss. */
	unsigned int parts = use_rss_stat ? NOT_SEEN : TASK_RSS_SPLIT;

	switch (letter) {
	case 'p':
		return (struct number){ true, t->mm_pid };
	case 'u':
		/* The kernel prints it as %d: from 2^31 on it is negative. */
		return (struct number){ task_has(t, TASK_UID), (int32_t)t->uid };
	case 't':
		return (struct number){ true, t->pid };
	case 'v':
		return number_of(t, TASK_TOTAL_VM, t->total_vm);
	case 'r':
		return use_rss_stat ? number_of(t, TASK_RSS_STAT, t->rss_stat)
				    : number_of(t, TASK_RSS, t->rss);
	case 'A':
		return number_of(t, parts, t->rss_anon);
	case 'F':
		return number_of(t, parts, t->rss_file);
	case 'S':
		return number_of(t, parts, t->rss_shmem);
	case 'e':
		return number_of(t, TASK_PTES, t->nr_ptes);
	case 'm':
		return number_of(t, TASK_PMDS, t->nr_pmds);
	case 'g':
		return number_of(t, TASK_COLUMNSS, t->pgtables_bytes);
	case 's':
		return number_of(t, use_rss_stat && t->swap ? NOT_SEEN : TASK_SWAP, t->swap);
	case 'c':
		return number_of(t, TASK_CPU, (uint64_t)t->cpu);
	case 'o':
		return old_adj(t);
	default:
		return number_of(t, TASK_ADJ, (uint64_t)t->adj);
	}
}

size_t task_dump_row(const struct task_dump *l, const struct task *t, bool use_rss_stat, char *buf,
		     size_t size)
{
	size_t at = 0;

	for (const char *p = l->row; *p && at + 1 < size; p++) {
		char digits[24] = "-";
		struct number n;
		int width, len;

		if (*p != '%') {
			buf[at++] = *p;
			continue;
		}
		width = (int)strtol(p + 1, (char **)&p, 10);
		if (*p == 'n') {
			len = snprintf(buf + at, size - at, "%s", t->name);
		} else {
			n = find_number(t, *p, use_rss_stat);
			if (n.known)
				snprintf(digits, sizeof(digits), "%" PRId64, n.value);
			len = snprintf(buf + at, size - at, "%*s", width, digits);
		}
		at += (size_t)len < size - at ? (size_t)len : size - at - 1;
	}
	buf[at] = '\0';
	return at;
}
