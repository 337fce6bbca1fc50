/* SPDX-License-Identifier: GPL-2.0-or-later */
/* get: adj, score, points and place of some processes. */
#include "base/msg.h"
#include "cmd/shared/output.h"
#include "cmd/shared/processes.h"
#include "cmd/shared/task_table.h"

static const struct opt no_opts[] = {
	{ 0, NULL, NULL, NULL },
};

static enum status show(struct ctx *cx, struct args *a, struct output_options *ls,
			const struct targets *t, const struct snapshot *s)
{
	const char *columns = "pid,name,adj,oom_adj,score,points,place";
	struct task_table tl;
	enum status st = ST_BROKEN;

	if (task_table_init(&tl, s, t->n) == 0)
		st = ST_OK;
	else
		msg_error("out of memory");
	for (size_t i = 0; i < t->n && st == ST_OK; i++) {
		const struct task *task = processes_find(s, t->list[i].pid);

		if (task && task->spared != KILLABLE)
			columns = "pid,name,adj,oom_adj,score,points,place,reason";
		if (task)
			task_table_add(&tl, task);
	}
	if (st == ST_OK)
		st = output_set_columns(ls, cx, a, &tl.list, columns);
	if (st == ST_OK)
		st = task_table_print(&tl, ls);
	task_table_free(&tl);
	return st;
}

static enum status get(struct ctx *cx, struct args *a, struct output_options *ls, struct targets *t,
		       struct scan_options *scan)
{
	bool has_start = list_needs(&ls->view, &task_table_columns) & TASK_TABLE_START;
	struct scan_want want = { .spared = true, .stat = has_start };
	enum status st = processes_targets(t, a), shown;
	struct snapshot s = { .proc = -1 };

	if (t->n == 0)
		return st;
	shown = processes_scan_count(scan, cx, PROCESSES_SCAN_BREAK_EVEN);
	if (shown != ST_OK)
		return shown;
	if (processes_forbid_privilege(cx))
		return ST_BROKEN;
	want.census = processes_scan_census(scan);
	shown = processes_take_targets(t, &want, &s);
	if (shown == ST_OK)
		shown = show(cx, a, ls, t, &s);
	if (shown == ST_OK)
		shown = processes_report_ended(t, &s);
	snapshot_free(&s);
	return status_worse(st, shown);
}

static enum status run(struct ctx *cx, struct args *a)
{
	struct targets t = { .n = 0 };
	struct output_options ls = { .output = NULL };
	struct scan_options scan = { .way = PROCESSES_SCAN_AUTO };
	enum status st = ST_OK;
	int key;

	while (st == ST_OK && (key = args_next(a)) > 0)
		if (targets_take(&t, a, key) < 0 || processes_scan_take(&scan, a, key) < 0)
			st = ST_USAGE;
		else
			output_take(&ls, a, key);
	if (st == ST_OK && !targets_are_given(&t, a))
		st = args_error(a, "get: which process? Give a PID or a selector");
	if (st == ST_OK)
		st = output_set_columns(&ls, cx, a, &task_table_columns, "pid");
	if (st == ST_OK)
		st = get(cx, a, &ls, &t, &scan);
	processes_scan_free(&scan);
	targets_free(&t);
	return st;
}

const struct cmd cmd_get = {
	.name = "get",
	.synopsis = "[OPTION]... TARGET...",
	.summary = "Show adj, score, points and place of processes",
	.opts = no_opts,
	.shared = { targets_opts, output_opts, processes_scan_opts },
	.list = &task_table_columns,
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_OWN,
	.run = run,
};
