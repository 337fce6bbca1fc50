/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snapshot: the machine and its processes at one moment, ranked as the running kernel would. */
#include "sys/scan/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "oom/rules/version.h"
#include "oom/rules/kill_order.h"
#include "sys/proc/procfs.h"
#include "sys/proc/task.h"
#include "sys/proc/workers.h"

#define PIDFS_MAGIC 0x50494446 /* include/uapi/linux/magic.h, since 6.9 */

static int compare_first_dies(const void *a, const void *b)
{
	return kill_order_compare(a, b, TIE_FIRST);
}

static int compare_last_dies(const void *a, const void *b)
{
	return kill_order_compare(a, b, TIE_LAST);
}

static void sort_tasks(struct snapshot *s)
{
	if (s->scan.n_tasks)
		qsort(s->scan.tasks, s->scan.n_tasks, sizeof(struct task),
		      s->rules->tie_global == TIE_LAST ? compare_last_dies : compare_first_dies);
}

static void compute_points(struct snapshot *s)
{
	for (size_t i = 0; i < s->scan.n_tasks; i++) {
		struct task *t = &s->scan.tasks[i];

		if (rules_points(s->rules, s->rss, t, &s->machine.totals, &t->points))
			t->points = t->score;
		t->has |= TASK_POINTS;
	}
}

/* The inode of a pidfd grows with each fork from 6.9 until 7.0, where each CPU counts its own. */
static bool has_fork_ids(const struct snapshot *s)
{
	int fd = s->machine.version < VERSION(7, 0, 0) ? (int)syscall(SYS_pidfd_open, getpid(), 0)
						       : -1;
	struct statfs fs;
	bool has;

	if (fd < 0)
		return false;
	has = fstatfs(fd, &fs) == 0 && fs.f_type == PIDFS_MAGIC;
	close(fd);
	return has;
}

static bool is_tie(const struct task *a, const struct task *b)
{
	return a->spared == KILLABLE && b->spared == KILLABLE && a->points == b->points;
}

/*
 * A tie that the start times do not decide: a process gets its start time before its place in the
 * list, so that forks of neighbouring ticks may be swapped.
 */
static bool is_close_tie(const struct task *a, const struct task *b)
{
	return is_tie(a, b) && a->start_ticks <= b->start_ticks + 1 &&
	       b->start_ticks <= a->start_ticks + 1;
}

static bool has_neighbour(const struct snapshot *s, size_t i,
			  bool (*ties)(const struct task *, const struct task *))
{
	const struct task *t = s->scan.tasks;

	return (i > 0 && ties(&t[i - 1], &t[i])) ||
	       (i + 1 < s->scan.n_tasks && ties(&t[i], &t[i + 1]));
}

/* Only ties need start times. */
static void read_ages(void *arg, size_t first, size_t end)
{
	struct snapshot *s = arg;
	struct task_reader *reader = NULL;

	for (size_t i = first; i < end; i++) {
		if (task_has(&s->scan.tasks[i], TASK_START) || !has_neighbour(s, i, is_tie))
			continue;
		if (!reader)
			reader = task_new(s->proc, &s->machine);
		if (reader)
			task_stat(reader, &s->scan.tasks[i]);
	}
	free(reader);
}

struct fork_ids {
	struct snapshot *s;
	bool all; /* else only for ties of start times */
};

static void read_fork_ids(void *arg, size_t first, size_t end)
{
	const struct fork_ids *ids = arg;

	for (size_t i = first; i < end; i++) {
		struct task *t = &ids->s->scan.tasks[i];
		struct stat st;
		int fd;

		if (task_has(t, TASK_FORK_ID) ||
		    !(ids->all || has_neighbour(ids->s, i, is_close_tie)))
			continue;
		fd = (int)syscall(SYS_pidfd_open, t->pid, 0);
		if (fd < 0)
			continue;
		if (fstat(fd, &st) == 0) {
			t->fork_id = st.st_ino;
			t->has |= TASK_FORK_ID;
		}
		close(fd);
	}
}

static void settle_ties(struct snapshot *s, bool wants_ages)
{
	struct fork_ids ids = { .s = s };

	workers_run(s->scan.n_tasks, read_ages, s);
	sort_tasks(s);
	if (!has_fork_ids(s))
		return;
	workers_run(s->scan.n_tasks, read_fork_ids, &ids);
	sort_tasks(s);
	ids.all = true;
	if (wants_ages)
		workers_run(s->scan.n_tasks, read_fork_ids, &ids);
}

/* Whether a process of which only the score is known is killable: before 5.9 init has a score. */
static bool counts_ahead(const struct snapshot *s, const struct scan_score *score)
{
	return !score->is_done && !(score->pid == 1 && s->machine.is_initial_pidns);
}

/* Tasks before it in the list, and processes with a higher score and no details, come first. */
static void number_places(struct snapshot *s)
{
	struct scan *scan = &s->scan;
	size_t ahead = 0, at = 0;

	for (size_t i = 0; i < scan->n_tasks && scan->tasks[i].spared == KILLABLE; i++) {
		int64_t own = scan->has_points ? scan->tasks[i].points : scan->tasks[i].score;

		for (; at < scan->n_scores && scan->scores[at].score > own; at++)
			ahead += counts_ahead(s, &scan->scores[at]);
		scan->tasks[i].place = (uint32_t)(ahead + i + 1);
	}
}

/*
 * hidepid and PID namespaces hide the processes that the kernel counts and the listing lacks.
 * Elsewhere the difference is only what started or ended meanwhile.
 */
static void count_hidden(struct snapshot *s)
{
	struct scan *scan = &s->scan;

	if ((!scan->sees_init || !s->machine.is_initial_pidns) && scan->n_machine > scan->n_seen)
		scan->n_unseen += scan->n_machine - scan->n_seen;
}

/*
 * Whether the scores that were read follow from the points by the rules: four of five, as some
 * processes run while they are read.
 */
static bool are_scores_explained(const struct snapshot *s, size_t *n_evidence)
{
	size_t n_explained = rules_explained(s->rules, s->scan.tasks, s->scan.n_tasks,
					     &s->machine.totals, n_evidence);

	return n_explained * 5 >= *n_evidence * 4;
}

/* If the rules explain the scores that were read, the others follow; else they are read. */
static void complete_scores(struct snapshot *s)
{
	struct scan *scan = &s->scan;
	size_t n_evidence;

	if (!are_scores_explained(s, &n_evidence) || n_evidence < RULES_EVIDENCE)
		scan_read_scores(s->proc, &s->machine, scan);
	for (size_t i = 0; i < scan->n_tasks; i++) {
		struct task *t = &scan->tasks[i];

		if (task_has(t, TASK_SCORE))
			continue;
		t->score = t->spared == KILLABLE
				   ? rules_score(s->rules, t->points, &s->machine.totals)
				   : 0;
		t->has |= TASK_SCORE;
	}
}

/*
 * /proc/PID/stat is needed where its count of RSS is another. If the scores do not tell which is
 * used: until 7.0 that one, then the sum.
 */
static bool needs_stat(struct snapshot *s)
{
	if (!machine_has_two_rss(s->proc))
		return false;
	s->rss = s->machine.version >= VERSION(7, 0, 0) ? RSS_STATUS : RSS_STAT;
	return true;
}

int snapshot_take(const struct scan_want *want, struct snapshot *s)
{
	struct scan_want all = *want;
	size_t n_evidence;
	int err;

	memset(s, 0, sizeof(*s));
	s->rss = RSS_STATUS;
	s->proc = procfs_open();
	err = s->proc < 0 ? s->proc : machine_read(s->proc, &s->machine);
	if (err)
		return err;
	for (;;) {
		all.stat |= !all.census && needs_stat(s);
		err = scan_read(s->proc, &s->machine, &all, &s->scan);
		if (err)
			return err;
		s->rules = rules_fit(s->machine.version, s->scan.tasks, s->scan.n_tasks,
				     &s->machine.totals, &s->rss);
		if (!all.census || (s->rules == rules_find(s->machine.version) &&
				    are_scores_explained(s, &n_evidence)))
			break;
		/* The kernel computes the points of the rows by other rules: reads /proc. */
		all.census = NULL;
		scan_free(&s->scan);
	}
	compute_points(s);
	if (want->only_pids)
		return 0;
	count_hidden(s);
	complete_scores(s);
	sort_tasks(s);
	settle_ties(s, want->ages);
	number_places(s);
	return 0;
}

int snapshot_take_pids(const pid_t *pids, size_t n, const struct bpf_tasks *census,
		       struct snapshot *s)
{
	const struct scan_want want = { .pids = pids,
					.n_pids = n,
					.only_pids = true,
					.census = census };

	return snapshot_take(&want, s);
}

void snapshot_free(struct snapshot *s)
{
	if (s->proc >= 0)
		close(s->proc);
	s->proc = -1;
	scan_free(&s->scan);
}

uint64_t snapshot_rss(const struct snapshot *s, const struct task *t)
{
	return s->rss == RSS_STAT && task_has(t, TASK_RSS_STAT) ? t->rss_stat : t->rss;
}
