/* SPDX-License-Identifier: GPL-2.0-or-later */
/* predict: whom the kernel would kill, one after the other, and how sure that is. */
#include "oom/predict/predict.h"

#include <errno.h>
#include <stdlib.h>

#include "oom/rules/adj.h"
#include "oom/rules/version.h"

/* Children with a memory of their own add half of it to their parent (badness()). */
static void add_children(struct predict *p)
{
	const struct candidate *c = p->candidates;

	for (size_t i = 0; i < p->n; i++)
		p->old_stats[i].children_pages = 0;
	for (size_t i = 0; i < p->n; i++) {
		size_t parent = p->old_stats[i].parent;

		if (parent != PREDICT_NONE && !c[i].is_gone && !c[i].dies_in &&
		    c[i].task.total_vm && !predict_is_same_mm(&c[i], &c[parent]))
			p->old_stats[parent].children_pages +=
				badness_old_child(c[i].task.total_vm);
	}
}

static void weigh_old_stats(struct predict *p)
{
	add_children(p);
	for (size_t i = 0; i < p->n; i++) {
		struct task *t = &p->candidates[i].task;

		p->old_stats[i].facts.oom_adj = task_has(t, TASK_OOM_ADJ) ? t->oom_adj
									  : adj_to_old(t->adj, 0);
		t->points = (int64_t)badness_old_points(&p->old_stats[i].facts, t->total_vm,
							p->old_stats[i].children_pages, p->version,
							PREDICT_HZ);
	}
}

static int weigh_one(const struct predict *p, struct task *t)
{
	int err = rules_points(p->rules, p->rss, t, &p->totals, &t->points);

	/* Where the kernel that runs is one of those, its score is the points. */
	if (err && !task_has(t, TASK_SCORE))
		return err;
	if (err)
		t->points = t->score;
	return 0;
}

int predict_weigh(struct predict *p)
{
	int err = 0;

	if (p->rules->weight == WEIGHT_HEURISTIC && p->old_stats) {
		weigh_old_stats(p);
		return 0;
	}
	for (size_t i = 0; !err && i < p->n; i++)
		err = weigh_one(p, &p->candidates[i].task);
	return err;
}

void predict_weigh_sharers(struct predict *p, size_t nth)
{
	struct candidate *c = p->candidates;

	for (size_t i = 0; !p->old_stats && i < p->n; i++)
		if (i != nth && predict_is_same_mm(&c[i], &c[nth]))
			weigh_one(p, &c[i].task);
}

static bool is_alive(const struct candidate *c)
{
	return !c->is_gone && !c->dies_in;
}

static bool is_killable(const struct candidate *c)
{
	return is_alive(c) && !c->is_outside && c->task.spared == KILLABLE;
}

/* Init, kernel threads and what has ended have no part in anybody's memory. */
static bool can_die(const struct candidate *c)
{
	return is_alive(c) && c->task.spared != UNKILLABLE_INIT &&
	       c->task.spared != UNKILLABLE_KTHREAD && c->task.spared != UNKILLABLE_NO_MM;
}

bool predict_is_same_mm(const struct candidate *a, const struct candidate *b)
{
	return a == b || (a->mm && a->mm == b->mm);
}

bool predict_wins_tie(const struct predict *p, size_t a, size_t b)
{
	return p->tie == TIE_LAST ? a > b : a < b;
}

static size_t find_best(const struct predict *p)
{
	const struct candidate *c = p->candidates;
	size_t best = PREDICT_NONE;

	for (size_t i = 0; i < p->n; i++) {
		if (!is_killable(&c[i]))
			continue;
		if (best == PREDICT_NONE || c[i].task.points > c[best].task.points ||
		    (c[i].task.points == c[best].task.points && predict_wins_tie(p, i, best)))
			best = i;
	}
	return best;
}

void predict_reveal(struct predict *p, size_t nth)
{
	if (p->reveal)
		p->reveal(p->arg, p, nth);
}

/*
 * Of those that share memory the one that the kernel meets at the right end: they were read at two
 * moments, it counts them once.
 */
static size_t choose(struct predict *p)
{
	size_t best = find_best(p), before = PREDICT_NONE;

	while (best != before) {
		before = best;
		predict_reveal(p, best);
		predict_weigh_sharers(p, best);
		best = find_best(p);
	}
	return best;
}

static bool is_order_known(const struct predict *p, const struct candidate *a,
			   const struct candidate *b)
{
	const struct task *s = &a->task, *t = &b->task;

	if (!p->by_age)
		return a->is_placed && b->is_placed;
	if (task_has(s, TASK_FORK_ID) && task_has(t, TASK_FORK_ID))
		return s->fork_id != t->fork_id &&
		       (s->start_ticks == t->start_ticks ||
			(s->fork_id > t->fork_id) == (s->start_ticks > t->start_ticks));
	/*
	 * A process gets its start a moment before its place in the list: neighbouring ticks prove
	 * nothing.
	 */
	return task_has(s, TASK_START) && task_has(t, TASK_START) &&
	       (s->start_ticks > t->start_ticks + 1 || t->start_ticks > s->start_ticks + 1);
}

static int64_t in_points(const struct predict *p, uint64_t pages)
{
	uint64_t of = p->totals.total_pages ? p->totals.total_pages : 1;

	if (p->rules->weight == WEIGHT_PERMILLE && pages)
		return (int64_t)(pages * 1000 / of + 1);
	return (int64_t)pages;
}

/* DOUBT_NONE: v is chosen before r, whatever the counters hide. */
static enum predict_doubt compare(const struct predict *p, size_t v, size_t r)
{
	const struct candidate *a = &p->candidates[v], *b = &p->candidates[r];
	int64_t gap = a->task.points - b->task.points, fuzz = 0, move = 0, drop = 0;
	bool is_won = is_order_known(p, a, b) && predict_wins_tie(p, v, r);

	/* Who shares memory shares its counters, wrong or not. */
	if (!predict_is_same_mm(a, b)) {
		fuzz = in_points(p, a->error_pages - a->error_reduced_down_pages + b->error_pages -
					    b->error_reduced_up_pages + a->error_growth_pages +
					    b->error_growth_pages);
		move = fuzz + in_points(p, a->rss_change_pages + b->rss_change_pages);
		drop = move + in_points(p, a->reclaim_pages);
	}
	if (gap > drop || (gap == drop && is_won))
		return DOUBT_NONE;
	if (gap < fuzz || (gap == fuzz && fuzz))
		return DOUBT_COUNTERS;
	if (gap == 0 && !is_won)
		return DOUBT_ORDER;
	return gap <= move && move ? DOUBT_MOVING : DOUBT_RECLAIM;
}

/* Keeps the first rivals, those with the most points. */
static void add_rival(const struct predict *p, struct kill_choice *v, size_t rival)
{
	const struct candidate *c = p->candidates;
	size_t at = v->n_rivals < PREDICT_RIVALS ? v->n_rivals : PREDICT_RIVALS;

	v->n_rivals++;
	for (; at > 0 && c[rival].task.points > c[v->rivals[at - 1]].task.points; at--)
		if (at < PREDICT_RIVALS)
			v->rivals[at] = v->rivals[at - 1];
	if (at < PREDICT_RIVALS)
		v->rivals[at] = rival;
}

static void find_rivals(const struct predict *p, struct kill_choice *v)
{
	for (size_t i = 0; i < p->n; i++) {
		enum predict_doubt doubt;

		if (i == v->chosen || !is_killable(&p->candidates[i]))
			continue;
		doubt = compare(p, v->chosen, i);
		if (doubt == DOUBT_NONE)
			continue;
		add_rival(p, v, i);
		if (v->rivals[0] == i || v->doubt == DOUBT_NONE)
			v->doubt = doubt;
	}
}

/*
 * Whether it could die in its parent's stead. Before 2.6.36 the points of neither were asked for,
 * nor, to 2.6.19, -17.
 */
static bool can_replace_parent(const struct predict *p, const struct candidate *c)
{
	if (p->version >= VERSION(2, 6, 36))
		return is_killable(c);
	return can_die(c) && (c->task.spared != UNKILLABLE_ADJ || p->version < VERSION(2, 6, 20));
}

/*
 * To 5.0 the child with the most points dies in the chosen's stead, however small it is; of equal
 * children the first (oom_kill_process()). Before 2.6.36 it is the first child of all.
 */
static size_t find_child_to_kill(const struct predict *p, size_t chosen)
{
	const struct candidate *c = p->candidates;
	size_t best = PREDICT_NONE;

	if (p->version >= VERSION(5, 1, 0))
		return chosen;
	for (size_t i = 0; i < p->n; i++) {
		if (!can_replace_parent(p, &c[i]) || c[i].task.ppid != c[chosen].task.pid ||
		    i == chosen || predict_is_same_mm(&c[i], &c[chosen]))
			continue;
		if (p->version < VERSION(2, 6, 36))
			return i;
		if (best == PREDICT_NONE || c[i].task.points > c[best].task.points)
			best = i;
	}
	return best == PREDICT_NONE ? chosen : best;
}

static uint64_t private_pages(const struct predict *p, const struct task *t)
{
	uint64_t resident = task_has(t, TASK_RSS_SPLIT) ? t->rss_anon : t->rss;
	uint64_t tables = t->nr_ptes + t->nr_pmds + t->pgtables_bytes / p->totals.page_size;

	return resident + t->swap + tables;
}

/*
 * Whoever shares the memory dies too, but for 2.6.36, and since 4.8 also with -1000
 * (__oom_kill_process()).
 */
static bool dies_with(const struct predict *p, const struct candidate *c,
		      const struct candidate *victim)
{
	if (c == victim)
		return true;
	return predict_is_same_mm(c, victim) &&
	       (p->version < VERSION(2, 6, 36) || p->version >= VERSION(2, 6, 37)) &&
	       (c->task.spared != UNKILLABLE_ADJ || p->version >= VERSION(4, 8, 0));
}

static void kill_with_sharers(struct predict *p, size_t nth, struct kill_choice *v)
{
	struct candidate *c = p->candidates;

	predict_reveal(p, nth);
	v->frees_pages += private_pages(p, &c[nth].task);
	for (size_t i = 0; i < p->n; i++) {
		if (!can_die(&c[i]) || !dies_with(p, &c[i], &c[nth]))
			continue;
		c[i].dies_in = p->rounds;
		v->n_killed++;
	}
}

/*
 * All but -1000 die with the victim where memory.oom.group says so (oom_kill_memcg_member(), since
 * 4.19).
 */
static void kill_all(struct predict *p, struct kill_choice *v)
{
	struct candidate *c = p->candidates;
	uint32_t group;

	kill_with_sharers(p, v->victim, v);
	group = p->version >= VERSION(4, 19, 0) ? c[v->victim].group : 0;
	for (size_t i = 0; group && i < p->n; i++)
		if (c[i].group == group && can_die(&c[i]) && c[i].task.adj != ADJ_NEVER)
			kill_with_sharers(p, i, v);
}

/* Whether somebody old_stats on who may share memory with one that has died in this round. */
static bool leaves_sharers(const struct predict *p)
{
	const struct candidate *c = p->candidates;

	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; c[i].possible_mm && c[i].dies_in == p->rounds && k < p->n; k++)
			if (c[k].possible_mm == c[i].possible_mm && can_die(&c[k]))
				return true;
	return false;
}

/* An open choice does no harm to later ones once all its rivals are dead too, each alone. */
static void blur(struct predict *p, const struct kill_choice *v)
{
	if (v->doubt != DOUBT_NONE && (v->n_killed > 1 || v->n_rivals > PREDICT_RIVALS))
		p->has_open_choice = true;
}

static bool is_earlier_open(const struct predict *p, const struct kill_choice *v)
{
	const struct candidate *c = p->candidates;

	/* The choice of an earlier round that this one could have come before. */
	for (size_t i = 0; i < p->n; i++)
		if (c[i].was_chosen && i != v->chosen && compare(p, i, v->chosen) != DOUBT_NONE)
			return true;
	return p->has_open_choice;
}

bool predict_next(struct predict *p, struct kill_choice *v)
{
	struct candidate *c = p->candidates;

	*v = (struct kill_choice){ .next = PREDICT_NONE, .doubt = DOUBT_NONE };
	/* Who has died no longer adds to its parent. */
	if (p->old_stats)
		predict_weigh(p);
	v->chosen = choose(p);
	if (v->chosen == PREDICT_NONE)
		return false;
	find_rivals(p, v);
	if (v->doubt == DOUBT_NONE && is_earlier_open(p, v))
		v->doubt = DOUBT_EARLIER;
	v->victim = find_child_to_kill(p, v->chosen);
	c[v->chosen].was_chosen = true;
	p->rounds++;
	kill_all(p, v);
	/* Who dies with the victim may have turned out to be unknown. */
	if (v->doubt == DOUBT_NONE)
		v->doubt = p->doubt;
	if (v->doubt == DOUBT_NONE && leaves_sharers(p))
		v->doubt = DOUBT_SHARERS;
	blur(p, v);
	v->next = find_best(p);
	if (v->next != PREDICT_NONE)
		v->margin = c[v->chosen].task.points - c[v->next].task.points;
	return true;
}

void predict_reset(struct predict *p)
{
	for (size_t i = 0; i < p->n; i++) {
		p->candidates[i].dies_in = 0;
		p->candidates[i].was_chosen = false;
	}
	p->rounds = 0;
	p->has_open_choice = false;
}

size_t predict_find(const struct predict *p, int32_t pid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->candidates[i].task.pid == pid)
			return i;
	return PREDICT_NONE;
}
