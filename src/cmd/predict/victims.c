/* SPDX-License-Identifier: GPL-2.0-or-later */
/* victims: the list of predicted kills: its columns and rows. */
#include "cmd/predict/victims.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"

/* In the kernel's unit, and as memory, which points before 2.6.36 are not. */
struct points {
	int64_t num, bytes;
};

/* One kill. Numbers can be LIST_UNKNOWN, texts NULL. */
struct victim_row {
	int64_t place, pid, tgid, adj, next, dies, frees_bytes, chosen, was_pid;
	struct points points, margin, was_points;
	const char *user, *name, *sure, *doubt, *decided_by, *was_name, *was_sure;
	const char *unit, *oom_policy, *unit_effect, *restart, *restarted;
	char *kill_set, *cgroup, *other_units; /* owned */
	char rivals[PREDICT_RIVALS * 12 + 32];
};

#define NUMBER(member) list_get_number, offsetof(struct victim_row, member), 0
#define TEXT(member)   list_get_text, offsetof(struct victim_row, member), 0
#define AT(member)     offsetof(struct victim_row, member)
#define UNIT(member)   list_get_text, offsetof(struct victim_row, member), VICTIMS_NEEDS_UNIT
#define POINTS(member) get_points, offsetof(struct victim_row, member), 0

static void get_points(struct cell *c)
{
	const struct points *points = (const void *)((const char *)c->row + c->column->offset);

	c->num = points->num;
	c->bytes = points->bytes;
}

static const struct column list_columns[] = {
	{ "place", "#", COLUMN_ID, NUMBER(place), "number of the kill" },
	{ "pid", NULL, COLUMN_ID, NUMBER(pid),
	  "thread that holds the memory: the first, unless it has exited" },
	{ "tgid", NULL, COLUMN_ID, NUMBER(tgid), "process ID" },
	{ "user", NULL, COLUMN_CUT, list_get_text, AT(user), VICTIMS_NEEDS_USER, "real user" },
	{ "name", NULL, COLUMN_CUT, TEXT(name), "process name in the kernel" },
	{ "adj", NULL, COLUMN_NUMBER, NUMBER(adj), "adj from -1000 to 1000" },
	{ "points", NULL, COLUMN_POINTS, POINTS(points),
	  "the kernel's badness: memory in tables, else pages" },
	{ "margin", NULL, COLUMN_POINTS, POINTS(margin), "lead over the process in column next" },
	{ "next", NULL, COLUMN_NUMBER, NUMBER(next),
	  "process with the most points of the remaining ones" },
	{ "dies", NULL, COLUMN_NUMBER, NUMBER(dies), "number of processes killed" },
	{ "kill_set", NULL, COLUMN_PIDS, list_get_text, AT(kill_set), VICTIMS_NEEDS_KILL_SET,
	  "PIDs of all processes killed" },
	{ "frees", "FREES<=", COLUMN_BYTES, NUMBER(frees_bytes),
	  "upper bound of the anonymous memory, swap and page tables freed" },
	{ "sure", NULL, COLUMN_TEXT, TEXT(sure), "certain, close, or overridden by a setting" },
	{ "doubt", NULL, COLUMN_TEXT, TEXT(doubt), "reason why it is close" },
	{ "rivals", NULL, COLUMN_PIDS, list_get_chars, AT(rivals), 0,
	  "PIDs of other possible victims, at most 8" },
	{ "chosen", NULL, COLUMN_NUMBER, NUMBER(chosen),
	  "process with the most points; until 5.0 a child can be killed in its place" },
	{ "cgroup", NULL, COLUMN_PATH, list_get_text, AT(cgroup), VICTIMS_NEEDS_CGROUP,
	  "memory cgroup" },
	{ "unit", NULL, COLUMN_CUT, UNIT(unit), "unit that systemd ends, or leaves running" },
	{ "oom_policy", NULL, COLUMN_TEXT, UNIT(oom_policy), "OOMPolicy= of the unit" },
	{ "unit_effect", NULL, COLUMN_TEXT, UNIT(unit_effect),
	  "then the unit continues, or is stopped, killed or ended" },
	{ "restart", NULL, COLUMN_TEXT, UNIT(restart), "Restart= of the unit" },
	{ "restarted", NULL, COLUMN_BOOL, UNIT(restarted), "whether systemd restarts the unit" },
	{ "other_units", NULL, COLUMN_CUT, UNIT(other_units),
	  "units of the others killed, each with its effect" },
	{ "decided_by", NULL, COLUMN_TEXT, TEXT(decided_by),
	  "points, or the setting that overrides them" },
	{ "was_pid", NULL, COLUMN_NUMBER, NUMBER(was_pid), "pid without the changes" },
	{ "was_name", NULL, COLUMN_CUT, TEXT(was_name), "name without the changes" },
	{ "was_points", NULL, COLUMN_POINTS, POINTS(was_points), "points without the changes" },
	{ "was_sure", NULL, COLUMN_TEXT, TEXT(was_sure), "sure without the changes" },
};

static const char *tint(const void *row)
{
	return ((const struct victim_row *)row)->place == 1 ? LIST_TINT_ALARM : NULL;
}

const struct list victims_columns = {
	.name = "victims",
	.columns = list_columns,
	.n_columns = sizeof(list_columns) / sizeof(list_columns[0]),
	.row_size = sizeof(struct victim_row),
	.tint = tint,
};

static const char *const doubts[] = {
	[DOUBT_NONE] = NULL,         [DOUBT_COUNTERS] = "counters",  [DOUBT_MOVING] = "running",
	[DOUBT_RECLAIM] = "reclaim", [DOUBT_ORDER] = "order",        [DOUBT_EARLIER] = "earlier",
	[DOUBT_DYING] = "dying",     [DOUBT_UNSEEN] = "unseen",      [DOUBT_SHARERS] = "sharers",
	[DOUBT_NODES] = "nodes",     [DOUBT_OLD_STATS] = "run_time", [DOUBT_SETTINGS] = "settings",
};

static const struct points unknown_points = { LIST_UNKNOWN, LIST_UNKNOWN };

static struct points points_of(const struct predict *p, int64_t num)
{
	bool is_memory = p->rules->weight != WEIGHT_HEURISTIC;

	return (struct points){ num, is_memory ? rules_points_bytes(p->rules, num, &p->totals)
					       : LIST_UNKNOWN };
}

/* Fills only the values that the columns need. */
static void fill_needs(struct victim_row *r, const struct candidates *a, const struct predict *p,
		       const struct task *t, unsigned int needs, void **names)
{
	char path[CGROUP_PATH_MAX];
	bool is_bad;
	size_t size;
	FILE *out;

	if (needs & VICTIMS_NEEDS_USER && task_has(t, TASK_UID) &&
	    !(r->user = user_cached_name(names, t->uid)))
		mem_check(-ENOMEM);
	if (needs & VICTIMS_NEEDS_CGROUP &&
	    cgroup_path_read_pid(a->s.proc, t->pid, path, sizeof(path)) == 0)
		r->cgroup = mem_copy(path);
	if (!(needs & VICTIMS_NEEDS_KILL_SET))
		return;
	out = open_memstream(&r->kill_set, &size);
	if (!out)
		mem_check(-ENOMEM);
	for (size_t i = 0; i < p->n; i++)
		if (p->candidates[i].dies_in == (uint32_t)r->place)
			fprintf(out, "%s%d", ftell(out) ? " " : "", p->candidates[i].task.pid);
	is_bad = ferror(out) != 0;
	if (fclose(out) || is_bad)
		mem_check(-ENOMEM);
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
	r->points = points_of(p, t->points);
	if (choice->next != PREDICT_NONE) {
		r->margin = points_of(p, choice->margin);
		r->next = all[choice->next].task.pid;
	}
	r->dies = (int64_t)choice->n_killed;
	r->frees_bytes = (int64_t)(choice->frees_pages * p->totals.page_size);
	r->chosen = all[choice->chosen].task.pid;
	r->doubt = doubts[choice->doubt];
	for (size_t i = 0; i < choice->n_rivals && i < PREDICT_RIVALS; i++)
		at += (size_t)snprintf(r->rivals + at, sizeof(r->rivals) - at, "%s%d", i ? " " : "",
				       all[choice->rivals[i]].task.pid);
	if (choice->n_rivals > PREDICT_RIVALS)
		snprintf(r->rivals + at, sizeof(r->rivals) - at, " and %zu more",
			 choice->n_rivals - PREDICT_RIVALS);
}

static const struct memcg_state *memcg_of(const struct candidates *a)
{
	return a->is_cgroup ? &a->memcg : NULL;
}

static const char *sure_text(const struct candidates *a, const struct kill_choice *choice)
{
	const char *effect;

	predict_text_decided_by(&a->s.machine, memcg_of(a), &effect);
	return effect ? "overridden" : choice->doubt == DOUBT_NONE ? "certain" : "close";
}

static void fill_unit(struct victim_row *r, const struct unit_effects_kills *k)
{
	const struct unit_effects_unit *unit = k->n ? k->list[0].unit : NULL;
	struct unit_effect e;

	if (!unit)
		return;
	r->unit = unit->name;
	if (unit->err)
		return;
	e = unit_effects_of(&k->list[0]);
	r->oom_policy = unit_effect_policy_text(unit->settings.policy);
	r->unit_effect = unit_effect_kind_text(e.kind);
	if (!unit->settings.is_service)
		return;
	r->restart = unit_effect_restart_text(unit->settings.restart);
	if (e.doubt == RESTART_CERTAIN)
		r->restarted = e.is_restarted ? "yes" : "no";
}

/* "b.service=stopped c.service=continues" */
static void fill_other_units(struct victim_row *r, const struct unit_effects_kills *k)
{
	size_t size;
	FILE *out = k->n > 1 ? open_memstream(&r->other_units, &size) : NULL;

	if (k->n < 2)
		return;
	if (!out)
		mem_check(-ENOMEM);
	for (size_t i = 1; i < k->n; i++) {
		const struct unit_effects_kill *kill = &k->list[i];
		const char *effect = NULL;

		if (!kill->unit->err)
			effect = unit_effect_kind_text(unit_effects_of(kill).kind);
		fprintf(out, "%s%s=%s", i > 1 ? " " : "", kill->unit->name,
			effect ? effect : "unknown");
	}
	if (fclose(out))
		mem_check(-ENOMEM);
}

void victims_print(const struct list_view *v, const struct candidates *a,
		   const struct predict_text_kills *now, const struct predict_text_kills *was)
{
	struct list list = victims_columns;
	unsigned int needs = list_needs(v, &list);
	struct victim_row *rows;
	const char *effect;
	void *names = NULL;

	list.n_rows = was->n > now->n ? was->n : now->n;
	list.rows = rows = mem_alloc(list.n_rows, sizeof(*rows));
	for (size_t i = 0; i < list.n_rows; i++) {
		struct victim_row *r = &rows[i];

		r->place = (int64_t)i + 1;
		r->pid = r->tgid = r->adj = r->next = r->dies = LIST_UNKNOWN;
		r->frees_bytes = r->chosen = r->was_pid = LIST_UNKNOWN;
		r->points = r->margin = r->was_points = unknown_points;
		if (i < was->n) {
			const struct kill_choice *choice = &was->choices[i];
			const struct task *t = &was->p.candidates[choice->victim].task;

			r->was_pid = t->mm_pid;
			r->was_name = t->name;
			r->was_points = points_of(&was->p, t->points);
			r->was_sure = sure_text(a, choice);
		}
		if (i >= now->n)
			continue;
		fill_choice(r, &now->p, &now->choices[i]);
		r->sure = sure_text(a, &now->choices[i]);
		r->decided_by = predict_text_decided_by(&a->s.machine, memcg_of(a), &effect);
		/* Then it is not close, and these say nothing about the victim. */
		if (effect) {
			r->doubt = NULL;
			*r->rivals = '\0';
		}
		if (needs & VICTIMS_NEEDS_UNIT && now->units)
			fill_unit(r, &now->units[i]);
		if (needs & VICTIMS_NEEDS_UNIT && now->units)
			fill_other_units(r, &now->units[i]);
		fill_needs(r, a, &now->p, &now->p.candidates[now->choices[i].victim].task, needs,
			   &names);
	}
	list_print(v, &list);
	for (size_t i = 0; i < list.n_rows; i++) {
		free(rows[i].kill_set);
		free(rows[i].cgroup);
		free(rows[i].other_units);
	}
	free(rows);
	user_free_names(names);
}
