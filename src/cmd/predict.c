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
#include "cmd/predict/victims.h"
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
	int64_t adj = 0, pid;

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

static bool is_for_people(const struct predict_options *o)
{
	return o->listing.view.mode == LIST_TABLE && !o->listing.view.no_headings;
}

static enum status set_columns(struct ctx *cx, struct args *a, struct predict_options *o)
{
	const char *columns =
		o->n_changes ? "place,pid,name,points,sure,was_pid,was_name,was_points,was_sure"
			     : "place,pid,name,adj,points,margin,dies,frees,sure";

	if (o->listing.view.mode == LIST_RAW && !o->n_changes)
		columns = "place,pid,name,adj,points,margin,dies,frees,sure,decided_by";
	if (o->listing.view.mode == LIST_JSON && !o->n_changes)
		columns = "decided_by,place,pid,tgid,user,name,adj,points,margin,next,dies,"
			  "kill_set,frees,sure,doubt,rivals,unit,oom_policy,unit_effect,restart,"
			  "restarted,other_units";
	return output_set_columns(&o->listing, cx, a, &victims_columns, columns);
}

/* Asks for the units of all processes that are killed, if they are shown. */
static void find_units(struct unit_effects *u, const struct predict_options *o,
		       const struct candidates *a, struct predict_text_kills *k)
{
	unsigned int needs = list_needs(&o->listing.view, &victims_columns);
	const struct candidate *all = k->p.candidates;

	if (u->is_off || (!is_for_people(o) && !(needs & VICTIMS_NEEDS_UNIT)))
		return;
	k->units = mem_alloc(k->n, sizeof(*k->units));
	for (size_t i = 0; i < k->n; i++) {
		size_t victim = k->choices[i].victim;

		unit_effects_add(u, a->s.proc, all[victim].task.pid, &k->units[i]);
		for (size_t j = 0; k->choices[i].n_killed > 1 && j < k->p.n; j++)
			if (all[j].dies_in == (uint32_t)i + 1 && j != victim)
				unit_effects_add(u, a->s.proc, all[j].task.pid, &k->units[i]);
	}
}

static void print(struct ctx *cx, struct predict_options *o, struct candidates *c,
		  const struct predict_text_kills *was, const struct predict_text_kills *now)
{
	bool has_rows = now->n || was->n, has_text = is_for_people(o);
	const char *effect;

	predict_text_decided_by(&c->s.machine, c->is_cgroup ? &c->memcg : NULL, &effect);
	/* A setting that overrides the points comes first; the heading names it. */
	if (o->kernel && !effect)
		predict_text_warn_kernel(c, o->kernel, o->version);
	if (has_text && has_rows)
		predict_text_print_heading(cx->out, c, o->cgroup, o->kernel);
	else if (effect)
		msg_warn("%s", effect);
	if (o->kernel && effect) {
		fflush(cx->out);
		predict_text_warn_kernel(c, o->kernel, o->version);
	}
	if (has_rows || !has_text)
		victims_print(&o->listing.view, c, now, was);
	if (has_text) {
		predict_text_print_notes(cx->out, now, !effect);
		if (now->n && now->n < o->kills)
			predict_text_print_end(cx->out, c);
		if (!o->cgroup && !o->n_changes && !o->kernel)
			predict_text_print_cgroups(cx->out, c);
	}
}

static enum status predict(struct ctx *cx, struct args *args, struct predict_options *o,
			   struct candidates *a)
{
	struct predict_text_kills was = { .n = 0 }, now = { .n = 0 };
	struct candidate *copy = mem_alloc(a->p.n, sizeof(*copy));
	struct unit_effects units;
	enum status st;

	unit_effects_begin(&units, cx->privilege, &a->tree);

	if (o->kernel)
		mem_check(candidates_use_kernel(a, o->version));
	memcpy(copy, a->p.candidates, a->p.n * sizeof(*copy));
	was.p = now.p = a->p;
	now.p.candidates = copy;
	st = output_none(&o->listing, &victims_columns, assume_changes(o, a, &now.p));
	if (st == ST_OK) {
		candidates_finish(a, &now.p, o->kills);
		if (o->n_changes)
			candidates_finish(a, &was.p, o->kills);
		mem_check(predict_weigh(&now.p));
		predict_kills(a, &now, o->kills);
		if (o->n_changes)
			predict_kills(a, &was, o->kills);
		st = set_columns(cx, args, o);
	}
	if (st == ST_OK) {
		find_units(&units, o, a, &now);
		st = processes_forbid_privilege(cx);
	}
	if (st == ST_OK)
		print(cx, o, a, &was, &now);
	if (st == ST_OK && now.n == 0) {
		predict_text_report_none(a);
		st = ST_MISSED;
	}
	unit_effects_end(&units);
	free(copy);
	for (size_t i = 0; now.units && i < now.n; i++)
		free(now.units[i].list);
	free(now.units);
	free(now.choices);
	free(was.choices);
	return st;
}

static enum status run(struct ctx *cx, struct args *args, void *options)
{
	struct predict_options *o = options;
	bool is_changed = o->n_changes || o->kernel;
	enum status st;
	struct candidates a;

	if (!o->kills)
		o->kills = DEFAULT_KILLS;
	st = output_set_columns(&o->listing, cx, args, &victims_columns, "place");
	if (st == ST_OK)
		st = processes_scan_bpf(&o->scan, cx, PROCESSES_SCAN_EXACT);
	if (st != ST_OK)
		return st;
	st = output_none(&o->listing, &victims_columns,
			 predict_text_take(&a, o->cgroup, is_changed, is_changed ? 0 : o->kills,
					   o->scan.bpf));
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
	.list = &victims_columns,
	.options_size = sizeof(struct predict_options),
	.flags = CMD_OWN, /* kcmp(2) shows root which processes share memory */
	.run = run,
};
