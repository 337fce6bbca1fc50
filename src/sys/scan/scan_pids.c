/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan_pids: only given processes, from /proc or from BPF rows. */
#include <errno.h>
#include <stdlib.h>

#include "sys/scan/bpf_row.h"
#include "sys/scan/scan.h"

/* The row of a PID. */
struct pid_row {
	pid_t pid;
	size_t row;
};

struct pids_scan {
	struct bpf_row_reader rows;
	struct pid_row *places; /* sorted by PID */
	size_t n_places;
	struct scan *s;
};

static int compare_places(const void *va, const void *vb)
{
	const struct pid_row *a = va, *b = vb;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

static int find_places(struct pids_scan *p)
{
	const struct bpf_tasks *c = p->rows.census;

	p->places = calloc(c->n + 1, sizeof(*p->places));
	if (!p->places)
		return -ENOMEM;
	for (size_t i = 0; i < c->n; i++)
		if (c->is_fork_order || c->rows[i].pid == c->rows[i].mm_pid)
			p->places[p->n_places++] = (struct pid_row){ c->rows[i].pid, i };
	if (p->n_places)
		qsort(p->places, p->n_places, sizeof(*p->places), compare_places);
	return 0;
}

static int read_one(const struct pids_scan *p, pid_t pid, struct task *t)
{
	const struct pid_row key = { .pid = pid };
	const struct pid_row *found = NULL;

	if (pid <= 0)
		return -EACCES;
	if (!p->rows.census)
		return task_read(p->rows.reader, pid, t);
	found = bsearch(&key, p->places, p->n_places, sizeof(key), compare_places);
	if (found && bpf_row_take(&p->rows, found->row, t))
		return 0;
	return bpf_row_other(&p->rows, pid, t);
}

static void add_one(const struct pids_scan *p, pid_t pid)
{
	struct scan *s = p->s;
	struct task *t = &s->tasks[s->n_tasks];
	int64_t score;
	int err = read_one(p, pid, t);

	if (err && err != -ESRCH)
		s->n_unseen++;
	if (err)
		return;
	if (p->rows.census)
		bpf_row_take_score(&p->rows, t);
	else if (task_score(p->rows.reader, pid, &score) == 0)
		task_take_score(p->rows.m, t, score);
	s->n_tasks++;
}

int scan_read_pids(int proc, const struct machine *m, const struct scan_want *want, struct scan *s)
{
	struct pids_scan p = { .rows = { .census = want->census, .m = m }, .s = s };
	int err = 0;

	*s = (struct scan){ .has_points = want->census };
	s->tasks = calloc(want->n_pids + 1, sizeof(*s->tasks));
	p.rows.reader = task_new(proc, m);
	if (want->census) {
		s->counted_ms = want->census->taken_ms;
		err = find_places(&p);
	}
	if (!s->tasks || !p.rows.reader)
		err = -ENOMEM;
	if (p.rows.reader)
		p.rows.reader->stat = want->stat;
	for (size_t i = 0; !err && i < want->n_pids; i++)
		add_one(&p, want->pids[i]);
	s->n_seen = s->n_tasks;
	free(p.places);
	free(p.rows.reader);
	return err;
}
