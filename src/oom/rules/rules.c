/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules: how each version of Linux computes the badness of a process, as data. */
#include "oom/rules/rules.h"

#include <errno.h>

#include "oom/rules/version.h"

/* clang-format off */
static const struct rules eras[] = {
	{ VERSION(2, 6, 0), "size divided by the root of run time, shifted by oom_adj",
	  WEIGHT_HEURISTIC, ROOT_NONE, TABLES_NONE, false, false, TIE_FIRST, TIE_FIRST },
	{ VERSION(2, 6, 36), "thousandths of RAM plus swap, plus oom_score_adj",
	  WEIGHT_PERMILLE, ROOT_ADJ_30, TABLES_NONE, true, false, TIE_FIRST, TIE_FIRST },
	{ VERSION(2, 6, 39), "page tables are counted",
	  WEIGHT_PERMILLE, ROOT_ADJ_30, TABLES_PTES, true, false, TIE_FIRST, TIE_FIRST },
	{ VERSION(3, 5, 0), "pages, not thousandths",
	  WEIGHT_PAGES, ROOT_ADJ_30, TABLES_PTES, true, false, TIE_FIRST, TIE_FIRST },
	{ VERSION(3, 14, 0), "3 % discount for root",
	  WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES, true, false, TIE_FIRST, TIE_FIRST },
	{ VERSION(4, 0, 0), "the second level of page tables is counted",
	  WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES_PMDS, true, false, TIE_FIRST, TIE_FIRST },
	{ VERSION(4, 7, 0), "of equal processes the youngest is killed, except in a memory cgroup",
	  WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES_PMDS, true, false, TIE_LAST, TIE_FIRST },
	{ VERSION(4, 9, 0), "of equal processes the oldest is killed",
	  WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES_PMDS, true, false, TIE_FIRST, TIE_FIRST },
	{ VERSION(4, 15, 0), "all levels of page tables are counted",
	  WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_ALL, true, false, TIE_FIRST, TIE_FIRST },
	{ VERSION(4, 17, 0), "no discount for root",
	  WEIGHT_PAGES, ROOT_NONE, TABLES_ALL, true, false, TIE_FIRST, TIE_FIRST },
	{ VERSION(5, 3, 0), "of equal processes the youngest is killed",
	  WEIGHT_PAGES, ROOT_NONE, TABLES_ALL, true, false, TIE_LAST, TIE_LAST },
	{ VERSION(5, 9, 0), "points can be negative",
	  WEIGHT_PAGES, ROOT_NONE, TABLES_ALL, false, true, TIE_LAST, TIE_LAST },
};
/* clang-format on */

#define N_ERAS (sizeof(eras) / sizeof(eras[0]))

const struct rules *rules_find(int version)
{
	size_t i = N_ERAS - 1;

	while (i > 0 && version < eras[i].since)
		i--;
	return &eras[i];
}

int64_t rules_points_bytes(const struct rules *r, int64_t points, const struct totals *of)
{
	if (r->weight == WEIGHT_PERMILLE)
		points = points * (int64_t)of->total_pages / 1000;
	return points * (int64_t)of->page_size;
}

uint64_t rules_table_pages(const struct rules *r, const struct task *t, uint64_t page_size)
{
	if (r->tables == TABLES_ALL)
		return t->pgtables_bytes / page_size;
	return (r->tables >= TABLES_PTES ? t->nr_ptes : 0) +
	       (r->tables >= TABLES_PTES_PMDS ? t->nr_pmds : 0);
}

int rules_points(const struct rules *r, enum rules_rss rss, const struct task *t,
		 const struct totals *of, int64_t *points)
{
	int64_t total = of->total_pages ? (int64_t)of->total_pages : 1;
	int64_t adj = t->adj, p;

	if (r->weight == WEIGHT_HEURISTIC)
		return -EOPNOTSUPP;
	p = (int64_t)(rss == RSS_STAT && task_has(t, TASK_RSS_STAT) ? t->rss_stat : t->rss);
	p += (int64_t)(t->swap + rules_table_pages(r, t, of->page_size));
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
	return t->unkillable == KILLABLE && task_has(t, TASK_SCORE | TASK_ADJ | TASK_RSS) &&
	       !task_has(t, TASK_MOVED) && !task_has(t, TASK_SCORE_COMPUTED);
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

/*
 * A process votes if one count alone explains its score. One that runs while it is read can vote
 * for the wrong count: a few votes prove nothing.
 */
bool rules_rss_is_reported(const struct rules *r, enum rules_rss rss, const struct task *tasks,
			   size_t n, const struct totals *of)
{
	size_t votes[] = { [RSS_STATUS] = 0, [RSS_STAT] = 0 };

	for (size_t i = 0; i < n; i++) {
		bool by_status, by_stat;

		if (!is_evidence(&tasks[i]) || !task_has(&tasks[i], TASK_RSS_STAT))
			continue;
		by_status = explains(r, RSS_STATUS, &tasks[i], of);
		by_stat = explains(r, RSS_STAT, &tasks[i], of);
		if (by_status != by_stat)
			votes[by_stat ? RSS_STAT : RSS_STATUS]++;
	}
	return votes[rss] >= 4 && votes[rss] > 3 * votes[!rss];
}

const struct rules *rules_fit(int version, const struct task *tasks, size_t n,
			      const struct totals *of, enum rules_rss *rss)
{
	const struct rules *best = rules_find(version);
	size_t most, explained, n_evidence;

	if (best->weight == WEIGHT_HEURISTIC)
		return best;
	/* No rules explain the scores of processes that run while they are read. */
	most = rules_explained(best, tasks, n, of, &n_evidence) + 2 + n / 50;
	for (const struct rules *r = eras + N_ERAS - 1; r->weight != WEIGHT_HEURISTIC; r--) {
		explained = rules_explained(r, tasks, n, of, &n_evidence);
		if (explained > most) {
			most = explained;
			best = r;
		}
	}
	if (rules_rss_is_reported(best, !*rss, tasks, n, of))
		*rss = !*rss;
	return best;
}
