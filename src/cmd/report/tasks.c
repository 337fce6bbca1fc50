/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasks: the section of a report's text on its processes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "base/text.h"
#include "cmd/report/internal.h"
#include "ui/wrap.h"

#define TOP_TASKS  10
#define TOP_NAMES  5
#define TOP_LARGER 5
#define BAR        10

static int64_t weight(const struct report_output *o, const struct report_row *row)
{
	return o->a->has_points ? row->task.points : analysis_pages(o->a, row);
}

int64_t tasks_page_tables_kib(const struct report_output *o, const struct task *t)
{
	if (task_has(t, TASK_PGTABLES))
		return (int64_t)(t->pgtables_bytes / 1024);
	if (task_has(t, TASK_PTES))
		return phrases_pages_kib(o, (int64_t)(t->nr_ptes + t->nr_pmds));
	return REPORT_ABSENT;
}

const struct report_row *tasks_find_protected(const struct report_output *o)
{
	const struct analysis *a = o->a;
	const struct report_row *rows = o->r->rows;

	return a->result == ANALYSIS_TIE && a->knows_largest && a->largest != (size_t)a->chosen &&
			       rows[a->largest].task.adj < 0 &&
			       a->most_pages > analysis_pages(a, &rows[a->chosen])
		       ? &rows[a->largest]
		       : NULL;
}

/* The cells of a line of the table; sizes: rss, swap, page tables. */
struct table_line {
	const char *mark, *place, *points, *sizes[3], *adj, *pid, *name;
	int64_t bar; /* in thousandths */
};

/* A narrow terminal has no room for some sizes if a name of 15 bytes, the longest, shall fit. */
static void print_line(const struct report_output *o, const struct table_line *l)
{
	static const struct {
		int columns;
		size_t least_width;
	} sizes[3] = { { 6, 52 }, { 6, 59 }, { 8, 68 } };
	char line[512], bar[PHRASES_BAR], name[PHRASES_CELL];
	int cells = phrases_bar_cells(o, BAR);
	size_t at = (size_t)snprintf(line, sizeof(line), "%s %5s %7s%s%s", l->mark, l->place,
				     l->points, cells ? " " : "", phrases_bar(l->bar, cells, bar));

	for (size_t i = 0; i < 3; i++)
		if (o->width >= sizes[i].least_width)
			at += (size_t)snprintf(line + at, sizeof(line) - at, " %*s",
					       sizes[i].columns, l->sizes[i]);
	snprintf(line + at, sizeof(line) - at, " %5s %7s ", l->adj, l->pid);
	wrap_cut(name, sizeof(name), l->name, wrap_line_width() - wrap_width(line), false);
	fprintf(o->out, "%s%s\n", line, name);
}

static void print_task(const struct report_output *o, const struct report_row *row, bool is_victim,
		       int64_t most)
{
	const struct task *t = &row->task;
	char place[16] = "-", points[FORMAT_TEXT_MAX] = "-", adj[16] = "-", pid[16],
	     name[4 * TASK_NAME_MAX], sizes[3][FORMAT_TEXT_MAX];
	/* Without the totals, adj counts for an unknown number. */
	bool is_known = !o->a->has_points || task_has(t, TASK_POINTS);
	int64_t shown = weight(o, row);
	const struct table_line line = {
		.mark = is_victim ? ">" : " ",
		.place = place,
		.points = points,
		.bar = t->place && is_known ? phrases_share(shown, most) : 0,
		.sizes = { phrases_pages(o, (int64_t)t->rss, sizes[0]),
			   phrases_pages(o,
					 task_has(t, TASK_SWAP) ? (int64_t)t->swap : REPORT_ABSENT,
					 sizes[1]),
			   phrases_kib(tasks_page_tables_kib(o, t), sizes[2]) },
		.adj = adj,
		.pid = pid,
		.name = name,
	};

	if (t->place) {
		snprintf(place, sizeof(place), "%u", t->place);
		if (is_known)
			phrases_points(o, shown, points);
	}
	if (task_has(t, TASK_ADJ))
		snprintf(adj, sizeof(adj), "%d", t->adj);
	else if (task_has(t, TASK_OOM_ADJ))
		snprintf(adj, sizeof(adj), "%d", t->oom_adj);
	snprintf(pid, sizeof(pid), "%d", t->pid);
	text_escape(name, sizeof(name), t->name, strlen(t->name), 0);
	print_line(o, &line);
}

static bool is_victim(const struct report *r, size_t row)
{
	for (size_t i = 0; i < r->n_kills; i++)
		if (r->kills[i].row == (int64_t)row)
			return true;
	return false;
}

struct name_total {
	const char *name;
	int64_t pages;
	size_t n;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name_total *)a)->name, ((const struct name_total *)b)->name);
}

static int compare_totals(const void *a, const void *b)
{
	const struct name_total *x = a, *y = b;

	return x->pages != y->pages ? (x->pages < y->pages ? 1 : -1) : strcmp(x->name, y->name);
}

/* Many small processes of one name may use more than the largest. */
static void print_names(const struct report_output *o)
{
	const struct report *r = o->r;
	struct name_total *totals = calloc(r->n_rows, sizeof(*totals));
	size_t n = 0;
	bool has_many = false;

	if (!totals) {
		msg_error("out of memory");
		return;
	}
	for (size_t i = 0; i < r->n_rows; i++)
		totals[i] = (struct name_total){ r->rows[i].task.name,
						 analysis_pages(o->a, &r->rows[i]), 1 };
	qsort(totals, r->n_rows, sizeof(*totals), compare_names);
	for (size_t i = 0; i < r->n_rows; i++) {
		if (n && strcmp(totals[n - 1].name, totals[i].name) == 0) {
			totals[n - 1].pages += totals[i].pages;
			totals[n - 1].n++;
		} else {
			totals[n++] = totals[i];
		}
	}
	qsort(totals, n, sizeof(*totals), compare_totals);
	for (size_t i = 0; i < n && i < TOP_NAMES; i++)
		has_many |= totals[i].n > 1;
	if (has_many)
		fprintf(o->out, "\n  %-26s %9s %7s\n", "by name", "processes", "memory");
	for (size_t i = 0; has_many && i < n && i < TOP_NAMES; i++) {
		char name[4 * TASK_NAME_MAX], size[FORMAT_TEXT_MAX], bar[PHRASES_BAR],
			cell[PHRASES_CELL];

		text_escape(name, sizeof(name), totals[i].name, strlen(totals[i].name), 0);
		fprintf(o->out, "  %s %9zu %7s %s\n", phrases_cell(name, 26, cell), totals[i].n,
			phrases_pages(o, totals[i].pages, size),
			phrases_bar(phrases_share(totals[i].pages, totals[0].pages),
				    phrases_bar_cells(o, BAR), bar));
	}
	free(totals);
}

/* Larger than the chosen process, but with a lower adj. */
static bool has_lower_adj(const struct report_output *o, size_t nth)
{
	const struct report_row *row = &o->r->rows[nth], *chosen = &o->r->rows[o->a->chosen];

	return analysis_pages(o->a, row) > analysis_pages(o->a, chosen) &&
	       row->task.adj < chosen->task.adj;
}

/* The larger processes that are not among the first because of their adj. */
static void print_larger(const struct report_output *o, size_t n, int64_t most)
{
	const struct report *r = o->r;
	size_t shown = 0;

	if (!n)
		return;
	fprintf(o->out, "  larger, but protected by adj:\n");
	for (size_t i = TOP_TASKS; i < o->a->n_order && shown < TOP_LARGER; i++) {
		const struct report_row *row = &r->rows[o->a->order[i]];

		if (is_victim(r, o->a->order[i]) || !has_lower_adj(o, o->a->order[i]))
			continue;
		print_task(o, row, false, most);
		shown++;
	}
	if (n > shown)
		fprintf(o->out, "  %5s and %zu more like these\n", "", n - shown);
}

void tasks_print(const struct report_output *o)
{
	const struct report *r = o->r;
	const struct table_line heading = {
		.mark = " ",
		.place = "place",
		.points = o->a->has_points ? "points" : "pages",
		.sizes = { "rss", "swap", "pgtables" },
		.adj = "adj",
		.pid = "pid",
		.name = "name",
	};
	size_t shown = 0, larger = 0;
	int64_t most;

	if (!r->n_rows || !(r->columns & TASK_RSS))
		return;
	phrases_heading(o, "Candidates, in kill order");
	if (o->a->rules->weight == WEIGHT_HEURISTIC)
		phrases_print(o, "This kernel counted run times too, which its table does not "
				 "show: the order is that of memory.");
	print_line(o, &heading);
	most = weight(o, &r->rows[o->a->order[0]]);
	for (size_t i = 0; i < o->a->n_order; i++) {
		size_t row = o->a->order[i];

		if (i < TOP_TASKS || (is_victim(r, row) && shown < 3 * TOP_TASKS)) {
			print_task(o, &r->rows[row], is_victim(r, row), most);
			shown++;
		} else if (o->a->chosen != REPORT_ABSENT && has_lower_adj(o, row)) {
			larger++;
		}
	}
	print_larger(o, larger, most);
	if (o->a->n_order > shown + larger)
		fprintf(o->out, "  %5s and %zu more\n", "", o->a->n_order - shown - larger);
	if (r->n_rows_dropped)
		phrases_print(o, "%zu more rows were not kept.", r->n_rows_dropped);
	print_names(o);
}
