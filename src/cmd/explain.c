/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain: why processes have their rank, and what would change it. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/explain/deciding.h"
#include "cmd/explain/json.h"
#include "cmd/explain/text.h"
#include "cmd/predict/text.h"
#include "cmd/shared/processes.h"
#include "cmd/shared/unit_effects.h"
#include "ui/wrap.h"

struct explain_options {
	struct targets targets;
	struct scan_options scan;
	bool has_json;
};

static const struct opt opts[] = {
	OPT_FLAG('J', "json", "print JSON", struct explain_options, has_json),
	OPT_END,
};

/* What is known of a target besides its rank. */
struct explained {
	struct deciding_result rule;
	struct unit_effects_kills units;
};

static void print_process(struct ctx *cx, const struct process_rank *e, const char *decided_by,
			  bool has_json, const struct deciding *d, const struct explained *x)
{
	char text[UNIT_EFFECTS_TEXT], more[UNIT_EFFECTS_MORE];

	if (has_json) {
		explain_json_write(cx->out, e, decided_by, d, &x->rule, &x->units);
		return;
	}
	explain_text_print(cx->out, e);
	if (x->units.n)
		fputs("\nIf the kernel kills it:\n", cx->out);
	for (size_t i = 0; i < x->units.n && i < UNIT_EFFECTS_SHOWN; i++)
		wrap_prose_print(cx->out, "  ", "%s", unit_effects_format(&x->units.list[i], text));
	if (unit_effects_have_more(&x->units, more))
		wrap_prose_print(cx->out, "  ", "%s", more);
	deciding_print(cx->out, d, &x->rule);
}

/* Whether a kill of the nth candidate includes another one, after predict_reveal(). */
static bool is_killed_with(const struct candidates *a, size_t nth, size_t other)
{
	const struct candidate *c = &a->p.candidates[nth], *o = &a->p.candidates[other];

	if (other == nth || !predict_is_killable(o))
		return false;
	return (c->mm && o->mm == c->mm) || (c->group && o->group == c->group);
}

/* Asks for the units of all processes that the kill of a target includes. */
static void find_units(struct unit_effects *u, const struct candidates *a, size_t nth,
		       struct unit_effects_kills *k)
{
	const struct candidate *all = a->p.candidates;

	if (u->is_off || all[nth].task.unkillable != KILLABLE)
		return;
	unit_effects_add(u, a->s.proc, all[nth].task.pid, k);
	for (size_t i = 0; i < a->p.n; i++)
		if (is_killed_with(a, nth, i))
			unit_effects_add(u, a->s.proc, all[i].task.pid, k);
}

/* kcmp(2) and units need the caller's capabilities, so all targets are completed first. */
static enum status reveal(struct ctx *cx, struct candidates *a, const struct targets *t,
			  struct unit_effects *u, struct explained *explained)
{
	for (size_t i = 0; i < t->n; i++) {
		size_t at = predict_find(&a->p, t->list[i].pid);

		if (at != PREDICT_NONE)
			predict_reveal(&a->p, at);
		if (at != PREDICT_NONE)
			find_units(u, a, at, &explained[i].units);
	}
	mem_check(predict_weigh(&a->p));
	return processes_forbid_privilege(cx);
}

static enum status explain(struct ctx *cx, struct candidates *a, const struct explain_options *o,
			   const struct deciding *d, struct unit_effects *u,
			   struct explained *explained)
{
	const struct targets *t = &o->targets;
	enum status st = reveal(cx, a, t, u, explained);
	const char *effect, *separator = "";
	const char *decided_by = predict_text_decided_by(&a->s.machine, NULL, &effect);
	struct process_rank e;

	if (st != ST_OK)
		return st;
	if (effect && o->has_json)
		msg_warn("%s", effect);
	else if (effect)
		wrap_prose_print(cx->out, "", "%s.", effect);
	for (size_t i = 0; i < t->n; i++) {
		size_t at = predict_find(&a->p, t->list[i].pid);

		if ((at == PREDICT_NONE || a->p.candidates[at].is_gone) && t->list[i].is_named) {
			processes_report_missing(&a->s, t->list[i].pid);
			st = ST_MISSED;
		}
		if (at == PREDICT_NONE || a->p.candidates[at].is_gone)
			continue;
		process_rank_find(a, at, &e);
		origin_note_rule(&e.origin, &explained[i].rule.r);
		fputs(separator, cx->out);
		separator = o->has_json ? ",\n" : "\n";
		print_process(cx, &e, decided_by, o->has_json, d, &explained[i]);
	}
	return st;
}

/* Executables of other users need the caller's capabilities, so the rules come first. */
static enum status explain_with_rules(struct ctx *cx, struct candidates *a,
				      const struct explain_options *o)
{
	const struct targets *t = &o->targets;
	struct explained *explained = mem_alloc(t->n, sizeof(*explained));
	struct deciding d = { .pass = NULL };
	struct unit_effects units;
	enum status st;

	deciding_begin(&d, a->s.proc);
	unit_effects_begin(&units, cx->privilege, &a->tree);
	for (size_t i = 0; i < t->n; i++)
		deciding_find(&d, t->list[i].pid, &explained[i].rule);
	st = explain(cx, a, o, &d, &units, explained);
	for (size_t i = 0; i < t->n; i++) {
		free(explained[i].rule.overridden);
		free(explained[i].units.list);
	}
	free(explained);
	unit_effects_end(&units);
	deciding_end(&d);
	return st;
}

static enum status run(struct ctx *cx, struct args *args, void *options)
{
	struct explain_options *o = options;
	enum status st, explained = ST_OK;
	struct candidates a;

	if (!targets_are_given(&o->targets, args))
		return args_error(args, "explain: no process specified");
	st = processes_scan_bpf(&o->scan, cx, PROCESSES_SCAN_EXACT);
	if (st != ST_OK)
		return st;
	st = processes_targets(&o->targets, args, &o->scan);
	/* As get: if nothing was found, only programs get an empty array. */
	if (o->targets.n == 0) {
		if (o->has_json && st == ST_MISSED)
			fputs("{\"processes\":[\n]}\n", cx->out);
		return st;
	}
	explained = predict_text_take(&a, NULL, true, 0, o->scan.bpf);
	if (explained == ST_OK) {
		fputs(o->has_json ? "{\"processes\":[\n" : "", cx->out);
		explained = explain_with_rules(cx, &a, o);
		fputs(o->has_json ? "\n]}\n" : "", cx->out);
	}
	if (explained == ST_OK)
		processes_say_hidden(&a.s);
	candidates_free(&a);
	return status_worse(st, explained);
}

const struct cmd cmd_explain = {
	.name = "explain",
	.synopsis = "[OPTION]... TARGET...",
	.summary = "Explain the rank of processes, and what would change it",
	.opts = opts,
	.shared = { { &targets_group, offsetof(struct explain_options, targets) },
		    { &processes_scan_group, offsetof(struct explain_options, scan) } },
	.options_size = sizeof(struct explain_options),
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_OWN, /* kcmp(2) shows root which processes share memory */
	.run = run,
};
