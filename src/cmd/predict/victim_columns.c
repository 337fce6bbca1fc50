/* SPDX-License-Identifier: GPL-2.0-or-later */
/* victim_columns: predicted kills as a list. */
#include "cmd/predict/victim_columns.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cmd/predict/text.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"

enum victim_needs { NEEDS_USER = 1, NEEDS_CGROUP = 2, NEEDS_KILL_SET = 4 };

/* One kill. Numbers may be LIST_UNKNOWN, texts NULL. */
struct victim_row {
	int64_t place, pid, tgid, adj, points_bytes, points, margin_bytes, margin, next, dies;
	int64_t frees_bytes, chosen, was_pid, was_points_bytes;
	const char *user, *name, *sure, *doubt, *decided_by, *was_name, *was_sure;
	char *kill_set, *cgroup; /* owned */
	char rivals[PREDICT_RIVALS * 12];
};

#define NUMBER(member) list_get_number, offsetof(struct victim_row, member), 0
#define TEXT(member)   list_get_text, offsetof(struct victim_row, member), 0
#define AT(member)     offsetof(struct victim_row, member)

static const struct column columns[] = {
	{ "place", "#", COLUMN_ID, NUMBER(place), "which kill this is" },
	{ "pid", NULL, COLUMN_ID, NUMBER(pid),
	  "the thread that holds the memory: the first, unless it has ended" },
	{ "tgid", NULL, COLUMN_ID, NUMBER(tgid), "the process" },
	{ "user", NULL, COLUMN_CUT, list_get_text, AT(user), NEEDS_USER, "real user" },
	{ "name", NULL, COLUMN_CUT, TEXT(name), "the kernel's name of it" },
	{ "adj", NULL, COLUMN_NUMBER, NUMBER(adj), "adj from -1000 to 1000" },
	{ "points", NULL, COLUMN_BYTES, NUMBER(points_bytes), "the kernel's badness, as memory" },
	{ "pages", NULL, COLUMN_NUMBER, NUMBER(points), "the kernel's badness, as it counts it" },
	{ "margin", "AHEAD", COLUMN_BYTES, NUMBER(margin_bytes),
	  "how far ahead of who has the most points of those left" },
	{ "margin_pages", NULL, COLUMN_NUMBER, NUMBER(margin),
	  "the same, as the kernel counts it" },
	{ "next", NULL, COLUMN_NUMBER, NUMBER(next), "who that is" },
	{ "dies", NULL, COLUMN_NUMBER, NUMBER(dies), "how many processes die in this kill" },
	{ "kill_set", NULL, COLUMN_CUT, list_get_text, AT(kill_set), NEEDS_KILL_SET,
	  "all processes that die in it" },
	{ "frees", NULL, COLUMN_BYTES, NUMBER(frees_bytes),
	  "memory, swap and page tables that are theirs alone" },
	{ "sure", NULL, COLUMN_TEXT, TEXT(sure), "certain, or close" },
	{ "doubt", NULL, COLUMN_TEXT, TEXT(doubt), "what makes it close" },
	{ "rivals", NULL, COLUMN_CUT, list_get_chars, AT(rivals), 0, "who else it might be" },
	{ "chosen", NULL, COLUMN_NUMBER, NUMBER(chosen),
	  "who has the most points: to 5.0 a child may die in its stead" },
	{ "cgroup", NULL, COLUMN_CUT, list_get_text, AT(cgroup), NEEDS_CGROUP, "memory cgroup" },
	{ "decided_by", NULL, COLUMN_TEXT, TEXT(decided_by),
	  "points, or the setting that comes before" },
	{ "was_pid", NULL, COLUMN_NUMBER, NUMBER(was_pid), "without the changes: pid" },
	{ "was_name", NULL, COLUMN_CUT, TEXT(was_name), "without the changes: name" },
	{ "was_points", NULL, COLUMN_BYTES, NUMBER(was_points_bytes),
	  "without the changes: points" },
	{ "was_sure", NULL, COLUMN_TEXT, TEXT(was_sure), "without the changes: certain, or close" },
};

static const char *tint(const void *row)
{
	return ((const struct victim_row *)row)->place == 1 ? LIST_TINT_ALARM : NULL;
}

const struct list victim_columns_columns = {
	.name = "victims",
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.row_size = sizeof(struct victim_row),
	.tint = tint,
};

static const char *const doubts[] = {
	[DOUBT_NONE] = "",           [DOUBT_COUNTERS] = "counters", [DOUBT_MOVING] = "running",
	[DOUBT_RECLAIM] = "reclaim", [DOUBT_ORDER] = "order",       [DOUBT_EARLIER] = "earlier",
	[DOUBT_DYING] = "dying",     [DOUBT_UNSEEN] = "unseen",     [DOUBT_SHARERS] = "sharers",
	[DOUBT_NODES] = "nodes",     [DOUBT_OLD_STATS] = "lives",   [DOUBT_SETTINGS] = "settings",
};

/*
 * Points in bytes: they are pages since 3.5, thousandths of the total before; older ones are no
 * memory at all.
 */
static int64_t points_in_bytes(const struct predict *p, int64_t points)
{
	if (p->rules->weight == WEIGHT_HEURISTIC)
		return LIST_UNKNOWN;
	if (p->rules->weight == WEIGHT_PERMILLE)
		points = points * (int64_t)p->totals.total_pages / 1000;
	return points * (int64_t)p->totals.page_size;
}

static const char *sure_text(const struct kill_choice *choice)
{
	return choice->doubt == DOUBT_NONE ? "certain" : "close";
}

static char *make_kill_set(const struct predict *p, uint32_t round)
{
	char text[CELL_TEXT_MAX] = "";
	size_t at = 0;

	for (size_t i = 0; i < p->n && at + 16 < sizeof(text); i++)
		if (p->candidates[i].dies_in == round)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%d", at ? " " : "",
					       p->candidates[i].task.pid);
	return mem_copy(text);
}

static void fill_choice(struct victim_row *r, const struct predict *p,
			const struct kill_choice *choice)
{
	const struct candidate *all = p->candidates;
	const struct task *t = &all[choice->victim].task;
	size_t at = 0;

	r->pid = t->mm_pid;
	r->tgid = t->pid;
	r->name = t->name;
	if (task_has(t, TASK_ADJ))
		r->adj = t->adj;
	r->points = t->points;
	r->points_bytes = points_in_bytes(p, t->points);
	if (choice->next != PREDICT_NONE) {
		r->margin = choice->margin;
		r->margin_bytes = points_in_bytes(p, choice->margin);
		r->next = all[choice->next].task.pid;
	}
	r->dies = (int64_t)choice->n_killed;
	r->frees_bytes = (int64_t)(choice->frees_pages * p->totals.page_size);
	r->chosen = all[choice->chosen].task.pid;
	r->sure = sure_text(choice);
	r->doubt = choice->doubt == DOUBT_NONE ? NULL : doubts[choice->doubt];
	for (size_t i = 0; i < choice->n_rivals && i < PREDICT_RIVALS; i++)
		at += (size_t)snprintf(r->rivals + at, sizeof(r->rivals) - at, "%s%d", i ? " " : "",
				       all[choice->rivals[i]].task.pid);
}

static void fill_was(struct victim_row *r, const struct predict *p,
		     const struct kill_choice *choice)
{
	const struct task *t = &p->candidates[choice->victim].task;

	r->was_pid = t->mm_pid;
	r->was_name = t->name;
	r->was_points_bytes = points_in_bytes(p, t->points);
	r->was_sure = sure_text(choice);
}

/* What is read from the system, or large, is filled for the columns that need it alone. */
static void fill_needs(struct victim_row *r, const struct candidates *a, const struct predict *p,
		       const struct task *t, unsigned int needs, void **names)
{
	char path[CGROUP_PATH_MAX];

	if (needs & NEEDS_USER && task_has(t, TASK_UID) &&
	    !(r->user = user_cached_name(names, t->uid)))
		mem_check(-ENOMEM);
	if (needs & NEEDS_CGROUP &&
	    cgroup_path_read_pid(a->s.proc, t->pid, path, sizeof(path)) == 0)
		r->cgroup = mem_copy(path);
	if (needs & NEEDS_KILL_SET)
		r->kill_set = make_kill_set(p, (uint32_t)r->place);
}

void victim_columns_print(const struct list_view *v, const struct candidates *a,
			  const struct victim_columns_kills *now,
			  const struct victim_columns_kills *was)
{
	struct list list = victim_columns_columns;
	unsigned int needs = list_needs(v, &list);
	struct victim_row *rows;
	void *names = NULL;

	list.n_rows = victim_columns_count(now, was);
	list.rows = rows = mem_alloc(list.n_rows, sizeof(*rows));
	for (size_t i = 0; i < list.n_rows; i++) {
		struct victim_row *r = &rows[i];

		r->place = (int64_t)i + 1;
		r->pid = r->tgid = r->adj = r->points_bytes = r->points = LIST_UNKNOWN;
		r->margin_bytes = r->margin = r->next = r->dies = LIST_UNKNOWN;
		r->frees_bytes = r->chosen = r->was_pid = r->was_points_bytes = LIST_UNKNOWN;
		if (i < was->n)
			fill_was(r, &was->p, &was->choices[i]);
		if (i >= now->n)
			continue;
		fill_choice(r, &now->p, &now->choices[i]);
		r->decided_by = predict_text_decided_by(a);
		fill_needs(r, a, &now->p, &now->p.candidates[now->choices[i].victim].task, needs,
			   &names);
	}
	list_print(v, &list);
	for (size_t i = 0; i < list.n_rows; i++) {
		free(rows[i].kill_set);
		free(rows[i].cgroup);
	}
	free(rows);
	user_free_names(names);
}

size_t victim_columns_count(const struct victim_columns_kills *now,
			    const struct victim_columns_kills *was)
{
	return was->n > now->n ? was->n : now->n;
}

void victim_columns_predict(struct victim_columns_kills *k, size_t most)
{
	if (most > k->p.n)
		most = k->p.n;
	k->choices = mem_alloc(most, sizeof(*k->choices));
	while (k->n < most && predict_next(&k->p, &k->choices[k->n]))
		k->n++;
}
