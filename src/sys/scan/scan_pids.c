/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan_pids: only given processes, from /proc or from BPF rows. */
#include <errno.h>
#include <stdlib.h>

#include "sys/scan/internal.h"

static int compare_rows(const void *va, const void *vb)
{
	const struct prog_row *const *a = va, *const *b = vb;

	return ((*a)->pid > (*b)->pid) - ((*a)->pid < (*b)->pid);
}

/* The rows of processes, sorted by PID, which the caller frees. NULL: no memory. */
static const struct prog_row **sort_rows(const struct bpf_tasks *c, size_t *n)
{
	const struct prog_row **rows = calloc(c->n + 1, sizeof(*rows));

	for (size_t i = 0; rows && i < c->n; i++)
		if (c->is_fork_order || c->rows[i].pid == c->rows[i].mm_pid)
			rows[(*n)++] = &c->rows[i];
	if (*n)
		qsort(rows, *n, sizeof(*rows), compare_rows);
	return rows;
}

static int read_one(const struct bpf_row_reader *r, const struct prog_row *const *rows,
		    size_t n_rows, pid_t pid, struct task *t)
{
	const struct prog_row wanted = { .pid = pid }, *key = &wanted, *const * found;
	int64_t score;
	int err = -EACCES;

	if (pid > 0 && !r->census) {
		err = task_read(r->reader, pid, t);
		if (!err && task_score(r->reader, pid, &score) == 0)
			task_take_score(r->m, t, score);
	} else if (pid > 0) {
		found = bsearch(&key, rows, n_rows, sizeof(*rows), compare_rows);
		err = found && bpf_row_take(r, (size_t)(*found - r->census->rows), t)
			      ? 0
			      : bpf_row_other(r, pid, t);
		if (!err)
			bpf_row_take_score(r, t);
	}
	return err;
}

int scan_pids(struct scan_run *run)
{
	const struct scan_want *want = run->want;
	struct bpf_row_reader r = { want->census, run->m, task_new(run->proc, run->m) };
	const struct prog_row **rows = NULL;
	struct scan *s = run->s;
	size_t n_rows = 0;
	int err = 0;

	s->tasks = calloc(want->n_pids + 1, sizeof(*s->tasks));
	if (want->census) {
		s->has_points = true;
		s->counted_ms = want->census->taken_ms;
		rows = sort_rows(want->census, &n_rows);
	}
	if (!s->tasks || !r.reader || (want->census && !rows))
		err = -ENOMEM;
	if (r.reader)
		r.reader->stat = want->stat;
	for (size_t i = 0; !err && i < want->n_pids; i++) {
		int failed = read_one(&r, rows, n_rows, want->pids[i], &s->tasks[s->n_tasks]);

		s->n_tasks += !failed;
		s->n_unseen += failed && failed != -ESRCH;
	}
	s->n_seen = s->n_tasks;
	free(rows);
	free(r.reader);
	return err;
}
