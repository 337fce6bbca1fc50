/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rank: the processes in kill order. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/text.h"
#include "cmd/predict/text.h"
#include "cmd/shared/output.h"
#include "cmd/shared/processes.h"
#include "cmd/shared/task_columns.h"
#include "oom/rules/task_dump.h"
#include "ui/format.h"
#include "ui/wrap.h"

static const struct task *shown_task(const struct task_columns *tl, size_t nth)
{
	return ((const struct task_row *)list_row(&tl->list, nth))->task;
}

/* In the order of the list. format is valid. */
static void print_dump(FILE *out, const char *format, bool no_headings,
		       const struct task_columns *tl)
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
		const struct task *t = shown_task(tl, i);
		size_t len;

		if (!processes_is_dumped(t))
			continue;
		len = task_dump_row(layout, t, s->rss == RSS_STAT, row, sizeof(row));
		text_escape(shown, sizeof(shown), row, len, 0);
		fprintf(out, "%s\n", shown);
	}
}

#define DEFAULT_TOP 20
#define WIDE        100 /* columns; wider terminals also show the unit or the cgroup */

struct rank_options {
	struct output_options listing;
	struct targets targets;
	struct scan_options scan;
	size_t top;
	bool has_all;
	const char *sort;
	const char *format; /* "kernel" or "kernel=VERSION"; NULL: a list */
};

/* The name in a sort key. */
static const char *name_in(const char *key)
{
	return key + (*key == '+' || *key == '-');
}

static int find_sort_column(const char *key)
{
	return list_find_column(&task_columns_columns, name_in(key), strlen(name_in(key)));
}

static enum status take_sort(void *target, const struct args *a)
{
	if (find_sort_column(a->value) < 0)
		return output_unknown_column(a, &task_columns_columns, name_in(a->value),
					     strlen(name_in(a->value)));
	((struct rank_options *)target)->sort = a->value;
	return ST_OK;
}

static enum status take_format(void *target, const struct args *a)
{
	static const char *const words[] = { "kernel", "kernel=VERSION", NULL };
	const struct task_dump *layout;
	bool has_version = strncmp(a->value, "kernel=", 7) == 0;

	if (has_version ? task_dump_find(a->value + 7, &layout) : strcmp(a->value, "kernel"))
		return args_bad_value(a, "kernel or kernel=VERSION, such as kernel=6.1", words);
	if (has_version && !layout)
		return args_error(a, "--format: Linux %s has no task dump; 2.6.25 is the first",
				  a->value + 7);
	((struct rank_options *)target)->format = a->value;
	return ST_OK;
}

static const struct opt opts[] = {
	OPT_COUNT('t', "top", "N", "show the first N (default: 20)", struct rank_options, top,
		  100000000),
	OPT_FLAG('a', "all", "show all processes, unkillable ones last", struct rank_options,
		 has_all),
	OPT_CALL(0, "sort", "KEY", "sort by a column; +KEY ascending, -KEY descending", take_sort),
	OPT_CALL(0, "format", "FORMAT", "kernel[=VERSION]: as that kernel's task dump",
		 take_format),
	OPT_END,
};

static void print_heading(const struct ctx *cx, const struct machine *m)
{
	char used[FORMAT_TEXT_MAX], total[FORMAT_TEXT_MAX], text[256];
	FILE *out = fmemopen(text, sizeof(text), "w");
	const char *effect;

	if (!out)
		mem_check(-ENOMEM);
	predict_text_decided_by(m, NULL, &effect);
	if (effect)
		wrap_prose_print(cx->out, "", "%s.", effect);
	fprintf(out, "RAM %s of %s used%s, ", format_format((int64_t)m->ram_used_bytes, used),
		format_format((int64_t)m->ram_bytes, total),
		m->is_used_with_cache ? " (with page cache)" : "");
	if (m->swap_bytes)
		fprintf(out, "swap %s of %s", format_format((int64_t)m->swap_used_bytes, used),
			format_format((int64_t)m->swap_bytes, total));
	else
		fputs("no swap", out);
	if (m->oom_kills >= 0)
		fprintf(out, ", OOM kills since boot: %lld", (long long)m->oom_kills);
	if (m->panic_on_oom > 0)
		fprintf(out, ", panic_on_oom=%" PRId64 "%s", m->panic_on_oom,
			m->stays_down ? ", panic=0" : "");
	if (m->overcommit_memory == 2)
		fputs(", overcommit_memory=2", out);
	if (m->kill_allocating > 0)
		fprintf(out, ", oom_kill_allocating_task=%" PRId64, m->kill_allocating);
	fclose(out);
	wrap_wrap(cx->out, text, 0, 0, cx->width ? cx->width : SIZE_MAX);
}

/* Whether any of the first rows has a unit. */
static bool has_units(struct task_columns *tl)
{
	int column = list_find_column(&tl->list, "unit", 4);
	struct cell c = { .text = NULL };

	for (size_t i = 0; !c.text && i < tl->list.n_rows && i < DEFAULT_TOP; i++) {
		task_columns_fill_row(tl, i, TASK_COLUMNS_UNIT);
		list_get(&tl->list, (size_t)column, &tl->rows[i], &c);
	}
	return c.text;
}

/* The bar is for tables, the reason for unkillable processes, unit or cgroup for wide terminals. */
static const char *choose_columns(const struct ctx *cx, const struct rank_options *o,
				  struct task_columns *tl)
{
	bool has_reason = o->has_all;

	for (size_t i = 0; !has_reason && i < list_count(&tl->list); i++)
		has_reason = shown_task(tl, i)->unkillable != KILLABLE;
	if (has_reason && cx->width && cx->width < WIDE)
		return "place,pid,user,name,score,adj,points,rss,reason";
	if (has_reason)
		return "place,pid,user,name,score,adj,points,rss,swap,pgtables,reason";
	if (o->listing.view.mode != LIST_TABLE)
		return "place,pid,user,name,score,adj,points,rss,swap,pgtables";
	if (cx->width < WIDE)
		return "place,pid,user,name,score,adj,points,bar,rss,swap,pgtables";
	if (has_units(tl))
		return "place,pid,user,name,score,adj,points,bar,rss,swap,pgtables,unit";
	return "place,pid,user,name,score,adj,points,bar,rss,swap,pgtables,cgroup";
}

/* Sorting by start uses fork order, which is finer than the time that is shown. */
static bool is_by_age(const struct rank_options *o)
{
	return o->sort && strcasecmp(name_in(o->sort), "start") == 0;
}

/* The path of an executable may need the caller's own capabilities. */
static bool reads_exe(const struct rank_options *o)
{
	unsigned int needs = list_needs(&o->listing.view, &task_columns_columns);

	if (o->sort)
		needs |= task_columns_columns.columns[find_sort_column(o->sort)].needs;
	return needs & TASK_COLUMNS_EXE;
}

/* All processes, or the targets. */
static enum status show(struct ctx *cx, struct args *a, struct rank_options *o,
			const struct snapshot *s, bool has_targets)
{
	struct list_view *v = &o->listing.view;
	enum status st = ST_OK;
	struct task_columns tl;
	const char *effect, *decided_by;
	size_t *order = NULL;

	decided_by = predict_text_decided_by(&s->machine, NULL, &effect);
	if (effect && (v->mode != LIST_TABLE || v->no_headings || o->format))
		msg_warn("%s", effect);
	task_columns_init(&tl, s, s->scan.n_tasks);
	tl.list.decided_by = decided_by;
	for (size_t i = 0; i < s->scan.n_tasks; i++)
		if (!has_targets || targets_has(&o->targets, s->scan.tasks[i].pid))
			task_columns_add(&tl, &s->scan.tasks[i]);
	if (is_by_age(o)) {
		order = task_columns_sort_by_age(&tl, *o->sort == '-');
	} else if (o->sort) {
		task_columns_fill(&tl, tl.list.columns[find_sort_column(o->sort)].needs);
		order = list_sort(&tl.list, o->sort);
	}
	tl.list.order = order;
	tl.list.most = o->top;
	if (reads_exe(o)) {
		task_columns_fill(&tl, TASK_COLUMNS_EXE);
		st = processes_forbid_privilege(cx);
	}
	if (st == ST_OK && o->format)
		print_dump(cx->out, o->format, v->no_headings, &tl);
	else if (st == ST_OK)
		st = output_set_columns(&o->listing, cx, a, &tl.list, choose_columns(cx, o, &tl));
	if (st == ST_OK && !o->format) {
		if (v->mode == LIST_TABLE && !v->no_headings)
			print_heading(cx, &s->machine);
		task_columns_print(&tl, &o->listing);
	}
	if (st == ST_OK && tl.list.n_rows == 0 && !has_targets && !s->scan.n_unseen)
		msg_warn("no killable process found");
	free(order);
	task_columns_free(&tl);
	return st;
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct rank_options *o = options;
	const struct output_options *list = &o->listing;
	bool has_targets = targets_are_given(&o->targets, a);
	struct snapshot s = { .proc = -1 };
	struct scan_want want = { .ages = is_by_age(o) };
	enum status st, shown;

	if (o->format && (list->output || list->has_all || list->has_raw || list->has_json))
		return args_error(a, "rank: --format cannot be combined with -o, -r or -J");
	if (o->targets.has_tree && !has_targets)
		return args_error(a, "rank: --tree needs a TARGET");
	if (!o->top && !o->has_all && !o->format && !has_targets)
		o->top = DEFAULT_TOP;
	/* Reports unknown columns before anything is read. */
	st = output_set_columns(&o->listing, cx, a, &task_columns_columns, "pid");
	if (st != ST_OK)
		return st;
	/* Then the scan finds the targets too. */
	if (targets_have_selector(&o->targets))
		st = processes_scan_bpf(&o->scan, cx, PROCESSES_SCAN_BREAK_EVEN);
	if (st != ST_OK)
		return st;
	if (has_targets)
		st = processes_targets(&o->targets, a, &o->scan);
	if (has_targets && o->targets.n == 0)
		return output_none(list, &task_columns_columns, st);
	shown = reads_exe(o) ? processes_scan_bpf(&o->scan, cx, PROCESSES_SCAN_BREAK_EVEN)
			     : processes_scan_alone(&o->scan, cx);
	if (shown != ST_OK)
		return shown;
	want.bpf = o->scan.bpf;
	want.unkillable = o->has_all || has_targets || o->format;
	/* Start, and the CPU in the oldest dumps, are in a file that ranking does not need. */
	want.stat = o->format || want.ages ||
		    list_needs(&list->view, &task_columns_columns) & TASK_COLUMNS_START;
	/* With targets, bars are relative to rank 1. */
	want.top = o->sort || o->has_all || o->format ? SCAN_ALL : has_targets ? 1 : o->top;
	shown = processes_take(has_targets ? &o->targets : NULL, &want, &s);
	if (shown == ST_OK)
		shown = show(cx, a, o, &s, has_targets);
	if (shown == ST_OK && has_targets)
		shown = processes_report_ended(&o->targets, &s);
	if (shown != ST_BROKEN)
		processes_say_hidden(&s);
	snapshot_free(&s);
	return status_worse(st, shown);
}

const struct cmd cmd_rank = {
	.name = "rank",
	.aliases = { "ls", "list" },
	.synopsis = "[OPTION]... [TARGET]...",
	.summary = "Show processes in kill order, the next victim first",
	.opts = opts,
	.shared = { { &targets_group, offsetof(struct rank_options, targets) },
		    { &output_group, offsetof(struct rank_options, listing) },
		    { &processes_scan_group, offsetof(struct rank_options, scan) } },
	.list = &task_columns_columns,
	.options_size = sizeof(struct rank_options),
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_OWN,
	.run = run,
};
