/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * analysis: ranks the processes of a report and checks whether that explains the kernel's
 * choice.
 */
#include "oom/report/analysis.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "oom/rules/adj.h"
#include "oom/rules/version.h"

#define LEAST_POINTS  1
#define COUNTER_ERROR 8192 /* pages; three counters of 128 CPUs each, since 6.2 */

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

static uint64_t to_pages(const struct analysis *a, int64_t kib)
{
	return (uint64_t)kib / (a->totals.page_size / 1024);
}

/* The limit and the usable swap, since 2.6.36 (mem_cgroup_get_limit(), mem_cgroup_get_max()). */
static void find_memcg_total(const struct report *r, struct analysis *a)
{
	int64_t limit = r->memory.limit_kib, swap = r->swap.limit_kib;

	if (limit == REPORT_ABSENT)
		return;
	a->totals.total_pages = to_pages(a, limit);
	if (r->memsw.limit_kib != REPORT_ABSENT && r->memsw.limit_kib >= limit)
		swap = r->memsw.limit_kib - limit;
	if (r->swap_total_kib != REPORT_ABSENT &&
	    (swap == REPORT_ABSENT || swap > r->swap_total_kib))
		swap = r->swap_total_kib;
	/* Without a swap limit, the machine's swap counts, which these reports lack since 3.9. */
	if (swap == REPORT_ABSENT || swap > REPORT_MAX / 2)
		return;
	a->totals.total_pages = to_pages(a, limit + swap);
	a->has_totals = true;
}

static void find_machine_total(const struct report *r, struct analysis *a)
{
	int64_t total = 0;

	if (r->kind == REPORT_CPUSET || r->kind == REPORT_MEMPOLICY) {
		const char *nodes = r->kind == REPORT_CPUSET ? r->mems : r->nodemask;

		for (size_t i = 0; i < r->n_zones; i++)
			if (is_in_list(nodes, r->zones[i].node))
				total = report_add(total, r->zones[i].present_kib);
		a->totals.total_pages = to_pages(a, total);
	} else if (r->ram_pages != REPORT_ABSENT && r->reserved_pages != REPORT_ABSENT &&
		   r->ram_pages >= r->reserved_pages) {
		a->totals.total_pages = (uint64_t)(r->ram_pages - r->reserved_pages);
	}
	if (!a->totals.total_pages || r->swap_total_kib == REPORT_ABSENT)
		return;
	a->totals.total_pages += to_pages(a, r->swap_total_kib);
	a->has_totals = true;
}

static void find_totals(const struct report *r, struct analysis *a)
{
	a->assumes_4k = r->page_kib == REPORT_ABSENT;
	a->totals.page_size = a->assumes_4k ? 4096 : (uint64_t)r->page_kib * 1024;
	if (r->kind == REPORT_MEMCG)
		find_memcg_total(r, a);
	else
		find_machine_total(r, a);
	/* A cgroup can have REPORT_MAX KiB, which is multiplied by 1000. */
	if (a->totals.total_pages > REPORT_MAX / 4)
		a->totals.total_pages = REPORT_MAX / 4;
}

/* The first version with a report of this form. */
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
	if (r->columns & TASK_PGTABLES)
		return VERSION(4, 15, 0);
	if (r->columns & TASK_PMDS)
		return VERSION(4, 0, 0);
	if (r->columns & TASK_PTES)
		return VERSION(3, 6, 0);
	return r->columns & TASK_ADJ ? VERSION(2, 6, 36) : 0;
}

static void find_rules(const struct report *r, struct analysis *a)
{
	int version = 0, form = version_of_form(r);

	a->knows_version = *r->release && version_parse(r->release, &version) == 0;
	a->is_vendors = a->knows_version && version < form;
	a->rules = rules_find(version > form ? version : form);
}

static bool is_unkillable(const struct report_row *row)
{
	const struct task *t = &row->task;

	if (task_has(t, TASK_ADJ))
		return t->adj == ADJ_NEVER;
	return task_has(t, TASK_OOM_ADJ) && t->oom_adj == OLD_ADJ_NEVER;
}

int64_t analysis_points_bytes(const struct analysis *a, int64_t points)
{
	int64_t total = (int64_t)a->totals.total_pages, bytes;

	if (!a->has_points)
		return REPORT_ABSENT;
	if (a->rules->weight == WEIGHT_PERMILLE) {
		if (!a->has_totals || __builtin_mul_overflow(points, total, &points))
			return REPORT_ABSENT;
		points /= 1000;
	}
	return __builtin_mul_overflow(points, (int64_t)a->totals.page_size, &bytes) ? REPORT_ABSENT
										    : bytes;
}

int64_t analysis_pages(const struct analysis *a, const struct report_row *row)
{
	/* In pages, even if the kernel counts thousandths. */
	struct rules plain = *a->rules;
	struct task t = row->task;
	int64_t sum = 0;

	t.adj = 0;
	t.is_admin = false;
	plain.weight = WEIGHT_PAGES;
	plain.is_floored = false;
	rules_points(&plain, RSS_STATUS, &t, &a->totals, &sum);
	return sum;
}

struct ranked_row {
	int64_t points;
	uint32_t row;
	bool is_unkillable, is_last_first;
};

static int compare(const void *a, const void *b)
{
	const struct ranked_row *x = a, *y = b;
	int order = x->is_unkillable - y->is_unkillable;

	if (!order)
		order = (x->points < y->points) - (x->points > y->points);
	if (order)
		return order;
	order = (x->row > y->row) - (x->row < y->row);
	return x->is_last_first ? -order : order;
}

/* Whether a negative adj makes the points the least there are, with larger totals too. */
static bool is_least(const struct analysis *a, const struct task *t)
{
	return a->rules->is_floored && t->adj < 0 && t->points == LEAST_POINTS;
}

static int rank(struct report *r, struct analysis *a)
{
	struct ranked_row *list = calloc(r->n_rows, sizeof(*list));
	enum rules_tie tie = r->kind == REPORT_MEMCG ? a->rules->tie_memcg : a->rules->tie_global;

	a->order = calloc(r->n_rows, sizeof(*a->order));
	if (!list || !a->order) {
		free(list);
		return -ENOMEM;
	}
	for (size_t i = 0; i < r->n_rows; i++) {
		struct task *t = &r->rows[i].task;

		if (a->has_points &&
		    rules_points(a->rules, RSS_STATUS, t, &a->totals, &t->points) == 0 &&
		    (a->has_totals || !t->adj || is_least(a, t)))
			t->has |= TASK_POINTS;
		list[i].points = a->has_points ? t->points : analysis_pages(a, &r->rows[i]);
		list[i].row = (uint32_t)i;
		list[i].is_unkillable = is_unkillable(&r->rows[i]);
		list[i].is_last_first = tie == TIE_LAST;
		a->n_candidates += !list[i].is_unkillable;
	}
	qsort(list, r->n_rows, sizeof(*list), compare);
	for (size_t i = 0; i < r->n_rows; i++) {
		a->order[i] = list[i].row;
		r->rows[list[i].row].task.place = list[i].is_unkillable ? 0 : (uint32_t)i + 1;
	}
	a->n_order = r->n_rows;
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

static void find_largest(const struct report *r, struct analysis *a)
{
	if (!r->n_rows || !(r->columns & TASK_RSS) || r->n_rows_dropped)
		return;
	a->knows_largest = true;
	for (size_t i = 0; i < r->n_rows; i++) {
		int64_t pages = analysis_pages(a, &r->rows[i]);

		if (r->rows[i].was_killed || pages <= a->most_pages)
			continue;
		a->most_pages = pages;
		a->largest = i;
	}
}

/* Whether, with the discount for root, no process has more points than the chosen one. */
static bool is_root_discount(const struct report *r, const struct analysis *a)
{
	int64_t chosen = r->rows[a->chosen].task.points, points;

	if (a->rules->root == ROOT_NONE)
		return false;
	for (size_t i = 0; i + 1 < a->place; i++) {
		struct task t = r->rows[a->order[i]].task;

		t.is_admin = true;
		if (!task_has(&t, TASK_UID) || t.uid != 0 ||
		    rules_points(a->rules, RSS_STATUS, &t, &a->totals, &points) || points > chosen)
			return false;
	}
	return true;
}

static bool has_adj(const struct report *r, const struct analysis *a)
{
	for (size_t i = 0; i < a->n_candidates; i++)
		if (r->rows[a->order[i]].task.adj)
			return true;
	return false;
}

/* The kernel chose another row than the first. */
static enum analysis_result classify_later(const struct report *r, const struct analysis *a)
{
	const struct task *chosen = &r->rows[a->chosen].task, *first = &r->rows[a->order[0]].task;
	int64_t margin = first->points - chosen->points;
	bool others_dying = true;

	for (size_t i = 0; i + 1 < a->place; i++)
		others_dying &= r->rows[a->order[i]].was_killed;
	if (others_dying)
		return ANALYSIS_OTHERS_DYING;
	if (margin == 0)
		return ANALYSIS_TIE;
	if (!a->has_totals && has_adj(r, a))
		return ANALYSIS_TOTALS;
	if (is_root_discount(r, a))
		return ANALYSIS_ROOT;
	if (!(r->columns & TASK_SWAP) && r->swap_total_kib != 0)
		return ANALYSIS_SWAP;
	if (a->rules->weight == WEIGHT_PAGES && margin <= COUNTER_ERROR &&
	    margin <= chosen->points / 64)
		return ANALYSIS_COUNTERS;
	return ANALYSIS_UNEXPLAINED;
}

/* Whether, with larger totals, a process with a higher adj has more points than the first. */
static bool may_have_more(const struct report *r, const struct analysis *a)
{
	const struct task *chosen = &r->rows[a->chosen].task;

	for (size_t i = 0; i < a->n_candidates; i++) {
		const struct task *t = &r->rows[a->order[i]].task;

		if (t->adj > chosen->adj &&
		    !(task_has(t, TASK_POINTS) && task_has(chosen, TASK_POINTS)))
			return true;
	}
	return false;
}

static enum analysis_result classify(const struct report *r, struct analysis *a)
{
	const struct report_kill *k = report_victim(r);

	if (!k)
		return ANALYSIS_NO_VICTIM;
	if (r->is_allocating)
		return ANALYSIS_ALLOCATING;
	if (!r->n_rows || r->n_rows_dropped)
		return ANALYSIS_NO_TABLE;
	if (a->chosen == REPORT_ABSENT)
		return ANALYSIS_NOT_LISTED;
	if (!a->has_points)
		return a->rules->weight == WEIGHT_HEURISTIC ? ANALYSIS_HEURISTIC : ANALYSIS_TOTALS;
	if (a->place > 1 || !a->place)
		return a->place ? classify_later(r, a) : ANALYSIS_UNEXPLAINED;
	if (!a->has_totals && may_have_more(r, a))
		return ANALYSIS_TOTALS;
	if (a->n_candidates > 1 &&
	    r->rows[a->order[1]].task.points == r->rows[a->order[0]].task.points)
		return ANALYSIS_TIE;
	return ANALYSIS_AGREES;
}

/* Whether a process has exactly this score with a discount for root, or with none. */
static bool has_score(const struct analysis *a, const struct totals *totals, struct task t,
		      enum rules_root root, int64_t score)
{
	struct rules rules = *a->rules;
	int64_t points;

	if (root && (!rules.root || !task_has(&t, TASK_UID) || t.uid))
		return false;
	rules.root = root;
	t.is_admin = root != ROOT_NONE;
	return rules_points(&rules, RSS_STATUS, &t, totals, &points) == 0 &&
	       rules_score(&rules, points, totals) == score;
}

/* The discount that explains a score. Vendors backported the second form. */
static void find_root(struct analysis *a, const struct task *t, int64_t score)
{
	enum rules_root own = a->rules->root,
			other = own == ROOT_ADJ_30 ? ROOT_3_PERCENT : ROOT_ADJ_30;
	bool is_own = has_score(a, &a->totals, *t, own, score),
	     is_other = has_score(a, &a->totals, *t, other, score);

	a->root = is_own ? own : is_other ? other : ROOT_NONE;
	a->is_any_root = is_own && is_other && !a->knows_version;
}

/* The score that "Kill process" should have printed: thousandths of the total, until 5.0. */
static void find_score(const struct report *r, struct analysis *a)
{
	const struct report_kill *k = report_victim(r);
	const struct report_row *row;

	if (!a->has_points || !a->has_totals || a->chosen == REPORT_ABSENT ||
	    a->rules->since >= VERSION(5, 3, 0))
		return;
	row = &r->rows[a->chosen];
	a->score = rules_score(a->rules, row->task.points, &a->totals);
	if (k && k->score != a->score)
		find_root(a, &row->task, k->score);
}

/*
 * Swap that a memory cgroup may use counts only as far as the machine has any, which its reports
 * do not show. Whether the printed score is exact without it; then it had none, and a is changed.
 */
static bool is_without_swap(const struct report *r, struct analysis *a)
{
	const struct report_kill *k = report_victim(r);
	struct totals totals = a->totals;
	const struct task *t;

	if (r->kind != REPORT_MEMCG || r->swap_total_kib != REPORT_ABSENT || !k || k->score <= 0 ||
	    k->score == a->score || a->root || a->chosen == REPORT_ABSENT || !a->has_points ||
	    r->memory.limit_kib == REPORT_ABSENT || a->rules->since >= VERSION(5, 3, 0))
		return false;
	totals.total_pages = to_pages(a, r->memory.limit_kib);
	t = &r->rows[a->chosen].task;
	if ((totals.total_pages == a->totals.total_pages && a->has_totals) ||
	    (!has_score(a, &totals, *t, ROOT_NONE, k->score) &&
	     !has_score(a, &totals, *t, ROOT_ADJ_30, k->score) &&
	     !has_score(a, &totals, *t, ROOT_3_PERCENT, k->score)))
		return false;
	a->totals = totals;
	return a->has_totals = true;
}

int analysis_find(struct report *r, struct analysis *a)
{
	const struct report_kill *k = report_victim(r);
	int err = 0;

	memset(a, 0, sizeof(*a));
	a->chosen = a->score = REPORT_ABSENT;
	find_rules(r, a);
	find_totals(r, a);
	a->has_points = a->rules->weight != WEIGHT_HEURISTIC && (r->columns & TASK_RSS) &&
			(r->columns & TASK_ADJ) &&
			(a->rules->weight == WEIGHT_PAGES || a->totals.total_pages);
	if (r->n_rows)
		err = rank(r, a);
	if (err)
		return err;
	if (k)
		a->chosen = k->chosen_pid == REPORT_ABSENT ? k->row : find_row(r, k->chosen_pid);
	if (k && a->chosen == REPORT_ABSENT && k->chosen_pid == REPORT_ABSENT)
		a->chosen = find_row(r, r->chosen_pid);
	find_score(r, a);
	if (is_without_swap(r, a)) {
		analysis_free(a);
		a->n_candidates = 0;
		err = rank(r, a);
		if (err)
			return err;
		find_score(r, a);
	}
	if (a->chosen != REPORT_ABSENT)
		a->place = r->rows[a->chosen].task.place;
	find_largest(r, a);
	a->result = classify(r, a);
	return 0;
}

void analysis_free(struct analysis *a)
{
	free(a->order);
	a->order = NULL;
}
