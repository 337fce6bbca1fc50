/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scan_bpf: the processes as a census counted them, as much of each as was asked for. */
#include <errno.h>
#include <stdlib.h>

#include "sys/scan/bpf_row.h"
#include "sys/scan/internal.h"

struct counted {
	struct scan_run *r;
	struct bpf_row_reader rows;
	const struct rules *rules;
	int64_t *points; /* of each row; UNKNOWN: to be looked at in any case; NULL: of none */
};

#define UNKNOWN INT64_MIN

/* As many scores are read first as would do, if a few processes have ended. */
#define SCAN_SAMPLE_FIRST (RULES_EVIDENCE + 3)

/* The most points so far, as many as are wanted: a heap with the least of them on top. */
struct first {
	int64_t *points;
	size_t n, most;
};

static void sink(const struct first *f, size_t at)
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

static void consider(struct first *f, int64_t points)
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

/*
 * Whose details are wanted, by points: the first ones, to the last that ties with them, and who
 * ties with a named process. All where edge is the least that there is.
 */
struct wanted {
	int64_t edge;
	int64_t *named;
	size_t n_named;
	int64_t lowest; /* of all these */
};

static int64_t weigh(const struct counted *c, const struct task *t)
{
	int64_t points = 0;

	rules_points(c->rules, RSS_STATUS, t, &c->r->m->totals, &points);
	return points;
}

static void find_wanted(const struct counted *c, struct first *f, struct wanted *w)
{
	const struct scan_want *want = c->r->want;
	struct task t;

	w->edge = w->lowest = INT64_MAX;
	for (size_t i = 0; i < want->census->n; i++) {
		int64_t points;

		c->points[i] = UNKNOWN;
		if (!bpf_row_take(&c->rows, i, &t) || t.spared != KILLABLE)
			continue;
		points = c->points[i] = weigh(c, &t);
		consider(f, points);
		if (!is_named(want, t.pid) || w->n_named == want->n_pids)
			continue;
		w->named[w->n_named++] = points;
		if (points < w->lowest)
			w->lowest = points;
	}
	if (f->most)
		w->edge = f->n < f->most ? INT64_MIN : f->points[0];
	if (w->edge < w->lowest)
		w->lowest = w->edge;
}

static bool is_wanted(const struct wanted *w, int64_t points)
{
	for (size_t i = 0; i < w->n_named; i++)
		if (w->named[i] == points)
			return true;
	return points >= w->edge;
}

/*
 * Known to have fewer points than all that are wanted: most rows, which need not be taken apart
 * once more.
 */
static bool is_below(const struct counted *c, size_t nth, const struct wanted *w)
{
	return c->points && c->points[nth] != UNKNOWN && c->points[nth] < w->lowest;
}

static int add_task(const struct counted *c, const struct prog_row *row, struct task *t)
{
	struct scan *s = c->r->s;
	int err = array_grow(&s->tasks, &c->r->tasks_room, s->n_tasks + 1);

	if (err)
		return err;
	bpf_row_name(&c->rows, row, t);
	s->tasks[s->n_tasks++] = *t;
	return 0;
}

/* Known by its points alone. */
static int add_score(const struct counted *c, pid_t pid, int64_t points)
{
	struct scan *s = c->r->s;
	int err = array_grow(&s->scores, &c->r->scores_room, s->n_scores + 1);

	if (!err)
		s->scores[s->n_scores++] = (struct scan_score){ .pid = pid, .score = points };
	return err;
}

static int add_tasks(const struct counted *c, const struct wanted *w)
{
	const struct scan_want *want = c->r->want;
	struct scan *s = c->r->s;
	struct task t;
	int err = 0;

	for (size_t i = 0; !err && i < want->census->n; i++) {
		const struct prog_row *row = &want->census->rows[i];
		int64_t points;

		if (is_below(c, i, w)) {
			s->n_seen++;
			s->sees_init |= row->pid == 1;
			continue;
		}
		if (!bpf_row_take(&c->rows, i, &t))
			continue;
		s->n_seen++;
		s->sees_init |= t.pid == 1;
		if (t.spared != KILLABLE) {
			if (want->spared && (want->top == SCAN_ALL || is_named(want, t.pid)))
				err = add_task(c, row, &t);
			continue;
		}
		points = weigh(c, &t);
		if (is_wanted(w, points))
			err = add_task(c, row, &t);
		else if (points > w->lowest)
			err = add_score(c, t.pid, points);
	}
	return err;
}

static bool has_task(const struct scan *s, pid_t pid)
{
	for (size_t i = 0; i < s->n_tasks; i++)
		if (s->tasks[i].pid == pid)
			return true;
	return false;
}

static int add_missing(const struct counted *c, pid_t pid)
{
	struct scan *s = c->r->s;
	struct task t;
	int err;

	if (has_task(s, pid))
		return 0;
	err = bpf_row_other(&c->rows, pid, &t);
	if (err && err != -ESRCH)
		s->n_unseen++;
	if (err)
		return 0;
	err = array_grow(&s->tasks, &c->r->tasks_room, s->n_tasks + 1);
	if (err)
		return err;
	s->tasks[s->n_tasks++] = t;
	s->n_seen++;
	return 0;
}

/* Those that were asked for by name, and init, which is there in any case. */
static int add_all_missing(const struct counted *c)
{
	const struct scan_want *want = c->r->want;
	int err = 0;

	for (size_t i = 0; !err && want->spared && i < want->n_pids; i++)
		err = add_missing(c, want->pids[i]);
	if (!err && want->spared && want->top == SCAN_ALL)
		err = add_missing(c, 1);
	return err;
}

static int compare_scores(const void *va, const void *vb)
{
	const struct scan_score *a = va, *b = vb;

	return (a->score < b->score) - (a->score > b->score);
}

/* Of each step-th. */
static void read_scores(const struct counted *c, size_t step)
{
	struct scan *s = c->r->s;

	for (size_t i = 0; i < s->n_tasks; i += step) {
		struct task *t = &s->tasks[i];

		if (t->spared == KILLABLE && !task_has(t, TASK_SCORE))
			bpf_row_take_score(&c->rows, t);
	}
}

/*
 * To see whether the kernel's rules are those of its version. A file costs as much as a hundred
 * rows of the census: where the first few scores all follow from the points, no more are read.
 */
static void sample_scores(const struct counted *c)
{
	const struct scan *s = c->r->s;
	size_t n_evidence, n_explained;

	read_scores(c, s->n_tasks / SCAN_SAMPLE_FIRST + 1);
	n_explained =
		rules_explained(c->rules, s->tasks, s->n_tasks, &c->r->m->totals, &n_evidence);
	if (n_evidence < RULES_EVIDENCE || n_explained < n_evidence)
		read_scores(c, s->n_tasks / SCAN_SAMPLE + 1);
}

static int count_some(struct counted *c)
{
	const struct scan_want *want = c->r->want;
	struct first f = { .most = want->top < want->census->n ? want->top : want->census->n };
	struct wanted w = { .n_named = 0 };
	int err = -ENOMEM;

	c->points = calloc(want->census->n + 1, sizeof(*c->points));
	f.points = calloc(f.most + 1, sizeof(*f.points));
	w.named = calloc(want->n_pids + 1, sizeof(*w.named));
	if (c->points && f.points && w.named) {
		find_wanted(c, &f, &w);
		err = add_tasks(c, &w);
	}
	free(f.points);
	free(w.named);
	free(c->points);
	return err;
}

static int count_all(const struct counted *c)
{
	const struct wanted everything = { .edge = INT64_MIN, .lowest = INT64_MIN };
	struct scan *s = c->r->s;
	int err = array_grow(&s->tasks, &c->r->tasks_room, c->r->want->census->n);

	return err ? err : add_tasks(c, &everything);
}

int scan_counted(struct scan_run *r)
{
	struct counted c = { .r = r, .rules = rules_find(r->m->version) };

	int err = -ENOMEM;

	c.rows.census = r->want->census;
	c.rows.m = r->m;
	c.rows.reader = task_new(r->proc, r->m);
	if (c.rows.reader) {
		err = r->want->top == SCAN_ALL ? count_all(&c) : count_some(&c);
		if (!err)
			err = add_all_missing(&c);
		if (!err)
			sample_scores(&c);
	}
	if (r->s->n_scores)
		qsort(r->s->scores, r->s->n_scores, sizeof(*r->s->scores), compare_scores);
	r->s->has_points = true;
	r->s->counted_ms = r->want->census->taken_ms;
	free(c.rows.reader);
	return err;
}
