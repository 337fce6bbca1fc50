/* SPDX-License-Identifier: GPL-2.0-or-later */
/* predict: which processes the kernel would kill, in turn, and how certain each choice is. */
#include "oom/predict/predict.h"

#include "oom/rules/adj.h"
#include "oom/rules/version.h"

static bool is_alive(const struct candidate *c)
{
	return !c->is_gone && !c->dies_in;
}

/* Children that share no memory with their parent add half of theirs to it (badness()). */
static void weigh_old_stats(struct predict *p)
{
	struct predict_old_stats *old = p->old_stats;
	struct candidate *c = p->candidates;

	for (size_t i = 0; i < p->n; i++)
		old[i].children_pages = 0;
	for (size_t i = 0; i < p->n; i++)
		if (old[i].parent != PREDICT_NONE && is_alive(&c[i]) && c[i].task.total_vm &&
		    !predict_is_same_mm(&c[i], &c[old[i].parent]))
			old[old[i].parent].children_pages += badness_old_child(c[i].task.total_vm);
	for (size_t i = 0; i < p->n; i++) {
		struct task *t = &c[i].task;

		old[i].facts.oom_adj = task_has(t, TASK_OOM_ADJ) ? t->oom_adj
								 : adj_to_old(t->adj, 0);
		t->points = (int64_t)badness_old_points(&old[i].facts, t->total_vm,
							old[i].children_pages, p->version,
							PREDICT_HZ);
	}
}

static int weigh_one(const struct predict *p, struct task *t)
{
	int err = rules_points(p->rules, p->rss, t, &p->totals, &t->points);

	/* With rules so old, the running kernel's score is the points. */
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

bool predict_is_killable(const struct candidate *c)
{
	return is_alive(c) && !c->is_outside && c->task.spared == KILLABLE;
}

/* Init, kernel threads and zombies never share the memory of a victim. */
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

size_t predict_find_best(const struct predict *p, size_t except)
{
	const struct candidate *c = p->candidates;
	size_t best = PREDICT_NONE;

	for (size_t i = 0; i < p->n; i++) {
		if (i == except || !predict_is_killable(&c[i]))
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
 * Sharers of memory were read at different moments, but have equal points for the kernel: with
 * these, the order decides which it chooses.
 */
static size_t choose(struct predict *p)
{
	struct candidate *c = p->candidates;
	size_t best = predict_find_best(p, PREDICT_NONE), before = PREDICT_NONE;

	while (best != before) {
		before = best;
		predict_reveal(p, best);
		for (size_t i = 0; !p->old_stats && i < p->n; i++)
			if (i != best && predict_is_same_mm(&c[i], &c[best]))
				weigh_one(p, &c[i].task);
		best = predict_find_best(p, PREDICT_NONE);
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
	/* A process gets its start time just before its place: adjacent ticks prove nothing. */
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

/* DOUBT_NONE: v is chosen before r, whatever the error of the counters. */
static enum predict_doubt compare(const struct predict *p, size_t v, size_t r)
{
	const struct candidate *a = &p->candidates[v], *b = &p->candidates[r];
	int64_t gap = a->task.points - b->task.points, error = 0, change = 0, reclaim = 0;
	bool is_won = is_order_known(p, a, b) && predict_wins_tie(p, v, r);

	/* Sharers of memory share its counters, wrong or not. */
	if (!predict_is_same_mm(a, b)) {
		error = in_points(p, a->error_pages - a->error_reduced_down_pages + b->error_pages -
					     b->error_reduced_up_pages + a->error_growth_pages +
					     b->error_growth_pages);
		change = error + in_points(p, a->rss_change_pages + b->rss_change_pages);
		reclaim = change + in_points(p, a->reclaim_pages);
	}
	if (gap > reclaim || (gap == reclaim && is_won))
		return DOUBT_NONE;
	if (gap < error || (gap == error && error))
		return DOUBT_COUNTERS;
	if (gap == 0 && !is_won)
		return DOUBT_ORDER;
	return gap <= change && change ? DOUBT_MOVING : DOUBT_RECLAIM;
}

/* Keeps the first rivals, those with the most points. */
static void add_rival(const struct predict *p, struct kill_choice *choice, size_t rival)
{
	const struct candidate *c = p->candidates;
	size_t at = choice->n_rivals < PREDICT_RIVALS ? choice->n_rivals : PREDICT_RIVALS;

	choice->n_rivals++;
	for (; at > 0 && c[rival].task.points > c[choice->rivals[at - 1]].task.points; at--)
		if (at < PREDICT_RIVALS)
			choice->rivals[at] = choice->rivals[at - 1];
	if (at < PREDICT_RIVALS)
		choice->rivals[at] = rival;
}

static void find_rivals(const struct predict *p, struct kill_choice *choice)
{
	for (size_t i = 0; i < p->n; i++) {
		enum predict_doubt doubt;

		if (i == choice->chosen || !predict_is_killable(&p->candidates[i]))
			continue;
		doubt = compare(p, choice->chosen, i);
		if (doubt == DOUBT_NONE)
			continue;
		add_rival(p, choice, i);
		if (choice->rivals[0] == i || choice->doubt == DOUBT_NONE)
			choice->doubt = doubt;
	}
}

/*
 * Whether it may be killed in place of its parent. Before 2.6.36 points did not matter, and to
 * 2.6.19 neither did -17.
 */
static bool can_replace_parent(const struct predict *p, const struct candidate *c)
{
	if (p->version >= VERSION(2, 6, 36))
		return predict_is_killable(c);
	return can_die(c) && (c->task.spared != UNKILLABLE_ADJ || p->version < VERSION(2, 6, 20));
}

/*
 * To 5.0 the child with the most points is killed in place of the chosen, the first of equal ones
 * (oom_kill_process()). Before 2.6.36 it is the first child.
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

/* Sharers die too, but not in 2.6.36; since 4.8 even with -1000 (__oom_kill_process()). */
static bool dies_with(const struct predict *p, const struct candidate *c,
		      const struct candidate *victim)
{
	if (c == victim)
		return true;
	return predict_is_same_mm(c, victim) &&
	       (p->version < VERSION(2, 6, 36) || p->version >= VERSION(2, 6, 37)) &&
	       (c->task.spared != UNKILLABLE_ADJ || p->version >= VERSION(4, 8, 0));
}

static void kill_with_sharers(struct predict *p, size_t nth, struct kill_choice *choice)
{
	struct candidate *c = p->candidates;

	predict_reveal(p, nth);
	choice->frees_pages += private_pages(p, &c[nth].task);
	for (size_t i = 0; i < p->n; i++) {
		if (!can_die(&c[i]) || !dies_with(p, &c[i], &c[nth]))
			continue;
		c[i].dies_in = p->rounds;
		choice->n_killed++;
	}
}

/* memory.oom.group kills all members but -1000 (oom_kill_memcg_member(), since 4.19). */
static void kill_all(struct predict *p, struct kill_choice *choice)
{
	struct candidate *c = p->candidates;
	uint32_t group;

	kill_with_sharers(p, choice->victim, choice);
	group = p->version >= VERSION(4, 19, 0) ? c[choice->victim].group : 0;
	for (size_t i = 0; group && i < p->n; i++)
		if (c[i].group == group && can_die(&c[i]) && c[i].task.adj != ADJ_NEVER)
			kill_with_sharers(p, i, choice);
}

/* Whether a survivor may share memory with a victim of this round. */
static bool leaves_sharers(const struct predict *p)
{
	const struct candidate *c = p->candidates;

	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; c[i].possible_mm && c[i].dies_in == p->rounds && k < p->n; k++)
			if (c[k].possible_mm == c[i].possible_mm && can_die(&c[k]))
				return true;
	return false;
}

static bool is_earlier_open(const struct predict *p, const struct kill_choice *choice)
{
	const struct candidate *c = p->candidates;

	/* This one might have been chosen in place of an earlier one. */
	for (size_t i = 0; i < p->n; i++)
		if (c[i].was_chosen && i != choice->chosen &&
		    compare(p, i, choice->chosen) != DOUBT_NONE)
			return true;
	return p->has_open_choice;
}

bool predict_next(struct predict *p, struct kill_choice *choice)
{
	struct candidate *c = p->candidates;

	*choice = (struct kill_choice){ .next = PREDICT_NONE, .doubt = DOUBT_NONE };
	/* A dead child no longer adds to its parent. */
	if (p->old_stats)
		predict_weigh(p);
	choice->chosen = choose(p);
	if (choice->chosen == PREDICT_NONE)
		return false;
	find_rivals(p, choice);
	if (choice->doubt == DOUBT_NONE && is_earlier_open(p, choice))
		choice->doubt = DOUBT_EARLIER;
	choice->victim = find_child_to_kill(p, choice->chosen);
	c[choice->chosen].was_chosen = true;
	p->rounds++;
	kill_all(p, choice);
	/* p->doubt may be new: what dies with the victim turned out to be unknown. */
	if (choice->doubt == DOUBT_NONE)
		choice->doubt = p->doubt;
	if (choice->doubt == DOUBT_NONE && leaves_sharers(p))
		choice->doubt = DOUBT_SHARERS;
	/* An uncertain choice does not matter once all its rivals are dead too, each alone. */
	if (choice->doubt != DOUBT_NONE &&
	    (choice->n_killed > 1 || choice->n_rivals > PREDICT_RIVALS))
		p->has_open_choice = true;
	choice->next = predict_find_best(p, PREDICT_NONE);
	if (choice->next != PREDICT_NONE)
		choice->margin = c[choice->chosen].task.points - c[choice->next].task.points;
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
