/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rank: the processes in the order in which the kernel would kill them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/args.h"
#include "base/msg.h"
#include "base/num.h"
#include "base/text.h"
#include "cmd/shared/output.h"
#include "cmd/shared/processes.h"
#include "cmd/shared/task_table.h"
#include "oom/rules/task_dump.h"
#include "ui/format.h"

static int dump_check(const struct args *a)
{
	const struct task_dump *layout;

	if (strcmp(a->value, "kernel") == 0)
		return 0;
	if (strncmp(a->value, "kernel=", 7) || task_dump_find(a->value + 7, &layout))
		args_error(a, "--format takes kernel or kernel=VERSION, not '%s'", a->value);
	else if (!layout)
		args_error(a, "--format: Linux %s had no task dump: the first is 2.6.25's",
			   a->value + 7);
	else
		return 0;
	return -1;
}

/* The kernel's dump lists all processes with memory but init, those with adj -1000 too. */
static bool is_dumped(const struct task *t)
{
	return t->spared == KILLABLE || t->spared == UNKILLABLE_ADJ ||
	       t->spared == UNKILLABLE_KERNEL;
}

/* Prints the rows that the kernel's dump lists. format was checked before. */
static void dump_print(FILE *out, const char *format, bool no_headings, const struct task_table *tl)
{
	const struct snapshot *s = tl->snapshot;
	const char *release = strchr(format, '=');
	const struct task_dump *layout;
	char row[512], shown[2048];

	release = release ? release + 1 : s->machine.release;
	if (task_dump_find(release, &layout) || !layout)
		task_dump_find("2.6.25", &layout);
	if (layout->title && !no_headings)
		fprintf(out, "%s\n", layout->title);
	if (!no_headings)
		fprintf(out, "%s\n", layout->header);
	for (size_t i = 0; i < list_count(&tl->list); i++) {
		const struct task *t = ((const struct task_row *)list_row(&tl->list, i))->task;
		size_t len;

		if (!is_dumped(t))
			continue;
		len = task_dump_row(layout, t, s->rss == RSS_STAT, row, sizeof(row));
		text_escape(shown, sizeof(shown), row, len, 0);
		fprintf(out, "%s\n", shown);
	}
}

#define DEFAULT_TOP 20
#define MAX_TOP     100000000
#define WIDE        100 /* columns of a terminal that shows the unit or the cgroup too */

enum { OPT_SORT = OPT_LONG, OPT_FORMAT };

static const struct opt opts[] = {
	{ 't', "top", "N", "show the first N (default: 20)" },
	{ 'a', "all", NULL, "show all, and last those that are never killed" },
	{ OPT_SORT, "sort", "KEY", "sort by a column; +KEY rises, -KEY falls" },
	{ OPT_FORMAT, "format", "FORMAT", "kernel[=VERSION]: as the task dump of that kernel" },
	{ 0, NULL, NULL, NULL },
};

struct wishes {
	struct output_options listing;
	struct targets targets;
	struct scan_options scan;
	size_t top;
	bool has_all;
	const char *sort;
	const char *format; /* "kernel" and perhaps "=VERSION"; NULL: a list */
};

static int take_top(struct wishes *w, const struct args *a)
{
	long n;

	if (num_parse(a->value, 1, MAX_TOP, &n)) {
		args_error(a, "--top takes a number from 1 to %d, not '%s'", MAX_TOP, a->value);
		return -1;
	}
	w->top = (size_t)n;
	return 1;
}

static int find_sort_column(const char *key)
{
	key += *key == '+' || *key == '-';
	return list_find_column(&task_table_columns, key, strlen(key));
}

static int check_sort(const struct args *a)
{
	if (find_sort_column(a->value) >= 0)
		return 1;
	args_error(a, "--sort: unknown column '%s'",
		   a->value + (*a->value == '+' || *a->value == '-'));
	return -1;
}

/* 1: taken. -1: wrong, and said. */
static int take_option(struct wishes *w, const struct args *a, int key)
{
	int taken;

	switch (key) {
	case 't':
		return take_top(w, a);
	case 'a':
		w->has_all = true;
		return 1;
	case OPT_SORT:
		w->sort = a->value;
		return check_sort(a);
	case OPT_FORMAT:
		w->format = a->value;
		return dump_check(a) ? -1 : 1;
	default:
		taken = targets_take(&w->targets, a, key);
		taken = taken ? taken : processes_scan_take(&w->scan, a, key);
		return taken ? taken : output_take(&w->listing, a, key);
	}
}

static void print_heading(const struct ctx *cx, const struct machine *m)
{
	char used[FORMAT_TEXT_MAX], total[FORMAT_TEXT_MAX];

	fprintf(cx->out, "RAM %s of %s used, ", format_format((int64_t)m->ram_used_bytes, used),
		format_format((int64_t)m->ram_bytes, total));
	if (m->swap_bytes)
		fprintf(cx->out, "swap %s of %s", format_format((int64_t)m->swap_used_bytes, used),
			format_format((int64_t)m->swap_bytes, total));
	else
		fputs("no swap", cx->out);
	if (m->oom_kills >= 0)
		fprintf(cx->out, ", OOM kills since boot: %lld", (long long)m->oom_kills);
	if (m->panic_on_oom > 0)
		fprintf(cx->out, ", panic_on_oom=%ld", m->panic_on_oom);
	if (m->kill_allocating > 0)
		fprintf(cx->out, ", oom_kill_allocating_task=%ld", m->kill_allocating);
	putc('\n', cx->out);
}

/* The unit where the first rows have one, else the cgroup. */
static bool has_units(struct task_table *tl)
{
	int column = list_find_column(&tl->list, "unit", 4);
	struct cell c = { .text = NULL };

	for (size_t i = 0; !c.text && i < tl->list.n_rows && i < DEFAULT_TOP; i++) {
		if (task_table_fill_row(tl, i, TASK_TABLE_CGROUP))
			break;
		list_get(&tl->list, (size_t)column, &tl->rows[i], &c);
	}
	return c.text;
}

static bool has_unkillable(const struct task_table *tl)
{
	for (size_t i = 0; i < list_count(&tl->list); i++)
		if (((const struct task_row *)list_row(&tl->list, i))->task->spared != KILLABLE)
			return true;
	return false;
}

/* A bar is for people, a reason for unkillable processes, the unit or cgroup for wide terminals. */
static const char *choose_columns(const struct ctx *cx, const struct wishes *w,
				  struct task_table *tl)
{
	bool has_reason = w->has_all || has_unkillable(tl);

	if (has_reason && cx->width && cx->width < WIDE)
		return "place,pid,user,name,score,adj,points,rss,reason";
	if (has_reason)
		return "place,pid,user,name,score,adj,points,rss,swapents,pgtables_bytes,reason";
	if (w->listing.view.mode != LIST_TABLE)
		return "place,pid,user,name,score,adj,points,rss,swapents,pgtables_bytes";
	if (cx->width < WIDE)
		return "place,pid,user,name,score,adj,points,bar,rss,swapents,pgtables_bytes";
	if (has_units(tl))
		return "place,pid,user,name,score,adj,points,bar,rss,swapents,pgtables_bytes,unit";
	return "place,pid,user,name,score,adj,points,bar,rss,swapents,pgtables_bytes,cgroup";
}

/* Without targets all processes, else the targets. */
static int add_rows(const struct wishes *w, const struct snapshot *s, bool has_targets,
		    struct task_table *tl)
{
	int err = task_table_init(tl, s, s->scan.n_tasks);

	for (size_t i = 0; !err && i < s->scan.n_tasks; i++)
		if (!has_targets || targets_has(&w->targets, s->scan.tasks[i].pid))
			task_table_add(tl, &s->scan.tasks[i]);
	return err;
}

/* Sorting by start uses the order of forks, which is finer than the time that is shown. */
static bool is_by_age(const struct wishes *w)
{
	return w->sort && strcasecmp(w->sort + (*w->sort == '+' || *w->sort == '-'), "start") == 0;
}

static int sort(const struct wishes *w, struct task_table *tl, size_t **order)
{
	int column, err;

	if (!w->sort)
		return 0;
	if (is_by_age(w))
		return task_table_sort_by_age(tl, *w->sort == '-', order);
	column = find_sort_column(w->sort);
	err = task_table_fill(tl, tl->list.columns[column].needs);
	return err ? err : list_sort(&tl->list, w->sort, order);
}

static enum status print_list(struct ctx *cx, struct args *a, struct wishes *w,
			      struct task_table *tl)
{
	enum status st =
		output_set_columns(&w->listing, cx, a, &tl->list, choose_columns(cx, w, tl));

	if (st != ST_OK)
		return st;
	if (w->listing.view.mode == LIST_TABLE && !w->listing.view.no_headings)
		print_heading(cx, &tl->snapshot->machine);
	return task_table_print(tl, &w->listing);
}

static enum status show(struct ctx *cx, struct args *a, struct wishes *w, const struct snapshot *s,
			bool has_targets)
{
	enum status st = ST_OK;
	size_t *order = NULL;
	struct task_table tl;

	if (add_rows(w, s, has_targets, &tl) || sort(w, &tl, &order)) {
		msg_error("out of memory");
		st = ST_BROKEN;
	}
	tl.list.order = order;
	tl.list.most = w->top;
	if (st == ST_OK && w->format)
		dump_print(cx->out, w->format, w->listing.view.no_headings, &tl);
	else if (st == ST_OK)
		st = print_list(cx, a, w, &tl);
	if (st == ST_OK && tl.list.n_rows == 0 && !has_targets)
		msg_warn("no process that the kernel could kill was found");
	free(order);
	task_table_free(&tl);
	return st;
}

static enum status take_snapshot(const struct wishes *w, bool has_targets, struct snapshot *s)
{
	struct scan_want want = { .top = w->top, .spared = w->has_all || has_targets || w->format };

	want.census = processes_scan_census(&w->scan);
	/* The start, and the CPU in the oldest dumps, are in a file that ranking does not need. */
	want.ages = is_by_age(w);
	want.stat = w->format || want.ages ||
		    list_needs(&w->listing.view, &task_table_columns) & TASK_TABLE_START;
	if (w->sort || w->has_all || w->format)
		want.top = SCAN_ALL;
	else if (has_targets)
		want.top = 1; /* the bars are shares of the first */
	return has_targets ? processes_take_targets(&w->targets, &want, s)
			   : processes_take(&want, s);
}

static enum status parse(struct wishes *w, const struct ctx *cx, struct args *a)
{
	int key;

	while ((key = args_next(a)) > 0)
		if (take_option(w, a, key) < 0)
			return ST_USAGE;
	if (w->format &&
	    (w->listing.output || w->listing.has_all || w->listing.has_raw || w->listing.has_json))
		return args_error(
			a, "rank: --format prints a dump's own columns: no -o, -r or -J with it");
	if (w->targets.has_tree && !targets_are_given(&w->targets, a))
		return args_error(a, "rank: --tree adds the descendants of TARGETs: give one");
	if (!w->top && !w->has_all && !w->format && !targets_are_given(&w->targets, a))
		w->top = DEFAULT_TOP;
	/* Unknown columns are found before anything is read. */
	return output_set_columns(&w->listing, cx, a, &task_table_columns, "pid");
}

static enum status rank(struct ctx *cx, struct args *a, struct wishes *w)
{
	bool has_targets = targets_are_given(&w->targets, a);
	enum status st = has_targets ? processes_targets(&w->targets, a) : ST_OK, shown;
	struct snapshot s = { .proc = -1 };

	if (has_targets && w->targets.n == 0)
		return st;
	shown = processes_scan_count(&w->scan, cx, PROCESSES_SCAN_BREAK_EVEN);
	if (shown != ST_OK)
		return shown;
	if (processes_forbid_privilege(cx))
		return ST_BROKEN;
	shown = take_snapshot(w, has_targets, &s);
	if (shown == ST_OK)
		shown = show(cx, a, w, &s, has_targets);
	if (shown == ST_OK && has_targets)
		shown = processes_report_ended(&w->targets, &s);
	if (shown != ST_BROKEN)
		processes_say_hidden(&s);
	snapshot_free(&s);
	return status_worse(st, shown);
}

static enum status run(struct ctx *cx, struct args *a)
{
	struct wishes w = { .top = 0 };
	enum status st = parse(&w, cx, a);

	if (st == ST_OK)
		st = rank(cx, a, &w);
	processes_scan_free(&w.scan);
	targets_free(&w.targets);
	return st;
}

const struct cmd cmd_rank = {
	.name = "rank",
	.synopsis = "[OPTION]... [TARGET]...",
	.summary = "Show the processes in the order in which the kernel would kill them",
	.opts = opts,
	.shared = { targets_opts, output_opts, processes_scan_opts },
	.list = &task_table_columns,
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_OWN,
	.run = run,
};
