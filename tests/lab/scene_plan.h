/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scene_plan: generates a scene from a seed: sizes, adj, users, threads, sharers, cgroups. */
#ifndef LAB_SCENE_PLAN_H
#define LAB_SCENE_PLAN_H

#include "scene.h"

/* Many equal values, some at the limits, some anywhere. */
static inline int scene_adj(struct scene *s)
{
	static const int usual[] = { 0, 0, 0, 0, -1, 1, 5, 100, -100, 500, -999, 999, 1000, -1000 };

	if (scene_one_in(s, 3))
		return (int)scene_below(s, 2001) - 1000;
	return usual[scene_below(s, sizeof(usual) / sizeof(usual[0]))];
}

static inline void scene_shape(struct scene *s, struct shape *p)
{
	/*
	 * Sizes of all magnitudes, from 4 KiB to 48 MiB; few large ones, because a page takes an
	 * emulated guest 10 us.
	 */
	*p = (struct shape){
		.anon = scene_below(s, scene_one_in(s, 12) ? 12000 : 32u << scene_below(s, 6))
	};
	if (p->anon > s->budget)
		p->anon %= 32;
	s->budget -= p->anon > 32 ? p->anon : 0;
	if (scene_one_in(s, 4))
		p->file = scene_below(s, 300);
	if (scene_one_in(s, 4))
		p->shm = scene_below(s, 300);
	if (s->has_swap && scene_one_in(s, 2))
		p->paged_out = scene_below(s, p->anon + 1);
	p->adj = scene_adj(s);
	p->group = s->n_groups ? (int)scene_below(s, (unsigned)s->n_groups + 1) - 1 : -1;
	if (s->of_cgroup && p->group < 0 && !scene_one_in(s, 4))
		p->group = s->domain;
	p->group = scene_leaf(s, p->group);
	if (scene_one_in(s, 4))
		p->uid = 1000 + scene_below(s, 3);
	if (scene_one_in(s, 5))
		p->threads = 1 + scene_below(s, 3);
	p->migrates = scene_one_in(s, 8);
	p->has_dead_leader = scene_one_in(s, 12);
	p->has_sharer = scene_one_in(s, 12);
	p->sharer_group = !p->uid && s->n_groups && scene_one_in(s, 2)
				  ? scene_leaf(s, (int)scene_below(s, (unsigned)s->n_groups))
				  : -1;
	p->has_vfork = !p->has_dead_leader && !p->has_sharer && scene_one_in(s, 12);
}

/* Which cgroups have the memory controller, and which of them is the domain. */
static inline void scene_delegate(struct scene *s)
{
	for (int i = 0; i < s->n_groups; i++) {
		struct group *g = &s->groups[i];
		struct group *parent = g->parent < 0 ? NULL : &s->groups[g->parent];

		g->delegates = !scene_one_in(s, 3);
		g->has_memory = !parent || (parent->delegates && parent->has_memory);
		g->kills_together &= g->has_memory;
		if (parent)
			parent->child = i;
	}
	for (int i = 0; i < s->n_groups; i++)
		s->groups[i].delegates &= s->groups[i].has_memory && s->groups[i].child >= 0;
	if (!s->of_cgroup)
		return;
	do
		s->domain = (int)scene_below(s, (unsigned)s->n_groups);
	while (!s->groups[s->domain].has_memory);
}

/* An exact tie, if there is memory for it. */
static inline void scene_copy(struct scene *s, int to, int from)
{
	if (s->shapes[from].anon > s->budget)
		return;
	s->shapes[to] = s->shapes[from];
	s->budget -= s->shapes[from].anon;
}

static inline void scene_plan(struct scene *s, uint64_t seed, bool has_swap)
{
	*s = (struct scene){ .random = seed,
			     .has_swap = has_swap,
			     .grow_fd = -1,
			     .domain = -1,
			     .budget = 28000 };
	s->of_cgroup = scene_one_in(s, 2);
	s->n_groups = (int)scene_below(s, SCENE_GROUPS + 1);
	if (s->of_cgroup && !s->n_groups)
		s->n_groups = 1;
	for (int i = 0; i < s->n_groups; i++) {
		struct group *g = &s->groups[i];

		g->child = -1;
		g->parent = i ? (int)scene_below(s, (unsigned)i + 1) - 1 : -1;
		g->kills_together = scene_one_in(s, 4);
		snprintf(g->path, sizeof(g->path), "%s/g%d",
			 g->parent < 0 ? SCENE_ROOT : s->groups[g->parent].path, i);
	}
	scene_delegate(s);
	s->swap_max = has_swap && scene_one_in(s, 2) ? scene_below(s, 600) : 0;
	s->n = 3 + (int)scene_below(s, scene_one_in(s, 8) ? SCENE_PROCESSES - 2 : 8);
	for (int i = 0; i < s->n; i++) {
		scene_shape(s, &s->shapes[i]);
		if (i && scene_one_in(s, 5))
			scene_copy(s, i, (int)scene_below(s, (unsigned)i));
	}
}

#endif
