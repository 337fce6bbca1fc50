/* SPDX-License-Identifier: GPL-2.0-or-later */
/* points: how the kernel computes the points of a process, a line a step. */
#include "cmd/explain/points.h"

#include <inttypes.h>

#include "ui/wrap.h"
#include "ui/format.h"

static void print_line(FILE *out, const struct predict *p, char sign, int64_t pages,
		       const char *what)
{
	char lead[64], size[FORMAT_TEXT_MAX];

	snprintf(lead, sizeof(lead), "  %c%13" PRId64 " %7s  ", sign, pages,
		 format_format(pages * (int64_t)p->totals.page_size, size));
	wrap_prose_print(out, lead, "%s", what);
}

static void print_resident(FILE *out, const struct predict *p, const struct task *t)
{
	int64_t lag = (int64_t)t->rss_stat - (int64_t)t->rss;

	if (!task_has(t, TASK_RSS)) {
		wrap_prose_print(out, "                           ",
				 "resident memory: not shown to this caller");
	} else if (task_has(t, TASK_RSS_SPLIT)) {
		print_line(out, p, ' ', (int64_t)t->rss_anon, "private memory (anonymous)");
		print_line(out, p, '+', (int64_t)t->rss_file,
			   "files in memory: programs, libraries");
		print_line(out, p, '+', (int64_t)t->rss_shmem, "shared memory");
	} else {
		print_line(out, p, ' ', (int64_t)t->rss, "memory");
	}
	if (p->rss == RSS_STAT && task_has(t, TASK_RSS_STAT) && lag)
		print_line(out, p, lag < 0 ? '-' : '+', lag < 0 ? -lag : lag,
			   "not exact: this kernel chooses by a count that lags behind");
}

/* Its total memory, in pages. */
static int64_t print_memory(FILE *out, const struct predict *p, const struct task *t)
{
	bool by_stat = p->rss == RSS_STAT && task_has(t, TASK_RSS_STAT);
	int64_t tables = (int64_t)rules_table_pages(p->rules, t, p->totals.page_size);
	int64_t held = (int64_t)(by_stat ? t->rss_stat : t->rss) + (int64_t)t->swap + tables;

	print_resident(out, p, t);
	print_line(out, p, '+', (int64_t)t->swap, "swapped out");
	if (p->rules->tables != TABLES_NONE)
		print_line(out, p, '+', tables, "page tables: the kernel's own record of all this");
	print_line(out, p, '=', held, "what it holds");
	return held;
}

int64_t points_unit_pages(const struct predict *p)
{
	return (int64_t)p->totals.total_pages / 1000;
}

static void print_pages(FILE *out, const struct predict *p, const struct task *t, int64_t held,
			bool is_cgroup)
{
	int64_t unit = points_unit_pages(p), adj = t->adj;
	char size[FORMAT_TEXT_MAX], total[FORMAT_TEXT_MAX], what[256];

	if (t->is_admin && p->rules->root == ROOT_3_PERCENT)
		print_line(out, p, '-', held * 3 / 100, "3 % are forgiven to root");
	if (t->is_admin && p->rules->root == ROOT_ADJ_30)
		adj -= 30;
	format_format(unit * (int64_t)p->totals.page_size, size);
	format_format((int64_t)(p->totals.total_pages * p->totals.page_size), total);
	snprintf(what, sizeof(what),
		 "adj %" PRId64 "%s: each unit counts %s, a thousandth of %s %s", adj,
		 adj != t->adj ? " (30 less for root)" : "", size,
		 is_cgroup ? "the cgroup's" : "RAM and swap,", total);
	print_line(out, p, adj < 0 ? '-' : '+', (adj < 0 ? -adj : adj) * unit, what);
	print_line(out, p, '=', t->points,
		   p->rules->is_floored && t->points == 1 ? "points: never less than 1"
							  : "points: whoever has the most dies");
}

static void print_permille(FILE *out, const struct predict *p, const struct task *t, int64_t held)
{
	int64_t total = (int64_t)p->totals.total_pages;

	wrap_prose_print(out, "  =                        ",
			 "%" PRId64 " thousandths of RAM and swap",
			 total ? held * 1000 / total : 0);
	wrap_prose_print(out, "  +                        ", "adj %d%s", t->adj,
			 t->is_admin ? ", and 30 less for root" : "");
	wrap_prose_print(out, "  =                        ",
			 "%" PRId64 " points, from 1 to 1000: whoever has the most dies",
			 t->points);
}

void points_print(FILE *out, const struct candidates *a, size_t nth)
{
	const struct predict *p = &a->p;
	const struct task *t = &p->candidates[nth].task;
	int64_t held;

	if (p->rules->weight == WEIGHT_HEURISTIC) {
		wrap_prose_print(out, "",
				 "This kernel weighs size by run time and nice value; the sum is "
				 "the score, %lld.",
				 (long long)t->score);
		return;
	}
	fprintf(out, "How the kernel counts it, in pages of %" PRIu64 " bytes:\n",
		p->totals.page_size);
	held = print_memory(out, p, t);
	if (p->rules->weight == WEIGHT_PERMILLE)
		print_permille(out, p, t, held);
	else
		print_pages(out, p, t, held, a->is_cgroup);
	if (p->rules->weight == WEIGHT_PAGES)
		wrap_prose_print(out, "",
				 "Its score, %lld in /proc/%d/oom_score, is %s points * 1000 / "
				 "%" PRIu64 "%s.",
				 (long long)t->score, t->pid,
				 p->rules->is_score_signed ? "(1000 +" : "", p->totals.total_pages,
				 p->rules->is_score_signed ? ") * 2 / 3" : "");
}
