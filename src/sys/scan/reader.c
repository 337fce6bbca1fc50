/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reader: reads details of processes, for all ways to scan. */
#include <errno.h>
#include <stdlib.h>

#include "sys/scan/internal.h"

int64_t scan_failed_score(struct scan_run *r, int err)
{
	if (err == -ESRCH)
		return GONE;
	if (err != -EACCES && err != -EPERM)
		r->error = err;
	return UNSEEN;
}

struct task_reader *scan_new_reader(const struct scan_run *r)
{
	struct task_reader *reader = task_new(r->proc, r->m);

	if (reader)
		reader->stat = r->want->stat;
	return reader;
}

void scan_read_details(void *arg, size_t first, size_t end)
{
	struct scan_run *r = arg;
	struct task_reader *reader = scan_new_reader(r);

	for (size_t i = first; i < end; i++) {
		struct task *t = &r->s->tasks[r->s->n_tasks + i];
		pid_t pid = r->s->scores[r->first + i].pid;
		int err = reader ? task_read(reader, pid, t) : -ENOMEM;

		if (err) {
			t->pid = 0;
			t->score = scan_failed_score(r, err);
		}
	}
	free(reader);
}

static int compare_scores(const void *va, const void *vb)
{
	const struct scan_score *a = va, *b = vb;

	return (a->score < b->score) - (a->score > b->score);
}

void scan_sort_scores(struct scan *s)
{
	if (s->n_scores)
		qsort(s->scores, s->n_scores, sizeof(*s->scores), compare_scores);
}
