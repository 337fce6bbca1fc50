/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snapshot: the machine and its processes at one moment, ranked by the rules of the kernel. */
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

/*
 * Whether a neighbour has the same points and, if is_close, the start times do not decide: a
 * process gets its start time before its place in the list, so that forks of neighbouring ticks may
 * be swapped.
 */
static bool is_tie(const struct snapshot *s, size_t i, bool is_close)
{
	const struct task *a = &s->scan.tasks[i];

	for (size_t k = i ? i - 1 : i + 1; k <= i + 1 && k < s->scan.n_tasks; k += 2) {
		const struct task *b = &s->scan.tasks[k];

		if (a->unkillable == KILLABLE && b->unkillable == KILLABLE &&
		    a->points == b->points &&
		    (!is_close || (a->start_ticks <= b->start_ticks + 1 &&
				   b->start_ticks <= a->start_ticks + 1)))
			return true;
	}
	return false;
}

/* Only ties need start times. */
static void read_ages(void *arg, size_t first, size_t end)
{
	struct snapshot *s = arg;
	struct task_reader *reader = NULL;

	for (size_t i = first; i < end; i++) {
		if (task_has(&s->scan.tasks[i], TASK_START) || !is_tie(s, i, false))
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

		if (task_has(t, TASK_FORK_ID) || !(ids->all || is_tie(ids->s, i, true)))
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

/* The inode of a pidfd grows with each fork from 6.9 until 7.0; then each CPU counts. */
static bool has_fork_ids(const struct snapshot *s)
{
	struct statfs fs;
	bool has_ids;
	int fd;

	if (s->machine.version >= VERSION(7, 0, 0))
		return false;
	fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	has_ids = fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == PIDFS_MAGIC;
	if (fd >= 0)
		close(fd);
	return has_ids;
}

static void settle_ties(struct snapshot *s, bool wants_ages)
{
	struct fork_ids ids = { .s = s, .all = wants_ages };

	workers_run(s->scan.n_tasks, read_ages, s);
	sort_tasks(s);
	if (has_fork_ids(s)) {
		workers_run(s->scan.n_tasks, read_fork_ids, &ids);
		sort_tasks(s);
	}
}

/* Tasks before it in the list, and processes with a higher score and no details, come first. */
static void number_places(struct snapshot *s)
{
	struct scan *scan = &s->scan;
	size_t ahead = 0, at = 0;

	for (size_t i = 0; i < scan->n_tasks && scan->tasks[i].unkillable == KILLABLE; i++) {
		int64_t own = scan->has_points ? scan->tasks[i].points : scan->tasks[i].score;

		/* Before 5.9 init has a score, but is not killable. */
		for (; at < scan->n_scores && scan->scores[at].score > own; at++)
			ahead += !scan->scores[at].is_done &&
				 !(scan->scores[at].pid == 1 && s->machine.is_initial_pidns);
		scan->tasks[i].place = (uint32_t)(ahead + i + 1);
	}
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

/* If the rules explain the scores that were read, the others are computed; else they are read. */
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
		t->score = t->unkillable == KILLABLE
				   ? rules_score(s->rules, t->points, &s->machine.totals)
				   : 0;
		t->has |= TASK_SCORE | TASK_SCORE_COMPUTED;
	}
}

static void set_points(struct snapshot *s)
{
	for (size_t i = 0; i < s->scan.n_tasks; i++) {
		struct task *t = &s->scan.tasks[i];

		if (rules_points(s->rules, s->rss, t, &s->machine.totals, &t->points))
			t->points = t->score;
		t->has |= TASK_POINTS;
	}
}

/* For ties among many: fork ids take less time to read than start times. */
static int compare_forks(const void *va, const void *vb)
{
	const struct task *a = va, *b = vb;

	if (a->points != b->points)
		return a->points > b->points ? -1 : 1;
	return (a->fork_id > b->fork_id) - (a->fork_id < b->fork_id);
}

static int compare_last_forks(const void *va, const void *vb)
{
	const struct task *a = va, *b = vb;

	return a->points != b->points ? compare_forks(a, b) : compare_forks(b, a);
}

/* Sorts the first n by points and forks. false: some forks are unknown. */
static bool sort_by_forks(struct snapshot *s, size_t n)
{
	struct fork_ids ids = { .s = s, .all = true };

	if (!has_fork_ids(s))
		return false;
	workers_run(n, read_fork_ids, &ids);
	for (size_t i = 0; i < n; i++)
		if (!task_has(&s->scan.tasks[i], TASK_FORK_ID))
			return false;
	qsort(s->scan.tasks, n, sizeof(struct task),
	      s->rules->tie_global == TIE_LAST ? compare_last_forks : compare_forks);
	return true;
}

/* More than the first that are wanted, to find the rules; and neighbours can be swapped. */
#define SPARE_TASKS 256

struct first_tasks {
	struct snapshot *s;
	size_t kept;
};

/*
 * The end of those that tie with the last of the first n, so that their ages decide: after
 * sort_tasks(), if start times are known only those that started at most a tick from it.
 */
static size_t find_ties_end(const struct snapshot *s, size_t n)
{
	const struct task *last = &s->scan.tasks[n - 1], *t = last + 1;

	for (; n < s->scan.n_tasks && t->points == last->points; n++, t++)
		if (task_has(t, TASK_START) && task_has(last, TASK_START) &&
		    (t->start_ticks > last->start_ticks + 1 ||
		     last->start_ticks > t->start_ticks + 1))
			break;
	return n;
}

/* Keeps only the first. */
static int keep_first(void *arg, struct scan *scan)
{
	const struct first_tasks *first = arg;
	struct snapshot *s = first->s;
	size_t n;

	if (scan->n_tasks <= first->kept)
		return 0;
	if (!s->rules)
		s->rules = scan->has_points ? rules_find(s->machine.version)
					    : rules_fit(s->machine.version, scan->tasks,
							scan->n_tasks, &s->machine.totals, &s->rss);
	set_points(s);
	sort_tasks(s);
	n = scan->n_tasks = find_ties_end(s, first->kept);
	if (n > first->kept && !scan->has_points && !sort_by_forks(s, n)) {
		workers_run(n, read_ages, s);
		sort_tasks(s);
	}
	scan->n_tasks = first->kept;
	return 0;
}

/* Completes what depends on the other tasks. */
static void complete(struct snapshot *s, bool wants_ages)
{
	complete_scores(s);
	sort_tasks(s);
	settle_ties(s, wants_ages);
	number_places(s);
}

int snapshot_take(const struct scan_want *want, struct snapshot *s)
{
	struct first_tasks first = { s, want->top + SPARE_TASKS };
	struct scan_want all = *want;
	struct scan *scan = &s->scan;
	size_t n_evidence;
	int err;

	/* The places of named processes depend on all that tie with them. */
	if (want->top != SCAN_ALL && !want->n_pids) {
		all.reduce = keep_first;
		all.reduce_arg = &first;
	}

	memset(s, 0, sizeof(*s));
	s->rss = RSS_STATUS;
	s->proc = procfs_open();
	err = s->proc < 0 ? s->proc : machine_read(s->proc, &s->machine);
	if (err)
		return err;
	for (;;) {
		/*
		 * /proc/PID/stat is needed if its count of RSS differs. If the scores do not show
		 * which one is used: until 7.0 that one, then the sum.
		 */
		if (!all.bpf && machine_has_two_rss(s->proc)) {
			s->rss = s->machine.version >= VERSION(7, 0, 0) ? RSS_STATUS : RSS_STAT;
			all.stat = true;
		}
		err = scan_read(s->proc, &s->machine, &all, scan);
		if (err)
			return err;
		if (!s->rules || scan->has_points)
			s->rules = rules_fit(s->machine.version, scan->tasks, scan->n_tasks,
					     &s->machine.totals, &s->rss);
		if (!all.bpf || (s->rules == rules_find(s->machine.version) &&
				 are_scores_explained(s, &n_evidence)))
			break;
		/* The kernel computes the points of the rows by other rules: reads /proc. */
		all.bpf = NULL;
		s->rules = NULL;
		scan_free(scan);
	}
	set_points(s);
	if (want->only_pids)
		return 0;
	if (all.reduce == keep_first)
		keep_first(&first, scan);
	/*
	 * hidepid and PID namespaces hide the processes that the kernel counts and the listing
	 * lacks. Elsewhere, the difference is only processes that started or exited meanwhile.
	 */
	if ((!scan->sees_init || !s->machine.is_initial_pidns) && scan->n_machine > scan->n_seen)
		scan->n_unseen += scan->n_machine - scan->n_seen;
	complete(s, want->ages);
	return 0;
}

int snapshot_add_others(const struct scan_want *want, struct snapshot *s)
{
	struct scan_want others = *want;
	int err;

	others.stat |= !s->scan.has_points && machine_has_two_rss(s->proc);
	err = scan_add_others(s->proc, &s->machine, &others, &s->scan);
	if (err)
		return err;
	set_points(s);
	complete(s, want->ages);
	return 0;
}

int snapshot_take_pids(const pid_t *pids, size_t n, const struct bpf_tasks *bpf, struct snapshot *s)
{
	const struct scan_want want = { .pids = pids, .n_pids = n, .only_pids = true, .bpf = bpf };

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
