/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan_top: reads all scores, and then details from the highest score down. */
#include <errno.h>
#include <stdlib.h>

#include "oom/rules/version.h"
#include "sys/proc/workers.h"
#include "sys/scan/internal.h"

static void read_scores(void *arg, size_t first, size_t end)
{
	struct scan_run *r = arg;
	struct task_reader *reader = scan_new_reader(r);

	for (size_t i = first; i < end; i++) {
		struct scan_score *score = &r->s->scores[i];
		int err = reader ? task_score(reader, score->pid, &score->score) : -ENOMEM;

		if (err)
			score->score = scan_failed_score(r, err);
	}
	free(reader);
}

/* Removes processes that have ended or are hidden from the list, and counts the hidden ones. */
static void drop_failed(struct scan *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_scores; i++) {
		s->n_unseen += s->scores[i].score == UNSEEN;
		if (s->scores[i].score >= 0)
			s->scores[kept++] = s->scores[i];
	}
	s->n_scores = kept;
}

/* Adds details of the scores from first to end. */
static int add_details(struct scan_run *r, size_t first, size_t end)
{
	struct scan *s = r->s;
	const size_t begin = s->n_tasks;

	if (array_grow(&s->tasks, &r->tasks_room, begin + end - first))
		return -ENOMEM;
	r->first = first;
	workers_run(end - first, scan_read_details, r);
	for (size_t i = first; i < end; i++) {
		struct task *t = &s->tasks[begin + i - first];

		s->scores[i].is_done = t->pid || t->score != UNSEEN;
		s->n_unseen += !s->scores[i].is_done;
		if (!t->pid)
			continue;
		task_take_score(r->m, t, s->scores[i].score);
		if (r->want->spared || t->spared == KILLABLE)
			s->tasks[s->n_tasks++] = *t;
	}
	return 0;
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
	return r->m->version >= VERSION(5, 9, 0) && r->s->scores[at].score == 0;
}

/* Reads whole groups of equal scores, so that ties at the edge are complete. */
static int add_top(struct scan_run *r)
{
	struct scan *s = r->s;
	int err = 0;

	for (size_t i = 0, end; !err && i < s->n_scores && s->n_tasks < r->want->top; i = end) {
		end = group_end(s, i);
		if (r->want->spared || !is_unkillable(r, i))
			err = add_details(r, i, end);
	}
	return err;
}

/* The groups of equal scores that the wanted processes are in. */
static int add_named(struct scan_run *r)
{
	struct scan *s = r->s;
	int err = 0;

	for (size_t k = 0; !err && k < r->want->n_pids; k++) {
		size_t at = 0, first = 0;

		while (at < s->n_scores && s->scores[at].pid != r->want->pids[k])
			at++;
		if (at == s->n_scores || s->scores[at].is_done)
			continue;
		/* An unkillable process has no place, so that its group does not matter. */
		if (is_unkillable(r, at)) {
			err = add_details(r, at, at + 1);
			continue;
		}
		while (s->scores[first].score != s->scores[at].score)
			first++;
		err = add_details(r, first, group_end(s, first));
	}
	return err;
}

int scan_top(struct scan_run *r)
{
	struct scan *s = r->s;
	int err;

	workers_run(s->n_scores, read_scores, r);
	drop_failed(s);
	s->n_seen = s->n_scores + s->n_unseen;
	scan_sort_scores(s);
	err = add_top(r);
	return err ? err : add_named(r);
}
