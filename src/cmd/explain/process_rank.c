/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process_rank: the rank of one process, and what would change it. */
#include "cmd/explain/process_rank.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "oom/predict/whatif.h"
#include "oom/rules/adj.h"
#include "sys/cgroup/path.h"

int64_t process_rank_adj_unit(const struct predict *p)
{
	return (int64_t)(p->totals.total_pages / 1000 * p->totals.page_size);
}

/* The smallest adj above -1000 for this rank or a lower number; ADJ_MAX + 1: none. */
static int find_adj(const struct predict *p, size_t nth, size_t place)
{
	int low = ADJ_LAST, high = ADJ_MAX + 1;
	int64_t points;

	while (low < high) {
		int mid = low + (high - low) / 2;

		if (whatif_points(p, nth, mid, &points) || whatif_place(p, nth, points) <= place)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* The adj and the growth that would change the rank. alone: sharers are excluded. */
static void find_range(struct process_rank *e, const struct predict *alone)
{
	size_t n = whatif_count(alone), other = predict_find_best(alone, e->nth);
	int64_t need;

	if (other == PREDICT_NONE)
		return;
	/* Not only in the copy, which is freed. */
	e->other = &e->p->candidates[other].task;
	e->is_first = whatif_place(alone, e->nth, e->t->points) == 1;
	e->first = find_adj(alone, e->nth, 1);
	e->last = (n > 1 ? find_adj(alone, e->nth, n - 1) : ADJ_LAST) - 1;
	if (e->is_first)
		return;
	need = e->other->points - e->t->points;
	if (alone->rules->weight == WEIGHT_PERMILLE)
		need = need * (int64_t)alone->totals.total_pages / 1000;
	e->grow_pages = need + (need == 0 || whatif_place(alone, e->nth, e->other->points) != 1);
}

void process_rank_find(const struct candidates *a, size_t nth, struct process_rank *e)
{
	struct predict alone = a->p;

	*e = (struct process_rank){ .a = a, .p = &a->p, .nth = nth };
	e->t = &a->p.candidates[nth].task;
	e->place = whatif_place(&a->p, nth, e->t->points);
	e->count = whatif_count(&a->p);
	if (e->t->unkillable == KILLABLE || e->t->unkillable == UNKILLABLE_ADJ)
		origin_find(a, nth, &e->origin);
	if (e->t->unkillable != KILLABLE || a->p.rules->weight == WEIGHT_HEURISTIC)
		return;
	e->n_possible = whatif_count_possible_sharers(&a->p, nth);
	alone.candidates = mem_alloc(a->p.n, sizeof(*alone.candidates));
	memcpy(alone.candidates, a->p.candidates, a->p.n * sizeof(*alone.candidates));
	e->n_sharers = whatif_exclude_sharers(&alone, nth);
	find_range(e, &alone);
	free(alone.candidates);
}

static bool rank_in_cgroup(const struct process_rank *e, const char *path,
			   struct process_rank_cgroup *g)
{
	struct candidates a;
	size_t at = PREDICT_NONE;

	if (candidates_read_cgroup(&a, path, e->a->bpf) == 0 && !predict_weigh(&a.p))
		at = predict_find(&a.p, e->t->pid);
	if (at != PREDICT_NONE)
		*g = (struct process_rank_cgroup){
			.limit = a.memcg.limit.memory,
			.used = a.memcg.usage_bytes,
			.place = whatif_place(&a.p, at, a.p.candidates[at].task.points),
			.count = whatif_count(&a.p),
			.unit = process_rank_adj_unit(&a.p),
			.is_unseen = a.p.doubt == DOUBT_UNSEEN,
		};
	candidates_free(&a);
	return at != PREDICT_NONE && g->limit != MEMCG_LIMIT_NONE;
}

static bool find_cgroup(const struct process_rank *e, char *path, struct process_rank_cgroup *g)
{
	uint64_t limit;

	for (; path[0] == '/' && path[1]; *strrchr(path, '/') = '\0')
		if (!memcg_read_limit(&e->a->tree, path, &limit) && limit != UINT64_MAX &&
		    rank_in_cgroup(e, path, g))
			return true;
	return false;
}

bool process_rank_first_cgroup(const struct process_rank *e, char *path,
			       struct process_rank_cgroup *g)
{
	return e->a->tree.root >= 0 && e->t->unkillable == KILLABLE &&
	       !cgroup_path_read_pid(e->a->s.proc, e->t->pid, path, CGROUP_PATH_MAX) &&
	       find_cgroup(e, path, g);
}

bool process_rank_next_cgroup(const struct process_rank *e, char *path,
			      struct process_rank_cgroup *g)
{
	*strrchr(path, '/') = '\0';
	return find_cgroup(e, path, g);
}
