/* SPDX-License-Identifier: GPL-2.0-or-later */
/* predict_weigh: gives all candidates their points, by whichever rules. */
#include <errno.h>

#include "oom/rules/adj.h"
#include "oom/predict/predict.h"

/* Children with a memory of their own add half of it to their parent (badness()). */
static void add_children(struct predict *p)
{
	const struct candidate *c = p->candidates;

	for (size_t i = 0; i < p->n; i++)
		p->lives[i].children_pages = 0;
	for (size_t i = 0; i < p->n; i++) {
		size_t parent = p->lives[i].parent;

		if (parent != PREDICT_NONE && !c[i].is_gone && !c[i].dies_in &&
		    c[i].task.total_vm && !predict_is_same_mm(&c[i], &c[parent]))
			p->lives[parent].children_pages += heuristic_child(c[i].task.total_vm);
	}
}

static void weigh_lives(struct predict *p)
{
	add_children(p);
	for (size_t i = 0; i < p->n; i++) {
		struct task *t = &p->candidates[i].task;

		p->lives[i].facts.oom_adj = task_has(t, TASK_OOM_ADJ) ? t->oom_adj
								      : adj_to_old(t->adj, 0);
		t->points = (int64_t)heuristic_points(&p->lives[i].facts, t->total_vm,
						      p->lives[i].children_pages, p->version,
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

	if (p->rules->weight == WEIGHT_HEURISTIC && p->lives) {
		weigh_lives(p);
		return 0;
	}
	for (size_t i = 0; !err && i < p->n; i++)
		err = weigh_one(p, &p->candidates[i].task);
	return err;
}

void predict_weigh_sharers(struct predict *p, size_t nth)
{
	struct candidate *c = p->candidates;

	for (size_t i = 0; !p->lives && i < p->n; i++)
		if (i != nth && predict_is_same_mm(&c[i], &c[nth]))
			weigh_one(p, &c[i].task);
}
