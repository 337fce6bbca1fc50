/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules: how each version of Linux weighs processes, as data. */
#include "oom/rules/rules.h"

#include <errno.h>

#include "oom/rules/version.h"

#define HEURISTIC WEIGHT_HEURISTIC, ROOT_NONE, TABLES_NONE, false, false

/* clang-format off */
static const struct rules eras[] = {
	{ VERSION(2, 6, 0), HEURISTIC, TIE_FIRST, TIE_FIRST,
	  "size over the root of run time, shifted by oom_adj" },
	{ VERSION(2, 6, 36), WEIGHT_PERMILLE, ROOT_ADJ_30, TABLES_NONE, true, false, TIE_FIRST, TIE_FIRST,
	  "thousandths of RAM and swap, plus oom_score_adj" },
	{ VERSION(2, 6, 39), WEIGHT_PERMILLE, ROOT_ADJ_30, TABLES_PTES, true, false, TIE_FIRST, TIE_FIRST,
	  "page tables count" },
	{ VERSION(3, 5, 0), WEIGHT_PAGES, ROOT_ADJ_30, TABLES_PTES, true, false, TIE_FIRST, TIE_FIRST,
	  "pages, not thousandths" },
	{ VERSION(3, 14, 0), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES, true, false, TIE_FIRST, TIE_FIRST,
	  "root is forgiven 3 % of its own size" },
	{ VERSION(4, 0, 0), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES_PMDS, true, false, TIE_FIRST, TIE_FIRST,
	  "the second level of page tables counts" },
	{ VERSION(4, 7, 0), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES_PMDS, true, false, TIE_LAST, TIE_FIRST,
	  "of equals the last dies, but for a memory cgroup" },
	{ VERSION(4, 9, 0), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES_PMDS, true, false, TIE_FIRST, TIE_FIRST,
	  "of equals the first dies again" },
	{ VERSION(4, 15, 0), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_ALL, true, false, TIE_FIRST, TIE_FIRST,
	  "all levels of page tables count" },
	{ VERSION(4, 17, 0), WEIGHT_PAGES, ROOT_NONE, TABLES_ALL, true, false, TIE_FIRST, TIE_FIRST,
	  "root is forgiven nothing" },
	{ VERSION(5, 3, 0), WEIGHT_PAGES, ROOT_NONE, TABLES_ALL, true, false, TIE_LAST, TIE_LAST,
	  "of equals the last dies" },
	{ VERSION(5, 9, 0), WEIGHT_PAGES, ROOT_NONE, TABLES_ALL, false, true, TIE_LAST, TIE_LAST,
	  "points may be negative, so that every adj counts" },
};
/* clang-format on */

#define N_ERAS (sizeof(eras) / sizeof(eras[0]))

const struct rules *rules_table(size_t *n)
{
	*n = N_ERAS;
	return eras;
}

const struct rules *rules_find(int version)
{
	size_t i = N_ERAS - 1;

	while (i > 0 && version < eras[i].since)
		i--;
	return &eras[i];
}

static uint64_t table_pages(const struct rules *r, const struct task *t, uint64_t page_size)
{
	switch (r->tables) {
	case TABLES_PTES:
		return t->nr_ptes;
	case TABLES_PTES_PMDS:
		return t->nr_ptes + t->nr_pmds;
	case TABLES_ALL:
		return t->pgtables_bytes / page_size;
	case TABLES_NONE:
		break;
	}
	return 0;
}

int rules_points(const struct rules *r, enum rules_rss rss, const struct task *t,
		 const struct totals *of, int64_t *points)
{
	int64_t total = of->total_pages ? (int64_t)of->total_pages : 1;
	int64_t adj = t->adj, p;

	if (r->weight == WEIGHT_HEURISTIC)
		return -EOPNOTSUPP;
	p = (int64_t)(rss == RSS_STAT && task_has(t, TASK_RSS_STAT) ? t->rss_stat : t->rss);
	p += (int64_t)(t->swap + table_pages(r, t, of->page_size));
	if (t->is_admin && r->root == ROOT_ADJ_30)
		adj -= 30;
	if (t->is_admin && r->root == ROOT_3_PERCENT)
		p -= p * 3 / 100;
	if (r->weight == WEIGHT_PERMILLE) {
		p = p * 1000 / total + adj;
		p = p > 1000 ? 1000 : p;
	} else {
		p += adj * (total / 1000);
	}
	*points = r->is_floored && p < 1 ? 1 : p;
	return 0;
}

int64_t rules_score(const struct rules *r, int64_t points, const struct totals *of)
{
	int64_t total = of->total_pages ? (int64_t)of->total_pages : 1;

	if (r->weight != WEIGHT_PAGES)
		return points;
	if (r->is_score_signed)
		return (1000 + points * 1000 / total) * 2 / 3;
	return points * 1000 / total;
}

static bool explains(const struct rules *r, enum rules_rss rss, const struct task *t,
		     const struct totals *of)
{
	int64_t points;

	return !rules_points(r, rss, t, of, &points) && rules_score(r, points, of) == t->score;
}

static bool is_evidence(const struct task *t)
{
	return t->spared == KILLABLE && task_has(t, TASK_SCORE | TASK_ADJ | TASK_RSS) &&
	       !task_has(t, TASK_MOVED);
}

size_t rules_explained(const struct rules *r, const struct task *tasks, size_t n,
		       const struct totals *of, size_t *n_evidence)
{
	size_t explained = 0;

	*n_evidence = 0;
	for (size_t i = 0; i < n; i++) {
		if (!is_evidence(&tasks[i]))
			continue;
		(*n_evidence)++;
		explained += explains(r, RSS_STATUS, &tasks[i], of) ||
			     explains(r, RSS_STAT, &tasks[i], of);
	}
	return explained;
}

/* Each process whose score follows from one count alone has a vote. */
static void count_votes(const struct rules *r, const struct task *tasks, size_t n,
			const struct totals *of, size_t votes[2])
{
	votes[RSS_STATUS] = votes[RSS_STAT] = 0;
	for (size_t i = 0; i < n; i++) {
		bool by_status, by_stat;

		if (!is_evidence(&tasks[i]) || !task_has(&tasks[i], TASK_RSS_STAT))
			continue;
		by_status = explains(r, RSS_STATUS, &tasks[i], of);
		by_stat = explains(r, RSS_STAT, &tasks[i], of);
		if (by_status != by_stat)
			votes[by_stat ? RSS_STAT : RSS_STATUS]++;
	}
}

bool rules_rss_is_reported(const struct rules *r, enum rules_rss rss, const struct task *tasks,
			   size_t n, const struct totals *of)
{
	size_t votes[2];

	/* A process that runs while it is read can vote for the wrong one. */
	count_votes(r, tasks, n, of, votes);
	return votes[rss] >= 4 && votes[rss] > 3 * votes[!rss];
}

/*
 * A score that was read while its process ran, or that swap shifted by what its own approximate
 * count hides, can vote for the wrong one: a few such votes must not win against what was presumed.
 */
static enum rules_rss vote_rss(const struct rules *r, const struct task *tasks, size_t n,
			       const struct totals *of, enum rules_rss undecided)
{
	enum rules_rss other = undecided == RSS_STAT ? RSS_STATUS : RSS_STAT;
	size_t votes[2];

	count_votes(r, tasks, n, of, votes);
	return votes[other] >= 4 && votes[other] > 3 * votes[undecided] ? other : undecided;
}

const struct rules *rules_fit(int version, const struct task *tasks, size_t n,
			      const struct totals *of, enum rules_rss *rss)
{
	const struct rules *best = rules_find(version);
	size_t most, explained, n_evidence;

	if (best->weight == WEIGHT_HEURISTIC)
		return best;
	/* Processes that run while they are read leave a few scores unexplained under any rules. */
	most = rules_explained(best, tasks, n, of, &n_evidence) + 2 + n / 50;
	for (const struct rules *r = eras + N_ERAS - 1; r->weight != WEIGHT_HEURISTIC; r--) {
		explained = rules_explained(r, tasks, n, of, &n_evidence);
		if (explained > most) {
			most = explained;
			best = r;
		}
	}
	*rss = vote_rss(best, tasks, n, of, *rss);
	return best;
}
