/* SPDX-License-Identifier: GPL-2.0-or-later */
/* victim_table: foretold kills as a list with columns, and in sentences where they need one. */
#include "cmd/predict/victim_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sys/cgroup/path.h"
#include "sys/proc/user.h"

enum {
	COL_PLACE,
	COL_PID,
	COL_TGID,
	COL_USER,
	COL_NAME,
	COL_ADJ,
	COL_POINTS,
	COL_PAGES,
	COL_MARGIN,
	COL_MARGIN_PAGES,
	COL_NEXT,
	COL_DIES,
	COL_KILL_SET,
	COL_FREES,
	COL_SURE,
	COL_DOUBT,
	COL_RIVALS,
	COL_CHOSEN,
	COL_CGROUP,
	COL_DECIDED_BY,
	COL_WAS_PID,
	COL_WAS_NAME,
	COL_WAS_POINTS,
	COL_WAS_SURE,
	N_COLUMNS
};

static const struct column columns[] = {
	[COL_PLACE] = { "place", "#", COLUMN_RIGHT | COLUMN_RISES, "which kill this is" },
	[COL_PID] = { "pid", NULL, COLUMN_RIGHT | COLUMN_RISES,
		      "the thread that holds the memory: the first, unless it has ended" },
	[COL_TGID] = { "tgid", NULL, COLUMN_RIGHT | COLUMN_RISES, "the process" },
	[COL_USER] = { "user", NULL, COLUMN_TRUNC, "real user" },
	[COL_NAME] = { "name", NULL, COLUMN_TRUNC, "the kernel's name of it" },
	[COL_ADJ] = { "adj", NULL, COLUMN_RIGHT, "adj from -1000 to 1000" },
	[COL_POINTS] = { "points", NULL, COLUMN_RIGHT, "the kernel's badness, as memory" },
	[COL_PAGES] = { "pages", NULL, COLUMN_RIGHT, "the kernel's badness, as it counts it" },
	[COL_MARGIN] = { "margin", "AHEAD", COLUMN_RIGHT,
			 "how far ahead of who has the most points of those left" },
	[COL_MARGIN_PAGES] = { "margin_pages", NULL, COLUMN_RIGHT,
			       "the same, as the kernel counts it" },
	[COL_NEXT] = { "next", NULL, COLUMN_RIGHT, "who that is" },
	[COL_DIES] = { "dies", NULL, COLUMN_RIGHT, "how many processes die in this kill" },
	[COL_KILL_SET] = { "kill_set", NULL, COLUMN_TRUNC, "all processes that die in it" },
	[COL_FREES] = { "frees", NULL, COLUMN_RIGHT,
			"memory, swap and page tables that are theirs alone" },
	[COL_SURE] = { "sure", NULL, 0, "certain, or close" },
	[COL_DOUBT] = { "doubt", NULL, 0, "what makes it close" },
	[COL_RIVALS] = { "rivals", NULL, COLUMN_TRUNC, "who else it might be" },
	[COL_CHOSEN] = { "chosen", NULL, COLUMN_RIGHT,
			 "who has the most points: to 5.0 a child may die in its stead" },
	[COL_CGROUP] = { "cgroup", NULL, COLUMN_TRUNC, "memory cgroup" },
	[COL_DECIDED_BY] = { "decided_by", NULL, 0, "points, or the setting that comes before" },
	[COL_WAS_PID] = { "was_pid", NULL, COLUMN_RIGHT, "without the changes: pid" },
	[COL_WAS_NAME] = { "was_name", NULL, COLUMN_TRUNC, "without the changes: name" },
	[COL_WAS_POINTS] = { "was_points", NULL, COLUMN_RIGHT, "without the changes: points" },
	[COL_WAS_SURE] = { "was_sure", NULL, 0, "without the changes: certain, or close" },
};

static const char *const doubts[] = {
	[DOUBT_NONE] = "",           [DOUBT_COUNTERS] = "counters", [DOUBT_MOVING] = "running",
	[DOUBT_RECLAIM] = "reclaim", [DOUBT_ORDER] = "order",       [DOUBT_EARLIER] = "earlier",
	[DOUBT_DYING] = "dying",     [DOUBT_UNSEEN] = "unseen",     [DOUBT_SHARERS] = "sharers",
	[DOUBT_NODES] = "nodes",     [DOUBT_OLD_STATS] = "lives",   [DOUBT_SETTINGS] = "settings",
};

static void set_number(struct cell *c, int64_t value)
{
	c->kind = CELL_NUMBER;
	c->num = value;
}

static void set_text(struct cell *c, const char *text)
{
	c->kind = CELL_TEXT;
	snprintf(c->text, sizeof(c->text), "%s", text);
}

/*
 * Points as bytes: pages since 3.5, thousandths of the total before; older ones are no memory at
 * all.
 */
static bool points_as_bytes(const struct predict *p, int64_t points, int64_t *bytes)
{
	int64_t pages = points;

	if (p->rules->weight == WEIGHT_HEURISTIC)
		return false;
	if (p->rules->weight == WEIGHT_PERMILLE)
		pages = points * (int64_t)p->totals.total_pages / 1000;
	*bytes = pages * (int64_t)p->totals.page_size;
	return true;
}

static void set_points(const struct predict *p, int64_t points, struct cell *c)
{
	if (points_as_bytes(p, points, &c->num))
		c->kind = CELL_BYTES;
}

static void set_kill_set(const struct victim_table_course *course, size_t row, struct cell *c)
{
	size_t at = 0;

	c->kind = CELL_TEXT;
	for (size_t i = 0; i < course->p.n && at + 16 < sizeof(c->text); i++)
		if (course->p.candidates[i].dies_in == row + 1)
			at += (size_t)snprintf(c->text + at, sizeof(c->text) - at, "%s%d",
					       at ? " " : "", course->p.candidates[i].task.pid);
}

static void set_rivals(const struct victim_table_course *course, size_t row, struct cell *c)
{
	const struct kill_choice *v = &course->verdicts[row];
	size_t at = 0;

	if (!v->n_rivals)
		return;
	c->kind = CELL_TEXT;
	for (size_t i = 0; i < v->n_rivals && i < PREDICT_RIVALS; i++)
		at += (size_t)snprintf(c->text + at, sizeof(c->text) - at, "%s%d", i ? " " : "",
				       course->p.candidates[v->rivals[i]].task.pid);
}

static void set_was(const struct victim_table *vs, size_t row, size_t column, struct cell *c)
{
	const struct kill_choice *v;
	const struct task *t;

	if (!vs->was || row >= vs->was->n)
		return;
	v = &vs->was->verdicts[row];
	t = &vs->was->p.candidates[v->victim].task;
	if (column == COL_WAS_PID)
		set_number(c, t->mm_pid);
	else if (column == COL_WAS_NAME)
		set_text(c, t->name);
	else if (column == COL_WAS_POINTS)
		set_points(&vs->was->p, t->points, c);
	else
		set_text(c, v->doubt == DOUBT_NONE ? "certain" : "close");
}

static void set_choice(const struct victim_table *vs, size_t row, size_t column, struct cell *c)
{
	const struct predict *p = &vs->now->p;
	const struct kill_choice *v = &vs->now->verdicts[row];

	switch (column) {
	case COL_MARGIN:
		if (v->next != PREDICT_NONE)
			set_points(p, v->margin, c);
		break;
	case COL_MARGIN_PAGES:
		if (v->next != PREDICT_NONE)
			set_number(c, v->margin);
		break;
	case COL_NEXT:
		if (v->next != PREDICT_NONE)
			set_number(c, p->candidates[v->next].task.pid);
		break;
	case COL_DIES:
		set_number(c, (int64_t)v->n_killed);
		break;
	case COL_KILL_SET:
		set_kill_set(vs->now, row, c);
		break;
	case COL_FREES:
		c->kind = CELL_BYTES;
		c->num = (int64_t)(v->frees_pages * p->totals.page_size);
		break;
	case COL_SURE:
		set_text(c, v->doubt == DOUBT_NONE ? "certain" : "close");
		break;
	case COL_DOUBT:
		if (v->doubt != DOUBT_NONE)
			set_text(c, doubts[v->doubt]);
		break;
	case COL_RIVALS:
		set_rivals(vs->now, row, c);
		break;
	case COL_CHOSEN:
		set_number(c, p->candidates[v->chosen].task.pid);
		break;
	default:
		set_was(vs, row, column, c);
	}
}

static void fill_cell(const void *arg, size_t row, size_t column, struct cell *c)
{
	const struct victim_table *vs = arg;
	const struct victim_table_course *course = vs->now;
	const struct task *t;

	if (column == COL_PLACE)
		set_number(c, (int64_t)row + 1);
	else if (column >= COL_WAS_PID)
		set_was(vs, row, column, c);
	if (row >= course->n || column == COL_PLACE)
		return;
	t = &course->p.candidates[course->verdicts[row].victim].task;
	switch (column) {
	case COL_PID:
		set_number(c, t->mm_pid);
		break;
	case COL_TGID:
		set_number(c, t->pid);
		break;
	case COL_USER:
		c->kind = task_has(t, TASK_UID) ? CELL_TEXT : CELL_UNKNOWN;
		user_name(t->uid, c->text, USER_NAME_MAX);
		break;
	case COL_NAME:
		set_text(c, t->name);
		break;
	case COL_ADJ:
		if (task_has(t, TASK_ADJ))
			set_number(c, t->adj);
		break;
	case COL_POINTS:
		set_points(&course->p, t->points, c);
		break;
	case COL_PAGES:
		set_number(c, t->points);
		break;
	case COL_CGROUP:
		if (cgroup_path_read_pid(vs->arena->s.proc, t->pid, c->text, CGROUP_PATH_MAX) == 0)
			c->kind = CELL_TEXT;
		break;
	case COL_DECIDED_BY:
		set_text(c, vs->decided_by);
		break;
	default:
		set_choice(vs, row, column, c);
	}
}

static const char *tint(const void *arg, size_t row)
{
	(void)arg;
	return row == 0 ? LIST_TINT_ALARM : NULL;
}

const struct list victim_table_columns = {
	.name = "victims",
	.columns = columns,
	.n_columns = N_COLUMNS,
};

void victim_table_init(struct victim_table *v, const struct candidates *a,
		       const struct victim_table_course *now, const struct victim_table_course *was,
		       const char *decided_by)
{
	*v = (struct victim_table){ .arena = a, .now = now, .was = was, .decided_by = decided_by };
	v->list = victim_table_columns;
	v->list.arg = v;
	v->list.cell = fill_cell;
	v->list.tint = tint;
	v->list.n_rows = was && was->n > now->n ? was->n : now->n;
}

int victim_table_foresee(struct victim_table_course *c, size_t most)
{
	if (most > c->p.n)
		most = c->p.n;
	c->verdicts = calloc(most + 1, sizeof(*c->verdicts));
	if (!c->verdicts)
		return -ENOMEM;
	while (c->n < most && predict_next(&c->p, &c->verdicts[c->n]))
		c->n++;
	return 0;
}
