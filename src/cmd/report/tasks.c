/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasks: the part of a report's story on its processes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "base/text.h"
#include "cmd/report/text.h"
#include "sys/cgroup/path.h"
#include "ui/format.h"

#define TOP_TASKS  10
#define TOP_NAMES  5
#define TOP_LARGER 5
#define BAR        10

static int64_t weight(const struct report_text *s, const struct report_row *row)
{
	return s->w->has_points ? row->task.points : analysis_pages(s->w, row);
}

int64_t report_text_tables(const struct report_text *s, const struct task *t)
{
	if (task_has(t, TASK_TABLES))
		return (int64_t)(t->pgtables_bytes / 1024);
	if (task_has(t, TASK_PTES))
		return report_text_kib(s, (int64_t)(t->nr_ptes + t->nr_pmds));
	return REPORT_ABSENT;
}

static void print_task(const struct report_text *s, const struct report_row *row, bool is_victim,
		       int64_t most)
{
	const struct task *t = &row->task;
	char place[16] = "-", points[24] = "-", adj[16] = "-", bar[REPORT_TEXT_BAR],
	     name[4 * TASK_NAME_MAX], sizes[3][FORMAT_TEXT_MAX];
	int64_t shown = weight(s, row);
	int cells = report_text_cells(s, BAR);

	if (t->place) {
		snprintf(place, sizeof(place), "%u", t->place);
		snprintf(points, sizeof(points), "%" PRId64, shown);
	}
	if (task_has(t, TASK_ADJ))
		snprintf(adj, sizeof(adj), "%d", t->adj);
	else if (task_has(t, TASK_OOM_ADJ))
		snprintf(adj, sizeof(adj), "%d", t->oom_adj);
	text_escape(name, sizeof(name), t->name, strlen(t->name), 0);
	fprintf(s->out, "%s %5s %9s%s%s %6s %6s %6s %5s %7d %s\n", is_victim ? ">" : " ", place,
		points, cells ? " " : "",
		report_text_bar(t->place ? report_text_share(shown, most) : 0, cells, bar),
		report_text_size(report_text_kib(s, (int64_t)t->rss), sizes[0]),
		report_text_size(task_has(t, TASK_SWAP) ? report_text_kib(s, (int64_t)t->swap)
							: REPORT_ABSENT,
				 sizes[1]),
		report_text_size(report_text_tables(s, t), sizes[2]), adj, t->pid, name);
}

static bool is_victim(const struct report *r, size_t row)
{
	for (size_t i = 0; i < r->n_kills; i++)
		if (r->kills[i].row == (int64_t)row)
			return true;
	return false;
}

struct sum {
	const char *name;
	int64_t pages;
	size_t n;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct sum *)a)->name, ((const struct sum *)b)->name);
}

static int compare_sums(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;

	return x->pages != y->pages ? (x->pages < y->pages ? 1 : -1) : strcmp(x->name, y->name);
}

/* Many small ones of a name may be larger than the largest. */
static void print_sums(const struct report_text *s)
{
	const struct report *r = s->r;
	struct sum *sums = calloc(r->n_rows, sizeof(*sums));
	size_t n = 0;
	bool has_many = false;

	if (!sums) {
		msg_error("out of memory");
		return;
	}
	for (size_t i = 0; i < r->n_rows; i++)
		sums[i] =
			(struct sum){ r->rows[i].task.name, analysis_pages(s->w, &r->rows[i]), 1 };
	qsort(sums, r->n_rows, sizeof(*sums), compare_names);
	for (size_t i = 0; i < r->n_rows; i++) {
		if (n && strcmp(sums[n - 1].name, sums[i].name) == 0) {
			sums[n - 1].pages += sums[i].pages;
			sums[n - 1].n++;
		} else {
			sums[n++] = sums[i];
		}
	}
	qsort(sums, n, sizeof(*sums), compare_sums);
	for (size_t i = 0; i < n && i < TOP_NAMES; i++)
		has_many |= sums[i].n > 1;
	if (has_many)
		fprintf(s->out, "\n  %-26s %9s %7s\n", "by name", "processes", "memory");
	for (size_t i = 0; has_many && i < n && i < TOP_NAMES; i++) {
		char name[4 * TASK_NAME_MAX], size[FORMAT_TEXT_MAX], bar[REPORT_TEXT_BAR];

		text_escape(name, sizeof(name), sums[i].name, strlen(sums[i].name), 0);
		fprintf(s->out, "  %-26s %9zu %7s %s\n", name, sums[i].n,
			report_text_size(report_text_kib(s, sums[i].pages), size),
			report_text_bar(report_text_share(sums[i].pages, sums[0].pages),
					report_text_cells(s, BAR), bar));
	}
	free(sums);
}

/* By a lower adj, and not only as one of equal points or by root's discount. */
static bool is_spared(const struct report_text *s, size_t nth)
{
	const struct report_row *row = &s->r->rows[nth], *chosen = &s->r->rows[s->w->chosen];

	return analysis_pages(s->w, row) > analysis_pages(s->w, chosen) &&
	       row->task.adj < chosen->task.adj;
}

/*
 * Those that used more than the victim, and stand too far behind it to be shown: their adj spared
 * them.
 */
static void print_larger(const struct report_text *s, size_t n, int64_t most)
{
	const struct report *r = s->r;
	size_t shown = 0;

	if (!n)
		return;
	fprintf(s->out, "  larger, but spared by adj:\n");
	for (size_t i = TOP_TASKS; i < s->w->n_order && shown < TOP_LARGER; i++) {
		const struct report_row *row = &r->rows[s->w->order[i]];

		if (is_victim(r, s->w->order[i]) || !is_spared(s, s->w->order[i]))
			continue;
		print_task(s, row, false, most);
		shown++;
	}
	if (n > shown)
		fprintf(s->out, "  %5s and %zu more like these\n", "", n - shown);
}

void report_text_print_tasks(const struct report_text *s)
{
	const struct report *r = s->r;
	size_t shown = 0, larger = 0;
	int cells = report_text_cells(s, BAR);
	int64_t most;

	if (!r->n_rows || !(r->columns & TASK_RSS))
		return;
	report_text_head(s, "The processes, as the kernel weighed them");
	if (!s->w->has_points)
		report_text_say(s,
				"This kernel counted run times too, which its table does not show: here they are by their "
				"memory.");
	fprintf(s->out, "  %5s %9s%*s %6s %6s %6s %5s %7s %s\n", "place",
		s->w->has_points ? "points" : "pages", cells ? cells + 1 : 0, "", "memory", "swap",
		"tables", "adj", "pid", "name");
	most = weight(s, &r->rows[s->w->order[0]]);
	for (size_t i = 0; i < s->w->n_order; i++) {
		size_t row = s->w->order[i];

		if (i < TOP_TASKS || (is_victim(r, row) && shown < 3 * TOP_TASKS)) {
			print_task(s, &r->rows[row], is_victim(r, row), most);
			shown++;
		} else if (s->w->chosen != REPORT_ABSENT && is_spared(s, row)) {
			larger++;
		}
	}
	print_larger(s, larger, most);
	if (s->w->n_order > shown + larger)
		fprintf(s->out, "  %5s and %zu more\n", "", s->w->n_order - shown - larger);
	if (r->n_rows_dropped)
		report_text_say(s, "%zu more rows were not kept.", r->n_rows_dropped);
	print_sums(s);
}

void report_text_print_table(const struct report_text *s, bool has_no_heading)
{
	const struct report *r = s->r;
	char shown[1024];

	if (!has_no_heading) {
		text_escape(shown, sizeof(shown), r->heading, strlen(r->heading), 0);
		fprintf(s->out, "%s\n", shown);
	}
	for (size_t i = 0; i < s->w->n_order; i++) {
		const struct report_row *row = &r->rows[s->w->order[i]];

		text_escape(shown, sizeof(shown), r->texts + row->text, row->text_len, 0);
		fprintf(s->out, "%s\n", shown);
	}
}
