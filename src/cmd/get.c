/* SPDX-License-Identifier: GPL-2.0-or-later */
/* get: adj, score, points and place of some processes. */
#include "cmd/shared/output.h"
#include "cmd/shared/processes.h"
#include "cmd/shared/task_columns.h"

struct get_options {
	struct targets targets;
	struct output_options output;
	struct scan_options scan;
};

static enum status show(struct ctx *cx, struct args *a, struct output_options *ls,
			const struct targets *t, const struct snapshot *s)
{
	const char *columns = "pid,name,adj,oom_adj,score,points,place";
	struct task_columns tl;
	enum status st;

	task_columns_init(&tl, s, t->n);
	for (size_t i = 0; i < t->n; i++) {
		const struct task *task = processes_find(s, t->list[i].pid);

		if (task && task->spared != KILLABLE)
			columns = "pid,name,adj,oom_adj,score,points,place,reason";
		if (task)
			task_columns_add(&tl, task);
	}
	st = output_set_columns(ls, cx, a, &tl.list, columns);
	if (st == ST_OK)
		task_columns_print(&tl, ls);
	task_columns_free(&tl);
	return st;
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct get_options *o = options;
	struct targets *t = &o->targets;
	struct scan_want want = { .spared = true };
	struct snapshot s = { .proc = -1 };
	enum status st, shown;

	if (!targets_are_given(t, a))
		return args_error(a, "get: which process? Give a PID or a selector");
	st = output_set_columns(&o->output, cx, a, &task_columns_columns, "pid");
	if (st != ST_OK)
		return st;
	want.stat = list_needs(&o->output.view, &task_columns_columns) & TASK_COLUMNS_START;
	st = processes_targets(t, a);
	if (t->n == 0)
		return st;
	shown = processes_scan_alone(&o->scan, cx);
	if (shown != ST_OK)
		return shown;
	want.census = o->scan.census;
	shown = processes_take_targets(t, &want, &s);
	if (shown == ST_OK)
		shown = show(cx, a, &o->output, t, &s);
	if (shown == ST_OK)
		shown = processes_report_ended(t, &s);
	snapshot_free(&s);
	return status_worse(st, shown);
}

const struct cmd cmd_get = {
	.name = "get",
	.synopsis = "[OPTION]... TARGET...",
	.summary = "Show adj, score, points and place of processes",
	.shared = { { &targets_group, offsetof(struct get_options, targets) },
		    { &output_group, offsetof(struct get_options, output) },
		    { &processes_scan_group, offsetof(struct get_options, scan) } },
	.list = &task_columns_columns,
	.options_size = sizeof(struct get_options),
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_OWN,
	.run = run,
};
