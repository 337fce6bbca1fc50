/* SPDX-License-Identifier: GPL-2.0-or-later */
/* why_totals: the memory that a report's choice was made over. */
#include <stdlib.h>

#include "oom/report/analysis.h"

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

static uint64_t pages(const struct why *w, int64_t kib)
{
	return (uint64_t)kib / (w->totals.page_size / 1024);
}

/* 2.6.36 to now: the limit, and swap as far as it may be used (mem_cgroup_get_limit(), mem_cgroup_get_max()). */
static void find_memcg_total(const struct report *r, struct why *w)
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
	/* Without a limit on swap the machine's swap counts, which reports of cgroups do not tell since 3.9. */
	if (swap == REPORT_ABSENT || swap > REPORT_MAX / 2)
		return;
	w->totals.total_pages = pages(w, limit + swap);
	w->has_totals = true;
}

static void find_machine_total(const struct report *r, struct why *w)
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

void why_find_totals(const struct report *r, struct why *w)
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
