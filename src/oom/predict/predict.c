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

	/* With the rules before 2.6.36, points are the running kernel's score. */
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
	return is_alive(c) && !c->is_outside && c->task.unkillable == KILLABLE;
}

/* Init, kernel threads and zombies never share the memory of a victim. */
static bool can_die(const struct candidate *c)
{
	return is_alive(c) && c->task.unkillable != UNKILLABLE_INIT &&
	       c->task.unkillable != UNKILLABLE_KTHREAD && c->task.unkillable != UNKILLABLE_NO_MM;
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
 * Sharers of memory were read at different moments, but have equal points in the kernel, so the
 * order decides which it chooses.
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

/*
 * DOUBT_NONE: v has more points than r, whatever the error of the counters, or equal points and
 * wins the tie.
 */
static enum predict_doubt compare_points(const struct predict *p, size_t v, size_t r, bool is_won)
{
	const struct candidate *a = &p->candidates[v], *b = &p->candidates[r];
	int64_t gap = a->task.points - b->task.points, error = 0, change = 0, reclaim = 0;

	/* Sharers of memory have the same counters, exact or not. */
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

/* DOUBT_NONE: v is chosen before r, whatever the error of the counters. */
static enum predict_doubt compare(const struct predict *p, size_t v, size_t r)
{
	bool is_won = is_order_known(p, &p->candidates[v], &p->candidates[r]) &&
		      predict_wins_tie(p, v, r);

	return compare_points(p, v, r, is_won);
}

/*
 * Until 5.0 the child with the most points is killed in place of the chosen, the oldest of equals
 * (oom_kill_process()). Before 2.6.36 it is the first child; points did not matter, and until
 * 2.6.19 neither did -17.
 */
static size_t find_child_to_kill(const struct predict *p, size_t chosen)
{
	const struct candidate *c = p->candidates;
	size_t best = PREDICT_NONE;

	for (size_t i = 0; p->version < VERSION(5, 1, 0) && i < p->n; i++) {
		if (c[i].task.ppid != c[chosen].task.pid || i == chosen ||
		    predict_is_same_mm(&c[i], &c[chosen]))
			continue;
		if (p->version >= VERSION(2, 6, 36)) {
			if (predict_is_killable(&c[i]) &&
			    (best == PREDICT_NONE || c[i].task.points > c[best].task.points))
				best = i;
		} else if (can_die(&c[i]) && (c[i].task.unkillable != UNKILLABLE_ADJ ||
					      p->version < VERSION(2, 6, 20))) {
			return i;
		}
	}
	return best == PREDICT_NONE ? chosen : best;
}

/*
 * Whether another child of the chosen could be killed in the victim's place. Children are in the
 * order in which they got their parent, so that of equal ones each can be the first; since
 * 2.6.36 their points count.
 */
static enum predict_doubt compare_child(const struct predict *p, const struct kill_choice *choice,
					size_t child)
{
	const struct candidate *c = p->candidates;

	if (choice->victim == choice->chosen || child == choice->victim ||
	    p->version < VERSION(2, 6, 36) || c[child].task.ppid != c[choice->chosen].task.pid ||
	    predict_is_same_mm(&c[child], &c[choice->chosen]))
		return DOUBT_NONE;
	return compare_points(p, choice->victim, child, false);
}

/* Keeps the first rivals, those with the most points. Whether one is another child. */
static bool find_rivals(const struct predict *p, struct kill_choice *choice)
{
	const struct candidate *c = p->candidates;
	bool has_child = false;

	for (size_t i = 0; i < p->n; i++) {
		size_t at = choice->n_rivals < PREDICT_RIVALS ? choice->n_rivals : PREDICT_RIVALS;
		enum predict_doubt doubt;

		if (i == choice->chosen || !predict_is_killable(&c[i]))
			continue;
		doubt = compare(p, choice->chosen, i);
		/* If it were chosen, the same process would be killed. */
		if (doubt != DOUBT_NONE && find_child_to_kill(p, i) == choice->victim)
			doubt = DOUBT_NONE;
		if (doubt == DOUBT_NONE) {
			doubt = compare_child(p, choice, i);
			has_child |= doubt != DOUBT_NONE;
		}
		if (doubt == DOUBT_NONE)
			continue;
		choice->n_rivals++;
		for (; at > 0 && c[i].task.points > c[choice->rivals[at - 1]].task.points; at--)
			if (at < PREDICT_RIVALS)
				choice->rivals[at] = choice->rivals[at - 1];
		if (at < PREDICT_RIVALS)
			choice->rivals[at] = i;
		if (at == 0 || choice->doubt == DOUBT_NONE)
			choice->doubt = doubt;
	}
	return has_child;
}

/* Kills sharers too, but not in 2.6.36; since 4.8 even with -1000 (__oom_kill_process()). */
static void kill_with_sharers(struct predict *p, size_t nth, struct kill_choice *choice)
{
	bool is_2_6_36 = p->version >= VERSION(2, 6, 36) && p->version < VERSION(2, 6, 37);
	struct candidate *c = p->candidates;
	const struct task *t = &c[nth].task;

	predict_reveal(p, nth);
	choice->frees_pages += (task_has(t, TASK_RSS_SPLIT) ? t->rss_anon : t->rss) + t->swap +
			       t->nr_ptes + t->nr_pmds + t->pgtables_bytes / p->totals.page_size;
	for (size_t i = 0; i < p->n; i++) {
		if (!can_die(&c[i]) || !predict_is_same_mm(&c[i], &c[nth]))
			continue;
		if (i != nth && (is_2_6_36 || (c[i].task.unkillable == UNKILLABLE_ADJ &&
					       p->version < VERSION(4, 8, 0))))
			continue;
		c[i].dies_in = p->rounds;
		choice->n_killed++;
		choice->frees_pages += c[i].uncounted_pages;
	}
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

bool predict_next(struct predict *p, struct kill_choice *choice)
{
	struct candidate *c = p->candidates;
	uint32_t group;
	bool is_open, has_child;

	*choice = (struct kill_choice){ .next = PREDICT_NONE, .doubt = DOUBT_NONE };
	/* A killed child adds nothing to its parent. */
	if (p->old_stats)
		predict_weigh(p);
	choice->chosen = choose(p);
	if (choice->chosen == PREDICT_NONE)
		return false;
	choice->victim = find_child_to_kill(p, choice->chosen);
	has_child = find_rivals(p, choice);
	/* This process might have been chosen instead of an earlier one. */
	is_open = p->has_open_choice;
	for (size_t i = 0; !is_open && choice->doubt == DOUBT_NONE && i < p->n; i++)
		is_open = c[i].was_chosen && i != choice->chosen &&
			  compare(p, i, choice->chosen) != DOUBT_NONE;
	if (choice->doubt == DOUBT_NONE && is_open)
		choice->doubt = DOUBT_EARLIER;
	c[choice->chosen].was_chosen = true;
	p->rounds++;
	kill_with_sharers(p, choice->victim, choice);
	/* memory.oom.group kills all members but -1000 (oom_kill_memcg_member(), since 4.19). */
	group = p->version >= VERSION(4, 19, 0) ? c[choice->victim].group : 0;
	for (size_t i = 0; group && i < p->n; i++)
		if (c[i].group == group && can_die(&c[i]) && c[i].task.adj != ADJ_NEVER)
			kill_with_sharers(p, i, choice);
	/* predict_reveal() may have set p->doubt. */
	if (choice->doubt == DOUBT_NONE)
		choice->doubt = p->doubt;
	if (choice->doubt == DOUBT_NONE && leaves_sharers(p))
		choice->doubt = DOUBT_SHARERS;
	/* An uncertain choice no longer matters when all its rivals are killed too, each alone. */
	if (choice->doubt != DOUBT_NONE &&
	    (has_child || choice->n_killed > 1 || choice->n_rivals > PREDICT_RIVALS))
		p->has_open_choice = true;
	/* The parent survives, because the victim was killed in its place. */
	choice->next = predict_find_best(p, choice->chosen);
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
