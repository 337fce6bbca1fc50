/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan_all: reads details of all processes in one pass, and the scores that do not follow. */
#include <errno.h>
#include <stdlib.h>

#include "sys/proc/workers.h"
#include "sys/scan/internal.h"

static const struct task *find_pid(const struct scan *s, pid_t pid)
{
	size_t low = 0, high = s->n_tasks;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->tasks[mid].pid < pid)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->n_tasks && s->tasks[low].pid == pid ? &s->tasks[low] : NULL;
}

/*
 * Whether oom_badness() may skip the process without a visible reason: a victim that is being
 * reaped (MMF_OOM_SKIP) has SIGKILL pending; a child inside vfork() has the sizes of its parent,
 * whose forking thread sleeps in state D since before the listing (in_vfork()).
 */
static bool needs_score(const struct scan *s, const struct task *t)
{
	const struct task *parent = find_pid(s, t->ppid);

	if (t->spared != KILLABLE)
		return false;
	return t->is_dying || t->adj != 0 ||
	       (parent && parent->total_vm == t->total_vm &&
		(parent->state == 'D' || parent->threads > 1));
}

/* The tasks are sorted by PID, as they were listed. */
static void sample_scores(struct scan_run *r)
{
	struct scan *s = r->s;
	struct task_reader *reader = scan_new_reader(r);
	size_t sampled = 0, step = s->n_tasks / SCAN_SAMPLE + 1;
	int64_t score;

	for (size_t i = 0; reader && i < s->n_tasks; i++) {
		struct task *t = &s->tasks[i];
		bool is_sample = t->spared == KILLABLE && i % step == 0 && sampled < SCAN_SAMPLE;

		sampled += is_sample;
		if ((is_sample || needs_score(s, t)) && task_score(reader, t->pid, &score) == 0)
			task_take_score(r->m, t, score);
	}
	free(reader);
}

static void drop_unkillable(struct scan *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_tasks; i++)
		if (s->tasks[i].spared == KILLABLE)
			s->tasks[kept++] = s->tasks[i];
	s->n_tasks = kept;
}

int scan_all(struct scan_run *r)
{
	struct scan *s = r->s;
	size_t n = s->n_scores;

	if (array_grow(&s->tasks, &r->tasks_room, n))
		return -ENOMEM;
	workers_run(n, scan_read_details, r);
	/* sample_scores() needs parents inside vfork(), too, also unkillable ones. */
	for (size_t i = 0; i < n; i++) {
		if (s->tasks[i].pid)
			s->tasks[s->n_tasks++] = s->tasks[i];
		else
			s->n_unseen += s->tasks[i].score == UNSEEN;
	}
	s->n_seen = s->n_tasks + s->n_unseen;
	s->n_scores = 0;
	sample_scores(r);
	if (!r->want->spared)
		drop_unkillable(s);
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
