/* SPDX-License-Identifier: GPL-2.0-or-later */
/* get: shows adj, score, points, and rank of processes. */
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "cmd/predict/text.h"
#include "cmd/shared/output.h"
#include "cmd/shared/processes.h"
#include "cmd/shared/task_columns.h"
#include "ui/wrap.h"

struct get_options {
	struct targets targets;
	struct output_options output;
	struct scan_options scan;
};

/* If a setting overrides the points, a rank is not that of the kernel's choice. */
static void print_setting(FILE *out, const struct list_view *v, const struct machine *m)
{
	const char *effect;
	bool has_rank = false;

	for (size_t i = 0; i < v->n_columns; i++)
		has_rank |= strcmp(task_columns_columns.columns[v->columns[i]].name, "place") == 0;
	predict_text_decided_by(m, NULL, &effect);
	if (effect && has_rank && v->mode == LIST_TABLE && !v->no_headings)
		wrap_prose_print(out, "", "%s.", effect);
	else if (effect && has_rank)
		msg_warn("%s", effect);
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct get_options *o = options;
	struct targets *t = &o->targets;
	struct scan_want want = { .unkillable = true };
	struct snapshot s = { .proc = -1 };
	const char *columns = "pid,name,adj,oom_adj,score,points,place";
	struct task_columns tl;
	enum status st, shown;
	const char *effect;
	unsigned int needs;

	if (!targets_are_given(t, a))
		return args_error(a, "get: no process specified");
	st = output_set_columns(&o->output, cx, a, &task_columns_columns, "pid");
	if (st != ST_OK)
		return st;
	needs = list_needs(&o->output.view, &task_columns_columns);
	want.stat = needs & TASK_COLUMNS_START;
	/* Then the scan finds them too. */
	if (targets_have_selector(t)) {
		shown = processes_scan_bpf(&o->scan, cx, PROCESSES_SCAN_BREAK_EVEN);
		if (shown != ST_OK)
			return shown;
	}
	st = processes_targets(t, a, &o->scan);
	if (t->n == 0)
		return output_none(&o->output, &task_columns_columns, st);
	/* The path of an executable may need the caller's own capabilities. */
	shown = needs & TASK_COLUMNS_EXE
			? processes_scan_bpf(&o->scan, cx, PROCESSES_SCAN_BREAK_EVEN)
			: processes_scan_alone(&o->scan, cx);
	if (shown != ST_OK)
		return shown;
	want.bpf = o->scan.bpf;
	shown = processes_take(t, &want, &s);
	if (shown == ST_OK) {
		struct processes_by_pid by = processes_sort(&s);

		task_columns_init(&tl, &s, t->n);
		tl.list.decided_by = predict_text_decided_by(&s.machine, NULL, &effect);
		for (size_t i = 0; i < t->n; i++) {
			const struct task *task = processes_find(&by, t->list[i].pid);

			if (task)
				task_columns_add(&tl, task);
			if (task && task->unkillable != KILLABLE)
				columns = "pid,name,adj,oom_adj,score,points,place,reason";
		}
		free(by.list);
		shown = output_set_columns(&o->output, cx, a, &tl.list, columns);
		if (shown == ST_OK)
			task_columns_fill(&tl, needs);
		if (shown == ST_OK)
			shown = processes_forbid_privilege(cx);
		if (shown == ST_OK && tl.list.n_rows)
			print_setting(cx->out, &o->output.view, &s.machine);
		if (shown == ST_OK)
			task_columns_print(&tl, &o->output);
		task_columns_free(&tl);
	}
	if (shown == ST_OK)
		shown = processes_report_ended(t, &s);
	snapshot_free(&s);
	return status_worse(st, shown);
}

const struct cmd cmd_get = {
	.name = "get",
	.aliases = { "show" },
	.synopsis = "[OPTION]... TARGET...",
	.summary = "Show adj, score, points, and rank of processes",
	.shared = { { &targets_group, offsetof(struct get_options, targets) },
		    { &output_group, offsetof(struct get_options, output) },
		    { &processes_scan_group, offsetof(struct get_options, scan) } },
	.list = &task_columns_columns,
	.options_size = sizeof(struct get_options),
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_OWN,
	.run = run,
};
