/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * possible: leaves out the processes that cannot be among the first kills, to save memory, and
 * finds those that can be after all.
 */
#include <errno.h>
#include <stdlib.h>

#include "oom/rules/version.h"
#include "sys/predict/internal.h"

/* Some kills end more than one process: more candidates than kills. */
#define SPARE 8

/* So many stay in any case, to find the rules of the kernel by their scores. */
#define EVIDENCE 128

/* A running process may change for so long until the prediction is finished. */
#define MORE_MS 100

/* The points by either count of RSS. */
static void find_points(const struct candidates *a, const struct task *t, int64_t *low,
			int64_t *high)
{
	const struct rules *rules = rules_find(a->s.machine.version);
	const struct totals *of = &a->s.machine.totals;
	int64_t other = 0;

	*low = *high = 0;
	rules_points(rules, RSS_STATUS, t, of, low);
	rules_points(rules, RSS_STAT, t, of, &other);
	*high = other > *low ? other : *low;
	*low = other < *low ? other : *low;
}

static int compare_points(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;

	return (*a < *b) - (*a > *b);
}

/* The least points of those that stay, n of which have just as many. INT64_MIN: all stay. */
struct floor {
	int64_t points;
	size_t n;
};

static int find_floor(const struct candidates *a, const struct scan *s, struct floor *f)
{
	size_t wanted = a->possible.kills + SPARE, n = 0;
	int64_t *all = calloc(s->n_tasks + 1, sizeof(*all)), high;

	if (!all)
		return -ENOMEM;
	if (wanted < EVIDENCE)
		wanted = EVIDENCE;
	for (size_t i = 0; i < s->n_tasks; i++) {
		const struct task *t = &s->tasks[i];

		if (t->unkillable == KILLABLE && !t->is_dying)
			find_points(a, t, &all[n++], &high);
	}
	qsort(all, n, sizeof(*all), compare_points);
	*f = (struct floor){ .points = n < wanted ? INT64_MIN : all[wanted - 1] };
	for (size_t i = wanted; n >= i && i > 0 && all[i - 1] == f->points; i--)
		f->n++;
	free(all);
	return 0;
}

static bool stays(struct floor *f, const struct task *t, int64_t points)
{
	/* A dying process makes all choices uncertain, one inside vfork() explains its parent. */
	if (t->unkillable == UNKILLABLE_INIT || t->unkillable == UNKILLABLE_KERNEL ||
	    (t->unkillable == KILLABLE && t->is_dying))
		return true;
	if (t->unkillable != KILLABLE || points < f->points)
		return false;
	return points > f->points || (f->n && f->n--);
}

int possible_reduce(void *arg, struct scan *s)
{
	struct candidates *a = arg;
	int64_t error = (int64_t)error_bounds_most(&a->bounds, &a->s), low, high;
	struct floor floor;
	size_t kept = 0;
	int err;

	/* Before, the kernel can kill a child of the chosen process. */
	if (a->s.machine.version < VERSION(5, 9, 0))
		return 0;
	err = find_floor(a, s, &floor);
	for (size_t i = 0; !err && i < s->n_tasks; i++) {
		const struct task *t = &s->tasks[i];

		find_points(a, t, &low, &high);
		if (stays(&floor, t, low))
			s->tasks[kept++] = *t;
		/* Those without memory die with no other. */
		else if (t->unkillable != UNKILLABLE_NO_MM && t->unkillable != UNKILLABLE_KTHREAD)
			err = scan_leave(s, t,
					 t->unkillable == KILLABLE ? high + error : SCAN_NO_POINTS);
	}
	s->n_tasks = err ? 0 : kept;
	return err;
}

void possible_want(struct possible *o, struct scan_other *other)
{
	o->n_wanted += !other->is_wanted;
	other->is_wanted = true;
}

/* Points from which on a process matters: as the next one, or as another choice. */
struct reach {
	int64_t next, rival;
};

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void add_choice(const struct candidates *a, const struct kill_choice *choice,
		       struct reach *reach)
{
	const struct candidate *c = &a->p.candidates[choice->chosen];
	uint64_t error = c->error_pages + c->error_growth_pages;

	if (!error_bounds_is_still(&c->task))
		error += error_bounds_rss_change(&a->bounds, a->s.proc, &c->task, 0, MORE_MS);
	reach->rival = least(reach->rival, c->task.points - (int64_t)error);
	reach->next = choice->next == PREDICT_NONE
			      ? INT64_MIN
			      : least(reach->next, a->p.candidates[choice->next].task.points);
}

/* Whether a process that was left out is within reach. */
static bool matters(const struct candidates *a, const struct reach *reach, struct scan_other *o)
{
	const struct task t = { .pid = o->pid, .state = o->state, .threads = o->threads };
	uint64_t threads = t.threads < a->bounds.cpus ? t.threads : a->bounds.cpus;
	int64_t change = (int64_t)error_bounds_change_in(&a->bounds, threads, MORE_MS);

	if (o->points == SCAN_NO_POINTS)
		return false;
	if (o->points >= reach->next || o->points >= reach->rival)
		return true;
	if (o->is_still || error_bounds_is_still(&t) || o->points + change < reach->rival)
		return false;
	o->is_still = !error_bounds_rss_change(&a->bounds, a->s.proc, &t,
					       candidates_count_vforks(&a->p, &t), MORE_MS);
	return !o->is_still;
}

void possible_find(struct candidates *a)
{
	struct possible *o = &a->possible;
	struct reach reach = { INT64_MAX, INT64_MAX };
	struct kill_choice choice;
	/* What was left out was compared by these rules. */
	bool is_comparable = a->s.rules == rules_find(a->s.machine.version);

	o->n_wanted = 0;
	if (!a->s.scan.n_others)
		return;
	is_comparable = is_comparable && !predict_weigh(&a->p);
	for (size_t i = 0; is_comparable && i < o->kills && predict_next(&a->p, &choice); i++)
		add_choice(a, &choice, &reach);
	predict_reset(&a->p);
	a->kill_set.n_compared = 0;
	for (size_t i = 0; i < a->s.scan.n_others; i++) {
		struct scan_other *other = &a->s.scan.others[i];

		if (!is_comparable || matters(a, &reach, other))
			possible_want(o, other);
	}
}
