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

/* kcmp(2) needs the caller's capabilities, so all targets are completed first. */
static enum status reveal(struct ctx *cx, struct candidates *a, const struct targets *t)
{
	for (size_t i = 0; i < t->n; i++) {
		size_t at = predict_find(&a->p, t->list[i].pid);

		if (at != PREDICT_NONE)
			predict_reveal(&a->p, at);
	}
	mem_check(predict_weigh(&a->p));
	return processes_forbid_privilege(cx);
}

/* What is known of a target besides its rank. */
struct explained {
	struct deciding_result rule;
	const struct unit_effects_unit *unit; /* NULL: none */
};

/* Whether a kill of the nth candidate kills the process with this PID. */
static bool kills(const struct candidates *a, size_t nth, pid_t pid)
{
	const struct candidate *all = a->p.candidates, *c = &all[nth];
	size_t other = predict_find(&a->p, pid);

	return other != PREDICT_NONE && (other == nth || (c->mm && all[other].mm == c->mm) ||
					 (c->group && all[other].group == c->group));
}

/* A kill of the nth candidate: whether the main process of its unit dies too. */
static enum unit_effect_main find_main(const struct candidates *a, size_t nth,
				       const struct unit_effects_unit *unit)
{
	if (kills(a, nth, unit->settings.main_pid))
		return MAIN_YES;
	return kills(a, nth, unit->settings.control_pid) ? MAIN_CONTROL : MAIN_NO;
}

static void print_process(struct ctx *cx, const struct process_rank *e, const char *decided_by,
			  bool has_json, const struct deciding *d, const struct explained *x)
{
	enum unit_effect_main main = x->unit ? find_main(e->a, e->nth, x->unit) : MAIN_NO;
	char text[UNIT_EFFECTS_TEXT];

	if (has_json) {
		explain_json_write(cx->out, e, decided_by, d, &x->rule, x->unit, main);
		return;
	}
	explain_text_print(cx->out, e);
	if (x->unit) {
		fputs("\nIf the kernel kills it:\n", cx->out);
		wrap_prose_print(cx->out, "  ", "%s", unit_effects_format(x->unit, main, text));
	}
	deciding_print(cx->out, d, &x->rule);
}

/* Asks for the units of the targets that can be killed. */
static void find_units(struct unit_effects *u, const struct candidates *a, const struct targets *t,
		       struct explained *explained)
{
	for (size_t i = 0; i < t->n; i++) {
		size_t at = predict_find(&a->p, t->list[i].pid);

		if (at != PREDICT_NONE && a->p.candidates[at].task.unkillable == KILLABLE)
			explained[i].unit = unit_effects_find_pid(u, a->s.proc, t->list[i].pid);
	}
}

static enum status explain(struct ctx *cx, struct candidates *a, const struct explain_options *o,
			   const struct deciding *d, const struct explained *explained)
{
	const struct targets *t = &o->targets;
	enum status st = reveal(cx, a, t);
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
	find_units(&units, a, t, explained);
	st = explain(cx, a, o, &d, explained);
	for (size_t i = 0; i < t->n; i++)
		free(explained[i].rule.overridden);
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
	st = processes_targets(&o->targets, args);
	/* As get: if nothing was found, only programs get an empty array. */
	if (o->targets.n == 0) {
		if (o->has_json && st == ST_MISSED)
			fputs("{\"processes\":[\n]}\n", cx->out);
		return st;
	}
	explained = predict_text_take(&a, NULL, true, o->scan.bpf);
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
