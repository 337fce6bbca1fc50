/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan: reads the processes of the machine, and only the requested details. */
#include "sys/scan/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "oom/rules/version.h"
#include "sys/proc/procfs.h"
#include "sys/proc/workers.h"
#include "sys/scan/internal.h"

/* Scores of processes that could not be read: it has ended, or it counts as unseen. */
enum { GONE = -1, UNSEEN = -2 };

/* GONE or UNSEEN, by a negative errno. */
static int64_t failed_score(struct scan_run *r, int err)
{
	if (err == -ESRCH)
		return GONE;
	if (err != -EACCES && err != -EPERM)
		r->error = err;
	return UNSEEN;
}

static void read_scores(void *arg, size_t first, size_t end)
{
	struct scan_run *r = arg;
	struct task_reader *reader = task_new(r->proc, r->m);

	for (size_t i = first; i < end; i++) {
		struct scan_score *score = &r->s->scores[i];
		int err = reader ? task_score(reader, score->pid, &score->score) : -ENOMEM;

		if (err)
			score->score = failed_score(r, err);
	}
	free(reader);
}

/*
 * Reads the details of the scores from r->first on into the tasks behind the list. A task that
 * failed has pid 0, and GONE or UNSEEN as its score.
 */
static void read_details(void *arg, size_t first, size_t end)
{
	struct scan_run *r = arg;
	struct task_reader *reader = task_new(r->proc, r->m);

	if (reader)
		reader->stat = r->want->stat;
	for (size_t i = first; i < end; i++) {
		struct task *t = &r->s->tasks[r->s->n_tasks + i];
		pid_t pid = r->s->scores[r->first + i].pid;
		int err = reader ? task_read(reader, pid, t) : -ENOMEM;

		if (err) {
			t->pid = 0;
			t->score = failed_score(r, err);
		}
	}
	free(reader);
}

int scan_reduce(struct scan_run *r)
{
	const struct scan_want *want = r->want;
	struct scan *s = r->s;
	int err;

	if (!want->reduce || s->n_tasks < SCAN_KEPT || s->n_tasks < r->tasks_limit)
		return 0;
	err = want->reduce(want->reduce_arg, s);
	/* If most are needed, it is called again only when they have doubled. */
	r->tasks_limit = 2 * s->n_tasks;
	return err;
}

uint64_t scan_memory(const struct scan *s, const struct task *t)
{
	/* Odd multipliers: sizes that differ in one of them have different results. */
	return s->has_points ? t->mm_id
			     : t->rss + t->swap * 0x9e3779b97f4a7c15U +
				       t->pgtables_bytes * 0xc2b2ae3d27d4eb4fU;
}

int scan_leave(struct scan *s, const struct task *t, int64_t points)
{
	if (array_grow(&s->others, &s->others_room, s->n_others + 1))
		return -ENOMEM;
	s->others[s->n_others++] = (struct scan_other){
		.pid = t->pid,
		.mm_pid = t->mm_pid,
		.ppid = t->ppid,
		.threads = t->threads < UINT16_MAX ? (uint16_t)t->threads : UINT16_MAX,
		.state = t->state,
		.points = points,
		.total_vm = t->total_vm,
		.memory = scan_memory(s, t),
	};
	return 0;
}

/* Adds details of the scores from first to end; without scores, also unkillable processes. */
static int add_chunk(struct scan_run *r, size_t first, size_t end)
{
	struct scan *s = r->s;
	const size_t begin = s->n_tasks;

	if (array_grow(&s->tasks, &r->tasks_room, begin + end - first))
		return -ENOMEM;
	r->first = first;
	workers_run(end - first, read_details, r);
	for (size_t i = first; i < end; i++) {
		struct task *t = &s->tasks[begin + i - first];

		s->scores[i].is_done = t->pid || t->score != UNSEEN;
		s->n_unseen += !s->scores[i].is_done;
		r->n_read += t->pid != 0;
		if (t->pid && r->has_scores)
			task_take_score(r->m, t, s->scores[i].score);
		if (t->pid && (!r->has_scores || r->want->unkillable || t->unkillable == KILLABLE))
			s->tasks[s->n_tasks++] = *t;
	}
	return 0;
}

static int add_details(struct scan_run *r, size_t first, size_t end)
{
	int err = 0;

	while (!err && first < end) {
		bool is_last = !r->want->reduce || end - first <= SCAN_CHUNK;
		size_t next = is_last ? end : first + SCAN_CHUNK;

		err = add_chunk(r, first, next);
		if (!err)
			err = scan_reduce(r);
		first = next;
	}
	return err;
}

static int compare_others(const void *va, const void *vb)
{
	const struct scan_other *a = va, *b = vb;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

static void sort_others(struct scan *s)
{
	if (s->n_others)
		qsort(s->others, s->n_others, sizeof(*s->others), compare_others);
}

struct scan_other *scan_find_other(const struct scan *s, pid_t pid)
{
	const struct scan_other key = { .pid = pid };

	return s->n_others ? bsearch(&key, s->others, s->n_others, sizeof(key), compare_others)
			   : NULL;
}

static int compare_pids(const void *va, const void *vb)
{
	const struct task *a = va, *b = vb;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

/*
 * Whether oom_badness() may skip the process without a visible reason: a victim that is being
 * reaped (MMF_OOM_SKIP) has SIGKILL pending; a child inside vfork() has the sizes of its parent,
 * whose forking thread sleeps in state D since before the listing (in_vfork()).
 */
static bool needs_score(const struct scan *s, const struct task *t)
{
	const struct task key = { .pid = t->ppid }, *parent;
	const struct scan_other *other = NULL;

	if (t->unkillable != KILLABLE)
		return false;
	parent = bsearch(&key, s->tasks, s->n_tasks, sizeof(key), compare_pids);
	if (!parent)
		other = scan_find_other(s, t->ppid);
	return t->is_dying || t->adj != 0 ||
	       (parent && parent->total_vm == t->total_vm &&
		(parent->state == 'D' || parent->threads > 1)) ||
	       (other && other->total_vm == t->total_vm &&
		(other->state == 'D' || other->threads > 1));
}

/*
 * Reads scores that do not follow from the points, and max others. The tasks are sorted by PID, as
 * listed.
 */
static void sample_scores(struct scan_run *r, size_t max)
{
	struct scan *s = r->s;
	struct task_reader *reader = task_new(r->proc, r->m);
	size_t sampled = 0, step = s->n_tasks / SCAN_SAMPLE + 1;
	int64_t score;

	for (size_t i = 0; reader && i < s->n_tasks; i++) {
		struct task *t = &s->tasks[i];
		bool is_sample = t->unkillable == KILLABLE && i % step == 0 && sampled < max;

		sampled += is_sample;
		if (!task_has(t, TASK_SCORE) && (is_sample || needs_score(s, t)) &&
		    task_score(reader, t->pid, &score) == 0)
			task_take_score(r->m, t, score);
	}
	free(reader);
}

static int compare_scores(const void *va, const void *vb)
{
	const struct scan_score *a = va, *b = vb;

	return (a->score < b->score) - (a->score > b->score);
}

static size_t group_end(const struct scan *s, size_t first)
{
	size_t end = first + 1;

	while (end < s->n_scores && s->scores[end].score == s->scores[first].score)
		end++;
	return end;
}

/* Since 5.9 a score of 0 means unkillable; before, small processes have it too. */
static bool is_unkillable(const struct scan_run *r, size_t at)
{
	return !r->s->has_points && r->m->version >= VERSION(5, 9, 0) &&
	       r->s->scores[at].score == 0;
}

#define MIN_SCORES 512

void scan_drop_scores(struct scan_run *r)
{
	const size_t kept = r->want->top > MIN_SCORES ? r->want->top : MIN_SCORES;
	struct scan *s = r->s;

	if (r->want->n_pids || s->n_scores < 2 * kept || s->n_scores < r->scores_limit)
		return;
	qsort(s->scores, s->n_scores, sizeof(*s->scores), compare_scores);
	s->n_scores = group_end(s, kept - 1);
	/* If most tie, they are sorted again only when they have doubled. */
	r->scores_limit = 2 * s->n_scores;
}

int scan_add_wanted(struct scan_run *r, int (*add)(struct scan_run *r, size_t first, size_t end))
{
	const struct scan_want *want = r->want;
	struct scan *s = r->s;
	const size_t begin = s->n_tasks;
	int err = 0;

	if (s->n_scores)
		qsort(s->scores, s->n_scores, sizeof(*s->scores), compare_scores);
	/* Whole groups of equal scores, so that ties at the edge are complete. */
	for (size_t i = 0, end; !err && i < s->n_scores && s->n_tasks - begin < want->top;
	     i = end) {
		end = group_end(s, i);
		if (want->unkillable || !is_unkillable(r, i))
			err = add(r, i, end);
	}
	for (size_t k = 0; !err && k < want->n_pids; k++) {
		size_t at = 0, first = 0;

		while (at < s->n_scores && s->scores[at].pid != want->pids[k])
			at++;
		if (at == s->n_scores || s->scores[at].is_done)
			continue;
		/* An unkillable process has no place, so that its group does not matter. */
		if (is_unkillable(r, at)) {
			err = add(r, at, at + 1);
			continue;
		}
		while (s->scores[first].score != s->scores[at].score)
			first++;
		err = add(r, first, group_end(s, first));
	}
	return err;
}

static int add_pid(void *arg, pid_t pid)
{
	struct scan_run *r = arg;
	struct scan *s = r->s;

	if (pid == s->self)
		return 0;
	if (array_grow(&s->scores, &r->scores_room, s->n_scores + 1))
		return -ENOMEM;
	s->sees_init |= pid == 1;
	s->scores[s->n_scores++] = (struct scan_score){ .pid = pid };
	return 0;
}

int scan_read(int proc, const struct machine *m, const struct scan_want *want, struct scan *s)
{
	struct scan_run r = { .proc = proc, .m = m, .want = want, .s = s };
	size_t n_own = 0, kept = 0;
	int err;

	memset(s, 0, sizeof(*s));
	/* It will have exited when memory runs out. */
	s->self = procfs_self(proc);
	if (want->only_pids)
		return scan_pids(&r);
	if (want->bpf)
		return scan_bpf(&r);
	err = procfs_each(proc, add_pid, &r, &n_own);
	if (err)
		return err;
	s->n_machine = procfs_count_all(proc, n_own);
	if (s->n_machine)
		s->n_machine -= s->self != 0;
	if (want->top == SCAN_ALL && m->version >= VERSION(5, 9, 0)) {
		err = add_details(&r, 0, s->n_scores);
		s->n_seen = r.n_read + s->n_unseen;
		s->n_scores = 0;
		if (!err && s->n_others)
			err = want->reduce(want->reduce_arg, s);
		sort_others(s);
		/* This needs parents inside vfork() too, even unkillable ones. */
		if (!err)
			sample_scores(&r, SCAN_SAMPLE);
		for (size_t i = 0; !err && i < s->n_tasks; i++)
			if (want->unkillable || s->tasks[i].unkillable == KILLABLE)
				s->tasks[kept++] = s->tasks[i];
		s->n_tasks = kept;
	} else {
		workers_run(s->n_scores, read_scores, &r);
		/* Removes processes that have ended or are hidden, and counts the hidden ones. */
		for (size_t i = 0; i < s->n_scores; i++) {
			s->n_unseen += s->scores[i].score == UNSEEN;
			if (s->scores[i].score >= 0)
				s->scores[kept++] = s->scores[i];
		}
		s->n_scores = kept;
		s->n_seen = s->n_scores + s->n_unseen;
		r.has_scores = true;
		err = scan_add_wanted(&r, add_details);
	}
	s->unseen_error = r.error;
	return !err && s->n_seen == s->n_unseen ? r.error : err;
}

static int read_others(struct scan_run *r)
{
	struct scan *s = r->s;
	size_t n = 0;
	int err = 0;

	for (size_t i = 0; !err && i < s->n_others; i++) {
		if (!s->others[i].is_wanted)
			continue;
		err = array_grow(&s->scores, &r->scores_room, n + 1);
		if (!err)
			s->scores[n++] = (struct scan_score){ .pid = s->others[i].pid };
	}
	return err ? err : add_chunk(r, 0, n);
}

int scan_add_others(int proc, const struct machine *m, const struct scan_want *want, struct scan *s)
{
	struct scan_run r = { .proc = proc, .m = m, .want = want, .s = s };
	size_t kept = 0;
	int err;

	r.tasks_room = s->n_tasks;
	sort_others(s);
	err = s->has_points ? scan_bpf_add_others(&r) : read_others(&r);
	for (size_t i = 0; i < s->n_others; i++)
		if (!s->others[i].is_wanted)
			s->others[kept++] = s->others[i];
	s->n_others = kept;
	if (err || s->has_points || !s->n_tasks)
		return err;
	qsort(s->tasks, s->n_tasks, sizeof(*s->tasks), compare_pids);
	sample_scores(&r, 0);
	return 0;
}

static void read_missing_scores(void *arg, size_t first, size_t end)
{
	const struct scan_run *r = arg;
	struct task_reader *reader = task_new(r->proc, r->m);
	int64_t score;

	for (size_t i = first; reader && i < end; i++) {
		struct task *t = &r->s->tasks[i];

		if (!task_has(t, TASK_SCORE) && task_score(reader, t->pid, &score) == 0)
			task_take_score(r->m, t, score);
	}
	free(reader);
}

void scan_read_scores(int proc, const struct machine *m, struct scan *s)
{
	struct scan_run r = { .proc = proc, .m = m, .s = s };

	workers_run(s->n_tasks, read_missing_scores, &r);
}

void scan_free(struct scan *s)
{
	free(s->scores);
	free(s->tasks);
	free(s->others);
	memset(s, 0, sizeof(*s));
}
