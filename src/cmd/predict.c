/* SPDX-License-Identifier: GPL-2.0-or-later */
/* predict: which processes the OOM killer would choose now, or after changes. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/num.h"
#include "base/text.h"
#include "cmd/predict/text.h"
#include "cmd/shared/output.h"
#include "cmd/shared/processes.h"
#include "cmd/shared/selectors.h"
#include "oom/predict/whatif.h"
#include "oom/rules/adj.h"
#include "oom/rules/kill_order.h"
#include "oom/rules/version.h"
#include "sys/cgroup/path.h"
#include "sys/predict/numa.h"
#include "sys/proc/user.h"

#define DEFAULT_KILLS 5
#define MAX_CHANGES   64

/* An assumed change (--if options). */
struct assumed_change {
	enum { CHANGE_ADJ, CHANGE_GONE, CHANGE_GROWS } kind;
	const char *option; /* its name */
	pid_t pid;
	int adj;
	int64_t bytes;
};

struct predict_options {
	struct output_options listing;
	struct scan_options scan;
	struct assumed_change changes[MAX_CHANGES];
	size_t n_changes, kills;
	const char *cgroup, *kernel;
	int version; /* of kernel */
};

static enum status take_cgroup(void *target, const struct args *a)
{
	return selectors_read_cgroup(a, &((struct predict_options *)target)->cgroup);
}

static enum status take_kernel(void *target, const struct args *a)
{
	struct predict_options *o = target;

	o->kernel = a->value;
	if (version_parse(a->value, &o->version))
		return args_error(a, "--kernel takes a version such as 5.2, not '%s'", a->value);
	return ST_OK;
}

static enum status take_change(void *target, const struct args *a)
{
	static const char *const takes[] = {
		[CHANGE_ADJ] = "PID=ADJ with an adj of -1000 to 1000",
		[CHANGE_GONE] = "PIDs, separated by commas",
		[CHANGE_GROWS] = "PID=SIZE, such as 4242=500M",
	};
	struct predict_options *o = target;
	struct assumed_change c = { .option = a->option->name };
	char *copy = mem_copy(a->value), *value = copy, *pids = strsep(&value, "="), *word;
	unsigned long long bytes = 0;
	bool is_valid;
	long adj = 0, pid;

	c.kind = strcmp(c.option, "if") == 0        ? CHANGE_ADJ
		 : strcmp(c.option, "if-gone") == 0 ? CHANGE_GONE
						    : CHANGE_GROWS;
	is_valid = (value != NULL) == (c.kind != CHANGE_GONE);
	if (is_valid && c.kind == CHANGE_ADJ)
		is_valid = !num_parse(value, ADJ_NEVER, ADJ_MAX, &adj);
	if (is_valid && c.kind == CHANGE_GROWS)
		is_valid = !num_parse_size(value, &bytes) && bytes <= INT64_MAX / 4 / MAX_CHANGES;
	c.adj = (int)adj;
	c.bytes = (int64_t)bytes;
	while (is_valid && o->n_changes <= MAX_CHANGES && (word = strsep(&pids, ","))) {
		is_valid = !num_parse(word, 1, INT_MAX, &pid);
		if (!is_valid)
			break;
		c.pid = (pid_t)pid;
		if (o->n_changes < MAX_CHANGES)
			o->changes[o->n_changes] = c;
		o->n_changes++;
	}
	free(copy);
	if (!is_valid)
		return args_error(a, "--%s takes %s, not '%s'", c.option, takes[c.kind], a->value);
	if (o->n_changes > MAX_CHANGES)
		return args_error(a, "too many --if options: at most %d", MAX_CHANGES);
	return ST_OK;
}

static const struct opt opts[] = {
	OPT_COUNT(0, "kills", "N", "predict the first N kills (default: 5)", struct predict_options,
		  kills, 100000),
	OPT_CALL(0, "cgroup", "PATH", "for this memory cgroup at its limit", take_cgroup),
	OPT_CALL(0, "kernel", "VERSION", "apply the rules of another version of Linux",
		 take_kernel),
	OPT_CALL(0, "if", "PID=ADJ", "assume that the process has this adj; repeatable",
		 take_change),
	OPT_CALL(0, "if-gone", "PID", "assume that these have exited, separated by commas",
		 take_change),
	OPT_CALL(0, "if-grows", "PID=SIZE", "assume this much more memory; repeatable",
		 take_change),
	OPT_END,
};

/* Changes p; predict_weigh() must follow. Processes that share memory change together. */
static enum status assume_changes(const struct predict_options *o, const struct candidates *a,
				  struct predict *p)
{
	for (size_t i = 0; i < o->n_changes; i++) {
		const struct assumed_change *c = &o->changes[i];
		size_t at = predict_find(p, c->pid);
		enum status st = ST_OK;
		const struct task *t;
		pid_t pid = c->pid;

		if (at == PREDICT_NONE)
			st = processes_find_process(a->s.proc, c->pid, &pid);
		if (st != ST_OK)
			return st;
		if (pid != c->pid) /* a thread ID */
			at = predict_find(p, pid);
		if (at == PREDICT_NONE) {
			msg_error("pid %d: no such process%s", (int)pid,
				  a->is_cgroup ? " in that cgroup" : "");
			return ST_MISSED;
		}
		t = &p->candidates[at].task;
		if (t->unkillable == UNKILLABLE_INIT || t->unkillable == UNKILLABLE_KTHREAD ||
		    t->unkillable == UNKILLABLE_NO_MM)
			msg_warn("pid %d (%s): --%s has no effect: %s", (int)t->pid, t->name,
				 c->option, kill_order_unkillable_text(t->unkillable));
		if (c->kind == CHANGE_ADJ)
			whatif_set_adj(p, at, c->adj);
		else if (c->kind == CHANGE_GROWS)
			whatif_grow(p, at, c->bytes / (int64_t)p->totals.page_size);
		else
			p->candidates[at].is_gone = true;
	}
	return ST_OK;
}

enum victim_needs { NEEDS_USER = 1, NEEDS_CGROUP = 2, NEEDS_KILL_SET = 4 };

/* In the kernel's unit, and as memory, which points before 2.6.36 are not. */
struct points {
	int64_t num, bytes;
};

/* One kill. Numbers can be LIST_UNKNOWN, texts NULL. */
struct victim_row {
	int64_t place, pid, tgid, adj, next, dies, frees_bytes, chosen, was_pid;
	struct points points, margin, was_points;
	const char *user, *name, *sure, *doubt, *decided_by, *was_name, *was_sure;
	char *kill_set, *cgroup; /* owned */
	char rivals[PREDICT_RIVALS * 12 + 32];
};

#define NUMBER(member) list_get_number, offsetof(struct victim_row, member), 0
#define TEXT(member)   list_get_text, offsetof(struct victim_row, member), 0
#define AT(member)     offsetof(struct victim_row, member)
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
	{ "user", NULL, COLUMN_CUT, list_get_text, AT(user), NEEDS_USER, "real user" },
	{ "name", NULL, COLUMN_CUT, TEXT(name), "process name in the kernel" },
	{ "adj", NULL, COLUMN_NUMBER, NUMBER(adj), "adj from -1000 to 1000" },
	{ "points", NULL, COLUMN_POINTS, POINTS(points),
	  "the kernel's badness: memory in tables, else pages" },
	{ "margin", NULL, COLUMN_POINTS, POINTS(margin), "lead over the process in column next" },
	{ "next", NULL, COLUMN_NUMBER, NUMBER(next),
	  "process with the most points of the remaining ones" },
	{ "dies", NULL, COLUMN_NUMBER, NUMBER(dies), "number of processes killed" },
	{ "kill_set", NULL, COLUMN_PIDS, list_get_text, AT(kill_set), NEEDS_KILL_SET,
	  "PIDs of all processes killed" },
	{ "frees", "FREES<=", COLUMN_BYTES, NUMBER(frees_bytes),
	  "upper bound of the anonymous memory, swap and page tables freed" },
	{ "sure", NULL, COLUMN_TEXT, TEXT(sure), "certain, close, or overridden by a setting" },
	{ "doubt", NULL, COLUMN_TEXT, TEXT(doubt), "reason why it is close" },
	{ "rivals", NULL, COLUMN_PIDS, list_get_chars, AT(rivals), 0,
	  "PIDs of other possible victims, at most 8" },
	{ "chosen", NULL, COLUMN_NUMBER, NUMBER(chosen),
	  "process with the most points; until 5.0 a child can be killed in its place" },
	{ "cgroup", NULL, COLUMN_PATH, list_get_text, AT(cgroup), NEEDS_CGROUP, "memory cgroup" },
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

static const struct list victim_columns = {
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

	if (needs & NEEDS_USER && task_has(t, TASK_UID) &&
	    !(r->user = user_cached_name(names, t->uid)))
		mem_check(-ENOMEM);
	if (needs & NEEDS_CGROUP &&
	    cgroup_path_read_pid(a->s.proc, t->pid, path, sizeof(path)) == 0)
		r->cgroup = mem_copy(path);
	if (!(needs & NEEDS_KILL_SET))
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

/* was: empty without changes. */
static void print_list(const struct list_view *v, const struct candidates *a,
		       const struct predict_text_kills *now, const struct predict_text_kills *was)
{
	struct list list = victim_columns;
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

/* Predicts up to most kills; marks the killed candidates of k->p. */
static void predict_kills(const struct candidates *a, struct predict_text_kills *k, size_t most)
{
	if (most > k->p.n)
		most = k->p.n;
	k->choices = mem_alloc(most, sizeof(*k->choices));
	while (k->n < most && predict_next(&k->p, &k->choices[k->n])) {
		struct kill_choice *choice = &k->choices[k->n++];

		choice->frees_pages = candidates_max_freed(a, &k->p, choice);

		/* It is not killed if only nodes that it cannot use are out of memory. */
		if (choice->doubt == DOUBT_NONE && !a->is_cgroup &&
		    numa_are_closed_to(a->s.proc, k->p.candidates[choice->chosen].task.mm_pid))
			choice->doubt = DOUBT_NODES;
	}
}

static enum status print(struct ctx *cx, struct args *a, struct predict_options *o,
			 struct candidates *c, const struct predict_text_kills *was,
			 const struct predict_text_kills *now)
{
	const char *columns =
		o->n_changes ? "place,pid,name,points,sure,was_pid,was_name,was_points,was_sure"
			     : "place,pid,name,adj,points,margin,dies,frees,sure";
	bool is_for_people = o->listing.view.mode == LIST_TABLE && !o->listing.view.no_headings;
	bool has_rows = now->n || was->n;
	const char *effect;
	enum status st;

	if (o->listing.view.mode == LIST_RAW && !o->n_changes)
		columns = "place,pid,name,adj,points,margin,dies,frees,sure,decided_by";
	if (o->listing.view.mode == LIST_JSON && !o->n_changes)
		columns = "decided_by,place,pid,tgid,user,name,adj,points,margin,next,dies,"
			  "kill_set,frees,sure,doubt,rivals";
	st = output_set_columns(&o->listing, cx, a, &victim_columns, columns);
	if (st != ST_OK)
		return st;
	predict_text_decided_by(&c->s.machine, memcg_of(c), &effect);
	/* A setting that overrides the points comes first; the heading names it. */
	if (o->kernel && !effect)
		predict_text_warn_kernel(c, o->kernel, o->version);
	if (is_for_people && has_rows)
		predict_text_print_heading(cx->out, c, o->cgroup, o->kernel);
	else if (effect)
		msg_warn("%s", effect);
	if (o->kernel && effect) {
		fflush(cx->out);
		predict_text_warn_kernel(c, o->kernel, o->version);
	}
	if (has_rows || !is_for_people)
		print_list(&o->listing.view, c, now, was);
	if (is_for_people) {
		predict_text_print_notes(cx->out, now, !effect);
		if (now->n && now->n < o->kills)
			predict_text_print_end(cx->out, c);
		if (!o->cgroup && !o->n_changes && !o->kernel)
			predict_text_print_cgroups(cx->out, c);
	}
	return ST_OK;
}

static enum status predict(struct ctx *cx, struct args *args, struct predict_options *o,
			   struct candidates *a)
{
	struct predict_text_kills was = { .n = 0 }, now = { .n = 0 };
	struct candidate *copy = mem_alloc(a->p.n, sizeof(*copy));
	enum status st;

	if (o->kernel)
		mem_check(candidates_use_kernel(a, o->version));
	memcpy(copy, a->p.candidates, a->p.n * sizeof(*copy));
	was.p = now.p = a->p;
	now.p.candidates = copy;
	st = output_none(&o->listing, &victim_columns, assume_changes(o, a, &now.p));
	if (st == ST_OK) {
		candidates_finish(a, &now.p, o->kills);
		if (o->n_changes)
			candidates_finish(a, &was.p, o->kills);
		mem_check(predict_weigh(&now.p));
		predict_kills(a, &now, o->kills);
		if (o->n_changes)
			predict_kills(a, &was, o->kills);
		st = processes_forbid_privilege(cx);
	}
	if (st == ST_OK)
		st = print(cx, args, o, a, &was, &now);
	if (st == ST_OK && now.n == 0) {
		predict_text_report_none(a);
		st = ST_MISSED;
	}
	free(copy);
	free(now.choices);
	free(was.choices);
	return st;
}

static enum status run(struct ctx *cx, struct args *args, void *options)
{
	struct predict_options *o = options;
	enum status st;
	struct candidates a;

	if (!o->kills)
		o->kills = DEFAULT_KILLS;
	st = output_set_columns(&o->listing, cx, args, &victim_columns, "place");
	if (st == ST_OK)
		st = processes_scan_bpf(&o->scan, cx, PROCESSES_SCAN_EXACT);
	if (st != ST_OK)
		return st;
	st = output_none(&o->listing, &victim_columns,
			 predict_text_take(&a, o->cgroup, o->n_changes || o->kernel, o->scan.bpf));
	if (st == ST_OK)
		st = predict(cx, args, o, &a);
	if (st != ST_BROKEN && !o->cgroup)
		processes_say_hidden(&a.s);
	candidates_free(&a);
	return st;
}

const struct cmd cmd_predict = {
	.name = "predict",
	.synopsis = "[OPTION]...",
	.summary = "Predict which processes the OOM killer would choose",
	.opts = opts,
	.shared = { { &output_group, offsetof(struct predict_options, listing) },
		    { &processes_scan_group, offsetof(struct predict_options, scan) } },
	.list = &victim_columns,
	.options_size = sizeof(struct predict_options),
	.flags = CMD_OWN, /* kcmp(2) shows root which processes share memory */
	.run = run,
};
