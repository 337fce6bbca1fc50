/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan_bpf: the processes as the BPF program counted them, as much of each as was asked for. */
#include <errno.h>
#include <stdlib.h>

#include "sys/scan/internal.h"

/*
 * Which details are wanted, by points: those of the first processes, to the last that ties with
 * them, and those that tie with a named process. All, if edge is the least.
 */
struct wanted {
	int64_t edge;
	int64_t *named;
	size_t n_named;
	int64_t lowest; /* of all these */
};

struct bpf_scan {
	struct scan_run *r;
	struct bpf_row_reader rows;
	const struct rules *rules;
	int64_t *points; /* of each row, or UNKNOWN; NULL: of none */
	struct wanted wanted;
};

#define UNKNOWN INT64_MIN

/* This many scores are read first: enough even if a few processes have ended. */
#define SCAN_SAMPLE_FIRST (RULES_EVIDENCE + 3)

/* The highest points so far, as many as are wanted: a heap with the least of them on top. */
struct top_heap {
	int64_t *points;
	size_t n, most;
};

static void sink(const struct top_heap *f, size_t at)
{
	for (size_t child; (child = 2 * at + 1) < f->n; at = child) {
		int64_t upper = f->points[at];

		if (child + 1 < f->n && f->points[child + 1] < f->points[child])
			child++;
		if (upper <= f->points[child])
			return;
		f->points[at] = f->points[child];
		f->points[child] = upper;
	}
}

static void add_points(struct top_heap *f, int64_t points)
{
	if (f->n < f->most) {
		f->points[f->n++] = points;
		for (size_t i = f->n == f->most ? f->n / 2 : 0; i > 0; i--)
			sink(f, i - 1);
	} else if (f->most && points > f->points[0]) {
		f->points[0] = points;
		sink(f, 0);
	}
}

static bool is_named(const struct scan_want *want, pid_t pid)
{
	for (size_t i = 0; i < want->n_pids; i++)
		if (want->pids[i] == pid)
			return true;
	return false;
}

static int64_t compute_points(const struct bpf_scan *c, const struct task *t)
{
	int64_t points = 0;

	rules_points(c->rules, RSS_STATUS, t, &c->r->m->totals, &points);
	return points;
}

/* Finds the points that are wanted, and those of each row. */
static int find_wanted(struct bpf_scan *c)
{
	const struct scan_want *want = c->r->want;
	struct top_heap f = { .most = want->top < want->census->n ? want->top : want->census->n };
	struct wanted *w = &c->wanted;
	struct task t;

	c->points = calloc(want->census->n + 1, sizeof(*c->points));
	f.points = calloc(f.most + 1, sizeof(*f.points));
	w->named = calloc(want->n_pids + 1, sizeof(*w->named));
	if (!c->points || !f.points || !w->named) {
		free(f.points);
		return -ENOMEM;
	}
	w->edge = w->lowest = INT64_MAX;
	for (size_t i = 0; i < want->census->n; i++) {
		int64_t points;

		c->points[i] = UNKNOWN;
		if (!bpf_row_take(&c->rows, i, &t) || t.spared != KILLABLE)
			continue;
		points = c->points[i] = compute_points(c, &t);
		add_points(&f, points);
		if (!is_named(want, t.pid) || w->n_named == want->n_pids)
			continue;
		w->named[w->n_named++] = points;
		if (points < w->lowest)
			w->lowest = points;
	}
	if (f.most)
		w->edge = f.n < f.most ? INT64_MIN : f.points[0];
	if (w->edge < w->lowest)
		w->lowest = w->edge;
	free(f.points);
	return 0;
}

static bool is_wanted(const struct wanted *w, int64_t points)
{
	for (size_t i = 0; i < w->n_named; i++)
		if (w->named[i] == points)
			return true;
	return points >= w->edge;
}

static int add_task(const struct bpf_scan *c, const struct task *t)
{
	struct scan *s = c->r->s;

	if (array_grow(&s->tasks, &c->r->tasks_room, s->n_tasks + 1))
		return -ENOMEM;
	s->tasks[s->n_tasks++] = *t;
	return 0;
}

static int add_row(const struct bpf_scan *c, size_t nth)
{
	const struct scan_want *want = c->r->want;
	const struct prog_row *row = &want->census->rows[nth];
	struct scan *s = c->r->s;
	int64_t points = c->points ? c->points[nth] : UNKNOWN;
	struct task t;
	bool adds;

	/* Most rows: fewer points than all that are wanted. They are not parsed again. */
	if (points != UNKNOWN && points < c->wanted.lowest) {
		s->n_seen++;
		s->sees_init |= row->pid == 1;
		return 0;
	}
	if (!bpf_row_take(&c->rows, nth, &t))
		return 0;
	s->n_seen++;
	s->sees_init |= t.pid == 1;
	if (t.spared == KILLABLE) {
		points = compute_points(c, &t);
		adds = is_wanted(&c->wanted, points);
		if (!adds && points > c->wanted.lowest) {
			if (array_grow(&s->scores, &c->r->scores_room, s->n_scores + 1))
				return -ENOMEM;
			s->scores[s->n_scores++] =
				(struct scan_score){ .pid = t.pid, .score = points };
		}
	} else {
		adds = want->spared && (want->top == SCAN_ALL || is_named(want, t.pid));
	}
	if (!adds)
		return 0;
	bpf_row_name(&c->rows, row, &t);
	return add_task(c, &t);
}

static int add_missing(const struct bpf_scan *c, pid_t pid)
{
	struct scan *s = c->r->s;
	struct task t;
	int err;

	for (size_t i = 0; i < s->n_tasks; i++)
		if (s->tasks[i].pid == pid)
			return 0;
	err = bpf_row_other(&c->rows, pid, &t);
	if (err) {
		s->n_unseen += err != -ESRCH;
		return 0;
	}
	err = add_task(c, &t);
	s->n_seen += !err;
	return err;
}

/* Of each step-th task. */
static void read_scores(const struct bpf_scan *c, size_t step)
{
	struct scan *s = c->r->s;

	for (size_t i = 0; i < s->n_tasks; i += step) {
		struct task *t = &s->tasks[i];

		if (t->spared == KILLABLE && !task_has(t, TASK_SCORE))
			bpf_row_take_score(&c->rows, t);
	}
}

/*
 * Reads scores, to see whether the kernel's rules are those of its version. A file takes as long as
 * a hundred rows: if the first few scores all follow from the points, no more are read.
 */
static void sample_scores(const struct bpf_scan *c)
{
	const struct scan *s = c->r->s;
	size_t n_evidence, n_explained;

	read_scores(c, s->n_tasks / SCAN_SAMPLE_FIRST + 1);
	n_explained =
		rules_explained(c->rules, s->tasks, s->n_tasks, &c->r->m->totals, &n_evidence);
	if (n_evidence < RULES_EVIDENCE || n_explained < n_evidence)
		read_scores(c, s->n_tasks / SCAN_SAMPLE + 1);
}

int scan_bpf(struct scan_run *r)
{
	const struct scan_want *want = r->want;
	struct bpf_scan c = { .r = r, .rules = rules_find(r->m->version) };
	int err = -ENOMEM;

	c.rows.census = want->census;
	c.rows.m = r->m;
	c.rows.reader = task_new(r->proc, r->m);
	c.wanted.edge = c.wanted.lowest = INT64_MIN;
	if (c.rows.reader && want->top == SCAN_ALL)
		err = array_grow(&r->s->tasks, &r->tasks_room, want->census->n);
	else if (c.rows.reader)
		err = find_wanted(&c);
	for (size_t i = 0; !err && i < want->census->n; i++)
		err = add_row(&c, i);
	/* Named processes and init, which always exists. */
	for (size_t i = 0; !err && want->spared && i < want->n_pids; i++)
		err = add_missing(&c, want->pids[i]);
	if (!err && want->spared && want->top == SCAN_ALL)
		err = add_missing(&c, 1);
	if (!err)
		sample_scores(&c);
	scan_sort_scores(r->s);
	r->s->has_points = true;
	r->s->counted_ms = want->census->taken_ms;
	free(c.points);
	free(c.wanted.named);
	free(c.rows.reader);
	return err;
}
