/* SPDX-License-Identifier: GPL-2.0-or-later */
/* victim: which process the kernel would kill now, and when memory is exhausted. */
#include <string.h>

#include "oom/rules/kill_order.h"
#include "oom/rules/version.h"
#include "sys/live/internal.h"
#include "sys/predict/numa.h"

/* Rivals of the victim are among those with the most points. */
#define TOP_FIRST 64

static void take_choice(struct live_victim *v, const struct candidates *c,
			const struct kill_choice *choice)
{
	const struct candidate *all = c->p.candidates;

	v->is_known = true;
	v->task = all[choice->victim].task;
	v->doubt = choice->doubt;
	v->n_killed = choice->n_killed;
	v->has_rival = choice->n_rivals > 0;
	if (v->has_rival)
		v->rival = all[choice->rivals[0]].task;
	/* It is not killed if only nodes that it cannot use are out of memory. */
	if (v->doubt == DOUBT_NONE && !c->is_cgroup &&
	    numa_are_closed_to(c->s.proc, all[choice->chosen].task.mm_pid))
		v->doubt = DOUBT_NODES;
}

static void find(struct live *l, struct candidates *c)
{
	struct kill_choice choice;

	l->victim.is_known = false;
	candidates_finish(c, &c->p, 1);
	if (predict_weigh(&c->p) == 0 && predict_next(&c->p, &choice))
		take_choice(&l->victim, c, &choice);
}

/* The same, in kill order. */
static size_t find_top(const struct live *l, uint32_t top[LIVE_TOP_MAX])
{
	size_t n = l->n_killable < TOP_FIRST ? l->n_killable : TOP_FIRST;

	memcpy(top, l->rows, n * sizeof(*top));
	/* Until 5.0 a child is killed in place of its parent. */
	for (size_t i = n; l->machine.version < VERSION(5, 1, 0) && n && i < l->n; i++)
		if (l->tasks[l->rows[i]].task.ppid == l->tasks[top[0]].task.pid && n < LIVE_TOP_MAX)
			top[n++] = l->rows[i];
	return n;
}

/* The rows that can be the victim or its rivals, in fork order. Returns their number. */
static size_t take_top(const struct live *l, struct task *tasks)
{
	uint32_t top[LIVE_TOP_MAX];
	size_t n = find_top(l, top);

	/* qsort(3) would allocate memory. */
	for (size_t i = 1; i < n; i++) {
		uint32_t row = top[i];
		size_t at = i;

		for (; at &&
		       kill_order_compare_age(&l->tasks[row].task, &l->tasks[top[at - 1]].task) < 0;
		     at--)
			top[at] = top[at - 1];
		top[at] = row;
	}
	for (size_t i = 0; i < n; i++)
		tasks[i] = l->tasks[top[i]].task;
	return n;
}

/* All processes of the cgroup, in the kernel's order. Returns their number. */
static size_t take_members(struct live *l, struct task *tasks)
{
	const struct memcg_state *group = &l->top.memcg;
	size_t n = 0;

	for (size_t i = 0; i < group->n; i++) {
		pid_t pid = group->members[i].pid;
		uint32_t row = pid > 0 && live_is_wanted(l, pid) ? live_find(l, pid) : ORDER_NONE;

		if (row == ORDER_NONE)
			continue;
		tasks[n++] = l->tasks[row].task;
		/* One that moved meanwhile can be listed twice. */
		l->is_member[(size_t)pid / 64] &= ~(1ULL << (size_t)pid % 64);
	}
	return n;
}

void live_victim_find(struct live *l, int64_t begun_ms)
{
	struct candidates *c = &l->top;
	struct scan *scan = &c->s.scan;
	bool is_incomplete = false;

	scan->n_tasks = l->cgroup ? take_members(l, scan->tasks) : take_top(l, scan->tasks);
	scan->n_unseen = l->n_unseen;
	scan->has_points = l->has_bpf;
	scan->counted_ms = (uint64_t)begun_ms;
	c->s.proc = l->proc;
	/* Of a cgroup they are there already, with the machine's memory. */
	if (!l->cgroup)
		c->s.machine = l->machine;
	c->s.rules = l->rules;
	c->s.rss = l->rss;
	candidates_refill(c, (uint64_t)begun_ms);
	if (!l->cgroup && l->is_dying && !l->n_unseen)
		c->p.doubt = DOUBT_DYING;
	find(l, c);
	if (!l->cgroup || !l->victim.is_known)
		return;
	l->victim.n_killed += candidates_count_outsiders(c, &l->victim.task, &is_incomplete);
	if (is_incomplete && l->victim.doubt == DOUBT_NONE)
		l->victim.doubt = DOUBT_UNSEEN;
}

/* The process with the most points in so many seconds; ORDER_NONE: none. */
static uint32_t find_later(const struct live *l, double seconds)
{
	uint32_t best = ORDER_NONE;
	int64_t most = INT64_MIN;
	bool has_constant = false;

	for (size_t i = 0; i < l->n_killable; i++) {
		uint32_t row = l->rows[i];
		bool is_constant = !l->ranks[row].has_growth;
		const struct live_sorted *s;
		int64_t points;

		/* Of those that do not grow, the first has the most. */
		if (is_constant && has_constant)
			continue;
		has_constant |= is_constant;
		s = &l->sorted[row];
		points = forecast_points(s->points, s->pages_per_s, seconds);
		if (points > most) {
			most = points;
			best = row;
		}
	}
	return best;
}

void live_later_find(struct live *l, int64_t now_ms)
{
	struct live_later *later = &l->later;
	const struct memory *m = &l->memory;
	const struct forecast_point now = {
		.ms = now_ms,
		.used_bytes = (int64_t)(m->used_bytes + m->swap_used_bytes),
		.mark_bytes = m->mark_bytes,
	};
	uint32_t row;

	l->n_points = forecast_add(l->points, l->n_points, LIVE_TIMES, now);
	memset(later, 0, sizeof(*later));
	forecast_find(l->points, l->n_points, m->left_bytes, &later->at);
	/* Points are pages since 3.5; before, growth cannot be added to them. */
	if (!later->at.is_growing || l->rules->weight != WEIGHT_PAGES)
		return;
	row = find_later(l, later->at.seconds);
	if (row == ORDER_NONE)
		return;
	later->has_victim = true;
	later->pid = l->tasks[row].task.pid;
	memcpy(later->name, l->tasks[row].task.name, sizeof(later->name));
	later->is_sure = find_later(l, later->at.min_s) == row &&
			 find_later(l, later->at.max_s) == row;
}
