/* SPDX-License-Identifier: GPL-2.0-or-later */
/* get: adj, score, points and place of some processes. */
#include "base/msg.h"
#include "cmd/shared/output.h"
#include "cmd/shared/processes.h"
#include "cmd/shared/task_table.h"

static const struct opt no_opts[] = {
	{ 0, NULL, NULL, NULL },
};

static enum status show(struct ctx *cx, struct args *a, struct listing *ls, const struct targets *t,
			const struct snapshot *s)
{
	const char *columns = "pid,name,adj,oom_adj,score,points,place";
	struct tasklist tl;
	enum status st = ST_OK;

	tasklist_init(&tl, s);
	for (size_t i = 0; i < t->n && st == ST_OK; i++) {
		const struct task *task = survey_find(s, t->list[i].pid);

		if (task && task->spared != SPARED_NOT)
			columns = "pid,name,adj,oom_adj,score,points,place,reason";
		if (task && tasklist_add(&tl, task))
			st = ST_BROKEN;
	}
	if (st == ST_BROKEN)
		msg_error("out of memory");
	else
		st = listing_set_columns(ls, cx, a, &tl.list, columns);
	if (st == ST_OK)
		st = listing_print(ls, &tl.list);
	tasklist_free(&tl);
	return st;
}

static enum status get(struct ctx *cx, struct args *a, struct listing *ls, struct targets *t,
		       struct scanopt *scan)
{
	bool has_start = list_has_column(&ls->view, &tasklist_columns, "start");
	struct scan_want want = { .spared = true, .stat = has_start };
	enum status st = survey_targets(t, a), shown;
	struct snapshot s = { .proc = -1 };

	if (t->n == 0)
		return st;
	shown = scanopt_count(scan, cx, SCANOPT_BREAK_EVEN);
	if (shown != ST_OK)
		return shown;
	if (survey_keep_none(cx))
		return ST_BROKEN;
	want.census = scanopt_census(scan);
	shown = survey_take_targets(t, &want, &s);
	if (shown == ST_OK)
		shown = show(cx, a, ls, t, &s);
	if (shown == ST_OK)
		shown = survey_report_ended(t, &s);
	snapshot_free(&s);
	return status_worse(st, shown);
}

static enum status run(struct ctx *cx, struct args *a)
{
	struct targets t = { .n = 0 };
	struct listing ls = { .output = NULL };
	struct scanopt scan = { .way = SCANOPT_AUTO };
	enum status st = ST_OK;
	int key;

	while (st == ST_OK && (key = args_next(a)) > 0)
		if (targets_take(&t, a, key) < 0 || scanopt_take(&scan, a, key) < 0)
			st = ST_USAGE;
		else
			listing_take(&ls, a, key);
	if (st == ST_OK && !targets_are_given(&t, a))
		st = args_error(a, "get: which process? Give a PID or a selector");
	if (st == ST_OK)
		st = listing_set_columns(&ls, cx, a, &tasklist_columns, "pid");
	if (st == ST_OK)
		st = get(cx, a, &ls, &t, &scan);
	scanopt_free(&scan);
	targets_free(&t);
	return st;
}

const struct cmd cmd_get = {
	.name = "get",
	.synopsis = "[OPTION]... TARGET...",
	.summary = "Show adj, score, points and place of processes",
	.opts = no_opts,
	.shared = { targets_opts, listing_opts, scanopt_opts },
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_OWN,
	.run = run,
};
