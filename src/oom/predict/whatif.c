/* SPDX-License-Identifier: GPL-2.0-or-later */
/* whatif: assumed changes to candidates, and the rank of one of them after these. */
#include "oom/predict/whatif.h"

#include "oom/rules/adj.h"
#include "oom/rules/version.h"

/* Since 4.8 a write changes sharers too, unless they are inside vfork() (__set_oom_adj()). */
static bool gets_adj_of(const struct predict *p, size_t i, size_t nth)
{
	const struct candidate *c = p->candidates;

	return i != nth && p->version >= VERSION(4, 8, 0) && predict_is_same_mm(&c[i], &c[nth]) &&
	       c[i].task.unkillable != UNKILLABLE_KERNEL;
}

void whatif_set_adj(struct predict *p, size_t nth, int adj)
{
	predict_reveal(p, nth);
	for (size_t i = 0; i < p->n; i++) {
		struct task *t = &p->candidates[i].task;

		if (i != nth && !gets_adj_of(p, i, nth))
			continue;
		t->adj = (int16_t)adj;
		t->has |= TASK_ADJ;
		/* The value on the old scale follows from the new one. */
		t->has &= ~(uint32_t)TASK_OOM_ADJ;
		if (adj == ADJ_NEVER && t->unkillable == KILLABLE)
			t->unkillable = UNKILLABLE_ADJ;
		else if (adj != ADJ_NEVER && t->unkillable == UNKILLABLE_ADJ)
			t->unkillable = KILLABLE;
	}
}

size_t whatif_exclude_sharers(struct predict *p, size_t nth)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (!predict_is_killable(&p->candidates[i]) || !gets_adj_of(p, i, nth))
			continue;
		p->candidates[i].is_gone = true;
		n++;
	}
	return n;
}

size_t whatif_count_possible_sharers(const struct predict *p, size_t nth)
{
	const struct candidate *c = p->candidates;
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += i != nth && c[nth].possible_mm && c[i].possible_mm == c[nth].possible_mm &&
		     predict_is_killable(&c[i]);
	return n;
}

size_t whatif_count(const struct predict *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += predict_is_killable(&p->candidates[i]);
	return n;
}

void whatif_grow(struct predict *p, size_t nth, int64_t pages)
{
	struct candidate *c = p->candidates;

	predict_reveal(p, nth);
	for (size_t i = 0; i < p->n; i++) {
		if (!predict_is_same_mm(&c[i], &c[nth]))
			continue;
		c[i].task.total_vm += (uint64_t)pages;
		c[i].task.rss += (uint64_t)pages;
		c[i].task.rss_stat += (uint64_t)pages;
		c[i].task.rss_anon += (uint64_t)pages;
	}
}

size_t whatif_place(const struct predict *p, size_t nth, int64_t points)
{
	size_t place = 1;

	for (size_t i = 0; i < p->n; i++) {
		const struct candidate *c = &p->candidates[i];

		if (i == nth || !predict_is_killable(c))
			continue;
		place += c->task.points > points ||
			 (c->task.points == points && predict_wins_tie(p, i, nth));
	}
	return place;
}

int whatif_points(const struct predict *p, size_t nth, int adj, int64_t *points)
{
	struct task t = p->candidates[nth].task;

	t.adj = (int16_t)adj;
	return rules_points(p->rules, p->rss, &t, &p->totals, points);
}
