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

/* false: it is not known. */
static bool find_number(const struct task *t, char letter, bool use_rss_stat, int64_t *value)
{
	/* The only approximate count in /proc is that of rss. */
	unsigned int parts = use_rss_stat ? NOT_SEEN : TASK_RSS_SPLIT;
	bool has_old = task_has(t, TASK_OOM_ADJ);
	const struct {
		char letter;
		unsigned int has;
		int64_t value;
	} numbers[] = {
		{ 'p', 0, t->mm_pid },
		/* The kernel prints it as %d: from 2^31 on it is negative. */
		{ 'u', TASK_UID, (int32_t)t->uid },
		{ 't', 0, t->pid },
		{ 'v', TASK_TOTAL_VM, (int64_t)t->total_vm },
		{ 'r', use_rss_stat ? TASK_RSS_STAT : TASK_RSS,
		  (int64_t)(use_rss_stat ? t->rss_stat : t->rss) },
		{ 'A', parts, (int64_t)t->rss_anon },
		{ 'F', parts, (int64_t)t->rss_file },
		{ 'S', parts, (int64_t)t->rss_shmem },
		{ 'e', TASK_PTES, (int64_t)t->nr_ptes },
		{ 'm', TASK_PMDS, (int64_t)t->nr_pmds },
		{ 'g', TASK_PGTABLES, (int64_t)t->pgtables_bytes },
		{ 's', use_rss_stat && t->swap ? NOT_SEEN : TASK_SWAP, (int64_t)t->swap },
		{ 'c', TASK_CPU, t->cpu },
		{ 'o', has_old ? TASK_OOM_ADJ : TASK_ADJ,
		  has_old ? t->oom_adj : adj_to_old(t->adj, 0) },
		{ 'a', TASK_ADJ, t->adj },
	};
	size_t i = 0;

	while (i + 1 < sizeof(numbers) / sizeof(numbers[0]) && numbers[i].letter != letter)
		i++;
	*value = numbers[i].value;
	return task_has(t, numbers[i].has);
}

size_t task_dump_row(const struct task_dump *l, const struct task *t, bool use_rss_stat, char *buf,
		     size_t size)
{
	size_t at = 0;

	for (const char *p = l->row; *p && at + 1 < size; p++) {
		char digits[24] = "-";
		int64_t value;
		int width, len;

		if (*p != '%') {
			buf[at++] = *p;
			continue;
		}
		width = (int)strtol(p + 1, (char **)&p, 10);
		if (*p == 'n') {
			len = snprintf(buf + at, size - at, "%s", t->name);
		} else {
			if (find_number(t, *p, use_rss_stat, &value))
				snprintf(digits, sizeof(digits), "%" PRId64, value);
			len = snprintf(buf + at, size - at, "%*s", width, digits);
		}
		at += (size_t)len < size - at ? (size_t)len : size - at - 1;
	}
	buf[at] = '\0';
	return at;
}
