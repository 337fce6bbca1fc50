/* SPDX-License-Identifier: GPL-2.0-or-later */
/* analysis: ranks the processes of a report and says whether that explains the kernel's choice. */
#include "oom/report/analysis.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "oom/rules/adj.h"
#include "oom/rules/version.h"

/* "0-1,3" */
static bool is_in_list(const char *list, int64_t node)
{
	while (*list >= '0' && *list <= '9') {
		char *end;
		long from = strtol(list, &end, 10), to = from;

		if (*end == '-')
			to = strtol(end + 1, &end, 10);
		if (node >= from && node <= to)
			return true;
		if (*end != ',')
			break;
		list = end + 1;
	}
	return false;
}

static uint64_t pages(const struct analysis *w, int64_t kib)
{
	return (uint64_t)kib / (w->totals.page_size / 1024);
}

/*
 * 2.6.36 to now: the limit, and swap as far as it may be used (mem_cgroup_get_limit(),
 * mem_cgroup_get_max()).
 */
static void find_memcg_total(const struct report *r, struct analysis *w)
{
	int64_t limit = r->memory.limit_kib, swap = r->swap.limit_kib;

	if (limit == REPORT_ABSENT)
		return;
	w->totals.total_pages = pages(w, limit);
	if (r->memsw.limit_kib != REPORT_ABSENT && r->memsw.limit_kib >= limit)
		swap = r->memsw.limit_kib - limit;
	if (r->swap_total_kib != REPORT_ABSENT &&
	    (swap == REPORT_ABSENT || swap > r->swap_total_kib))
		swap = r->swap_total_kib;
	/*
	 * Without a limit on swap the machine's swap counts, which reports of cgroups do not tell
	 * since 3.9.
	 */
	if (swap == REPORT_ABSENT || swap > REPORT_MAX / 2)
		return;
	w->totals.total_pages = pages(w, limit + swap);
	w->has_totals = true;
}

static void find_machine_total(const struct report *r, struct analysis *w)
{
	int64_t total = 0;

	if (r->kind == REPORT_CPUSET || r->kind == REPORT_MEMPOLICY) {
		const char *nodes = r->kind == REPORT_CPUSET ? r->mems : r->nodemask;

		for (size_t i = 0; i < r->n_zones; i++)
			if (is_in_list(nodes, r->zones[i].node))
				total = report_add(total, r->zones[i].present_kib);
		w->totals.total_pages = pages(w, total);
	} else if (r->ram_pages != REPORT_ABSENT && r->reserved_pages != REPORT_ABSENT &&
		   r->ram_pages >= r->reserved_pages) {
		w->totals.total_pages = (uint64_t)(r->ram_pages - r->reserved_pages);
	}
	if (!w->totals.total_pages || r->swap_total_kib == REPORT_ABSENT)
		return;
	w->totals.total_pages += pages(w, r->swap_total_kib);
	w->has_totals = true;
}

void analysis_find_totals(const struct report *r, struct analysis *w)
{
	w->assumes_4k = r->page_kib == REPORT_ABSENT;
	w->totals.page_size = w->assumes_4k ? 4096 : (uint64_t)r->page_kib * 1024;
	if (r->kind == REPORT_MEMCG)
		find_memcg_total(r, w);
	else
		find_machine_total(r, w);
	/* Thousandths of it are counted, and the most that a cgroup may have is REPORT_MAX KiB. */
	if (w->totals.total_pages > REPORT_MAX / 4)
		w->totals.total_pages = REPORT_MAX / 4;
}

#define COUNTER_SLACK 8192 /* pages; three counters of 128 CPUs each, since 6.2 */

/* The version by which a report of this form appeared first. */
static int version_of_form(const struct report *r)
{
	bool has_summary = r->chosen_pid != REPORT_ABSENT;
	const struct report_kill *k = report_victim(r);

	if (r->columns & TASK_RSS_SPLIT)
		return VERSION(6, 8, 0);
	if (k && k->adj != REPORT_ABSENT)
		return VERSION(5, 4, 0);
	if (has_summary)
		return VERSION(5, 0, 0);
	if (strncmp(r->heading, "[  pid  ]", 9) == 0)
		return VERSION(4, 19, 0);
	if (r->columns & TASK_TABLES)
		return VERSION(4, 15, 0);
	if (r->columns & TASK_PMDS)
		return VERSION(4, 0, 0);
	if (r->columns & TASK_PTES)
		return VERSION(3, 6, 0);
	return r->columns & TASK_ADJ ? VERSION(2, 6, 36) : 0;
}

static void find_rules(const struct report *r, struct analysis *w)
{
	int version = 0, form = version_of_form(r);

	w->knows_version = *r->release && version_parse(r->release, &version) == 0;
	w->is_vendors = w->knows_version && version < form;
	w->rules = rules_find(version > form ? version : form);
}

bool analysis_is_spared(const struct report_row *row)
{
	const struct task *t = &row->task;

	if (task_has(t, TASK_ADJ))
		return t->adj == ADJ_NEVER;
	return task_has(t, TASK_OOM_ADJ) && t->oom_adj == OLD_ADJ_NEVER;
}

static struct task without_adj(const struct task *t)
{
	struct task copy = *t;

	copy.adj = 0;
	copy.is_admin = false;
	return copy;
}

int64_t analysis_pages(const struct analysis *w, const struct report_row *row)
{
	/* In pages also where the kernel counts in thousandths. */
	struct rules plain = *w->rules;
	struct task t = without_adj(&row->task);
	int64_t sum = 0;

	plain.weight = WEIGHT_PAGES;
	plain.is_floored = false;
	rules_points(&plain, RSS_STATUS, &t, &w->totals, &sum);
	return sum;
}

struct sorted {
	int64_t points;
	uint32_t row;
	bool is_spared, is_last_first;
};

static int compare(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	int order = x->is_spared - y->is_spared;

	if (!order)
		order = (x->points < y->points) - (x->points > y->points);
	if (!order)
		order = (x->row > y->row) - (x->row < y->row);
	else
		return order;
	return x->is_last_first ? -order : order;
}

static int rank(struct report *r, struct analysis *w)
{
	struct sorted *list = calloc(r->n_rows, sizeof(*list));
	enum rules_tie tie = r->kind == REPORT_MEMCG ? w->rules->tie_memcg : w->rules->tie_global;

	w->order = calloc(r->n_rows, sizeof(*w->order));
	if (!list || !w->order) {
		free(list);
		return -ENOMEM;
	}
	for (size_t i = 0; i < r->n_rows; i++) {
		struct task *t = &r->rows[i].task;

		if (w->has_points &&
		    rules_points(w->rules, RSS_STATUS, t, &w->totals, &t->points) == 0)
			t->has |= TASK_POINTS;
		list[i].points = w->has_points ? t->points : analysis_pages(w, &r->rows[i]);
		list[i].row = (uint32_t)i;
		list[i].is_spared = analysis_is_spared(&r->rows[i]);
		list[i].is_last_first = tie == TIE_LAST;
		w->n_candidates += !list[i].is_spared;
	}
	qsort(list, r->n_rows, sizeof(*list), compare);
	for (size_t i = 0; i < r->n_rows; i++) {
		w->order[i] = list[i].row;
		r->rows[list[i].row].task.place = list[i].is_spared ? 0 : (uint32_t)i + 1;
	}
	w->n_order = r->n_rows;
	free(list);
	return 0;
}

static int64_t find_row(const struct report *r, int64_t pid)
{
	for (size_t i = 0; pid != REPORT_ABSENT && i < r->n_rows; i++)
		if (r->rows[i].task.pid == pid || r->rows[i].task.mm_pid == pid)
			return (int64_t)i;
	return REPORT_ABSENT;
}

static void find_largest(const struct report *r, struct analysis *w)
{
	if (!r->n_rows || !(r->columns & TASK_RSS) || r->n_rows_dropped)
		return;
	w->knows_largest = true;
	for (size_t i = 0; i < r->n_rows; i++)
		if (!r->rows[i].was_killed && analysis_pages(w, &r->rows[i]) > w->most_pages)
			w->most_pages = analysis_pages(w, &r->rows[i]);
}

/* Whether all that stand before the chosen one fall behind it when root is forgiven its part. */
static bool is_roots_discount(const struct report *r, const struct analysis *w)
{
	int64_t chosen = r->rows[w->chosen].task.points, points;

	if (w->rules->root == ROOT_NONE)
		return false;
	for (size_t i = 0; i + 1 < w->place; i++) {
		struct task t = r->rows[w->order[i]].task;

		t.is_admin = true;
		if (!task_has(&t, TASK_UID) || t.uid != 0 ||
		    rules_points(w->rules, RSS_STATUS, &t, &w->totals, &points) || points > chosen)
			return false;
	}
	return true;
}

static bool has_adj(const struct report *r, const struct analysis *w)
{
	for (size_t i = 0; i < w->n_candidates; i++)
		if (r->rows[w->order[i]].task.adj)
			return true;
	return false;
}

/* Why another row than the first was chosen. */
static enum analysis_result find_reason(const struct report *r, const struct analysis *w)
{
	const struct task *chosen = &r->rows[w->chosen].task, *first = &r->rows[w->order[0]].task;
	int64_t margin = first->points - chosen->points;
	bool others_dying = true;

	for (size_t i = 0; i + 1 < w->place; i++)
		others_dying &= r->rows[w->order[i]].was_killed;
	if (others_dying)
		return ANALYSIS_OTHERS_DYING;
	if (margin == 0)
		return ANALYSIS_TIE;
	if (!w->has_totals && has_adj(r, w))
		return ANALYSIS_TOTALS;
	if (is_roots_discount(r, w))
		return ANALYSIS_ROOT;
	if (!(r->columns & TASK_SWAP) && r->swap_total_kib != 0)
		return ANALYSIS_SWAP;
	if (w->rules->weight == WEIGHT_PAGES && margin <= COUNTER_SLACK &&
	    margin <= chosen->points / 64)
		return ANALYSIS_COUNTERS;
	return ANALYSIS_UNEXPLAINED;
}

static enum analysis_result classify(const struct report *r, struct analysis *w)
{
	const struct report_kill *k = report_victim(r);

	if (!k)
		return ANALYSIS_NO_VICTIM;
	if (r->is_allocating)
		return ANALYSIS_ALLOCATING;
	if (!r->n_rows || r->n_rows_dropped)
		return ANALYSIS_NO_TABLE;
	if (w->chosen == REPORT_ABSENT)
		return ANALYSIS_NOT_LISTED;
	if (!w->has_points)
		return ANALYSIS_HEURISTIC;
	if (w->place > 1 || !w->place)
		return w->place ? find_reason(r, w) : ANALYSIS_UNEXPLAINED;
	if (w->n_candidates > 1 &&
	    r->rows[w->order[1]].task.points == r->rows[w->order[0]].task.points)
		return ANALYSIS_TIE;
	return ANALYSIS_AGREES;
}

/* What "Kill process" should have printed: thousandths of the total, to 5.0. */
static void find_score(const struct report *r, struct analysis *w)
{
	if (w->has_points && w->has_totals && w->chosen != REPORT_ABSENT &&
	    w->rules->since < VERSION(5, 3, 0))
		w->score = rules_score(w->rules, r->rows[w->chosen].task.points, &w->totals);
}

int analysis_find(struct report *r, struct analysis *w)
{
	const struct report_kill *k = report_victim(r);
	int err = 0;

	memset(w, 0, sizeof(*w));
	w->chosen = w->score = REPORT_ABSENT;
	find_rules(r, w);
	analysis_find_totals(r, w);
	w->has_points = w->rules->weight != WEIGHT_HEURISTIC && (r->columns & TASK_RSS) &&
			(r->columns & TASK_ADJ) &&
			(w->rules->weight == WEIGHT_PAGES || w->totals.total_pages);
	if (r->n_rows)
		err = rank(r, w);
	if (err)
		return err;
	if (k)
		w->chosen = k->chosen_pid == REPORT_ABSENT ? k->row : find_row(r, k->chosen_pid);
	if (k && w->chosen == REPORT_ABSENT && k->chosen_pid == REPORT_ABSENT)
		w->chosen = find_row(r, r->chosen_pid);
	if (w->chosen != REPORT_ABSENT)
		w->place = r->rows[w->chosen].task.place;
	find_largest(r, w);
	find_score(r, w);
	w->verdict = classify(r, w);
	return 0;
}

void analysis_free(struct analysis *w)
{
	free(w->order);
	w->order = NULL;
}
