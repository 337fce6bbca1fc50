/* SPDX-License-Identifier: GPL-2.0-or-later */
/* audit: checks whether the OOM configuration of this machine makes sense. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/text.h"
#include "cmd/audit/finding.h"
#include "cmd/shared/output.h"
#include "cmd/shared/processes.h"
#include "sys/audit/evidence.h"
#include "ui/wrap.h"

struct audit_options {
	struct output_options listing;
	uint32_t ignored; /* a bit for each check */
};

#define NAMES_MAX 512

/* The names of the checks that need one of the sources and are made, and NULL. */
static void find_names(uint32_t ignored, unsigned int sources,
		       const char *names[AUDIT_N_CHECKS + 1])
{
	size_t n = 0;

	for (unsigned int i = 0; i < AUDIT_N_CHECKS; i++)
		if (!(ignored & 1U << i) && audit_sources((enum audit_check)i) & sources)
			names[n++] = audit_name((enum audit_check)i);
	names[n] = NULL;
}

/* The same as text. Returns text. */
static const char *list_checks(uint32_t ignored, unsigned int sources, char text[NAMES_MAX])
{
	const char *names[AUDIT_N_CHECKS + 1];
	size_t len = 0;

	find_names(ignored, sources, names);
	*text = '\0';
	for (size_t i = 0; names[i]; i++)
		len += (size_t)snprintf(text + len, NAMES_MAX - len, "%s%s", i ? ", " : "",
					names[i]);
	return text;
}

/* The sources of which not all could be read. */
static unsigned int find_incomplete(const struct evidence *e)
{
	const struct audit_facts *f = &e->facts;
	unsigned int sources = 0;

	for (unsigned int i = 0; i < AUDIT_N_SOURCES; i++)
		sources |= e->failures[i].err ? 1U << i : 0;
	if (f->n_unseen)
		sources |= 1U << AUDIT_ALL_PROCESSES;
	if (e->lacks_own)
		sources |= 1U << AUDIT_PROCESSES;
	for (size_t i = 0; i < f->n_rules; i++)
		sources |= f->rules[i].n_unknown ? 1U << AUDIT_RULES : 0;
	if (e->n_silent)
		sources |= 1U << AUDIT_POLICIES;
	return sources;
}

static enum status ignore_one(struct audit_options *o, const struct args *a, const char *name,
			      size_t len)
{
	struct text_nearest n = { name, len, NULL, 0 };
	char names[NAMES_MAX], hint[NAMES_MAX + 16];
	struct args with_hint = *a;

	for (unsigned int i = 0; i < AUDIT_N_CHECKS; i++) {
		const char *known = audit_name((enum audit_check)i);

		if (strlen(known) == len && memcmp(known, name, len) == 0) {
			o->ignored |= 1U << i;
			return ST_OK;
		}
		text_nearest_try(&n, known);
	}
	snprintf(hint, sizeof(hint), "checks: %s", list_checks(0, ~0U, names));
	with_hint.hint = hint;
	return args_unknown(&with_hint, "check", &n);
}

static enum status take_ignore(void *target, const struct args *a)
{
	enum status st = ST_OK;

	for (const char *name = a->value; st == ST_OK; name++) {
		size_t len = strcspn(name, ",");

		st = ignore_one(target, a, name, len);
		name += len;
		if (!*name)
			break;
	}
	return st;
}

static const struct opt opts[] = {
	OPT_CALL(0, "ignore", "NAME", "skip these checks, separated by commas; see the manual",
		 take_ignore),
	OPT_END,
};

static const struct column columns[] = {
	{ "severity", NULL, COLUMN_TEXT, list_get_text, offsetof(struct finding, severity), 0,
	  "high, medium, or low" },
	{ "name", NULL, COLUMN_TEXT, list_get_text, offsetof(struct finding, name), 0,
	  "name of the check, for --ignore" },
	{ "subject", NULL, COLUMN_TEXT, list_get_text, offsetof(struct finding, subject), 0,
	  "process, cgroup, unit, setting, or rule" },
	{ "reason", NULL, COLUMN_CUT, list_get_text, offsetof(struct finding, reason), 0,
	  "what is wrong with it" },
	{ "fix", NULL, COLUMN_CUT, list_get_text, offsetof(struct finding, fix), 0,
	  "command that fixes it" },
};

static const char *tint(const void *row)
{
	const struct finding *t = row;

	return strcmp(t->severity, "high") == 0  ? LIST_TINT_ALARM
	       : strcmp(t->severity, "low") == 0 ? LIST_TINT_DIM
						 : NULL;
}

static const struct list audit_list = {
	.name = "findings",
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.row_size = sizeof(struct finding),
	.tint = tint,
};

/* Reports what could not be checked. Returns the worst status. */
static enum status say_failures(const struct evidence *e, uint32_t ignored)
{
	static const char *const what[AUDIT_N_SOURCES] = {
		[AUDIT_PROCESSES] = "the processes",
		[AUDIT_ALL_PROCESSES] = "the processes",
		[AUDIT_CGROUPS] = "the memory cgroups",
		[AUDIT_UNITS] = "the units",
		[AUDIT_POLICIES] = "the policies of units",
		[AUDIT_SETTINGS] = "the settings",
		[AUDIT_RULES] = "the rules",
	};
	char names[NAMES_MAX];
	enum status st = ST_OK;

	for (unsigned int i = 0; i < AUDIT_N_SOURCES; i++) {
		if (!e->failures[i].err)
			continue;
		msg_error("not all of %s could be read: %s; these checks are incomplete: %s",
			  what[i], e->failures[i].why, list_checks(ignored, 1U << i, names));
		st = status_worse(st, status_of_error(e->failures[i].err, ST_BROKEN));
	}
	return st;
}

/* What is not known is no failure, but must not look like the absence of a finding. */
static void say_limits(const struct evidence *e, uint32_t ignored)
{
	const unsigned int processes = 1U << AUDIT_PROCESSES | 1U << AUDIT_ALL_PROCESSES;
	const struct audit_facts *f = &e->facts;
	unsigned int incomplete = find_incomplete(e);
	char names[NAMES_MAX], others[48] = "";

	list_checks(ignored, incomplete & processes, names);
	if (f->n_unseen)
		msg_warn("%zu more %s %s: only the others are checked%s%s", f->n_unseen,
			 f->n_unseen == 1 ? "process is" : "processes are",
			 e->s.scan.unseen_error ? "not readable" : "not visible here",
			 *names ? "; these checks are incomplete: " : "", names);
	if (e->n_silent > 1)
		snprintf(others, sizeof(others), " and %zu other%s", e->n_silent - 1,
			 e->n_silent == 2 ? "" : "s");
	if (e->n_silent)
		msg_warn("%s%s cannot be asked about units: %s; for these, this check is "
			 "incomplete: %s",
			 f->units[e->silent].name, others, e->silence.why,
			 list_checks(ignored, 1U << AUDIT_POLICIES, names));
	if (incomplete & 1U << AUDIT_RULES && !e->failures[AUDIT_RULES].err)
		msg_warn("some processes cannot be compared with all rules; these checks are "
			 "incomplete: %s",
			 list_checks(ignored, 1U << AUDIT_RULES, names));
}

#define INDENT 4

/* As paragraphs, because reasons are long. A command is one line, which can be copied. */
static void print_paragraphs(const struct ctx *cx, const struct finding *rows, size_t n)
{
	size_t width = cx->width ? cx->width : SIZE_MAX;
	char *text;

	for (size_t i = 0; i < n; i++) {
		const struct finding *t = &rows[i];
		const char *color = cx->has_color ? tint(t) : NULL;
		size_t size = 4 * (strlen(t->subject) + strlen(t->reason) + strlen(t->fix)) + 64;

		text = mem_alloc(size, 1);
		fprintf(cx->out, "%s%s%s%s %s\n", i ? "\n" : "", color ? color : "", t->severity,
			color ? LIST_TINT_END : "", t->name);
		fprintf(cx->out, "%*s", INDENT, "");
		text_escape(text, size, t->subject, strlen(t->subject), 0);
		snprintf(text + strlen(text), size - strlen(text), ": ");
		text_escape(text + strlen(text), size - strlen(text), t->reason, strlen(t->reason),
			    0);
		wrap_wrap(cx->out, text, INDENT, INDENT, width);
		text_escape(text, size, t->fix, strlen(t->fix), 0);
		fprintf(cx->out, "%*s%s\n", INDENT, "", text);
		free(text);
	}
}

static void print(const struct ctx *cx, const struct audit_options *o, struct list *list)
{
	const struct output_options *ls = &o->listing;

	if (ls->view.mode == LIST_TABLE && !ls->output && !ls->has_all)
		print_paragraphs(cx, list->rows, list->n_rows);
	else if (list->n_rows || ls->view.mode == LIST_JSON)
		list_print(&ls->view, list);
}

static int compare_rows(const void *va, const void *vb)
{
	const struct finding *a = va, *b = vb;
	int severity = (int)audit_severity(b->check) - (int)audit_severity(a->check);

	int order = severity ? severity : (int)a->check - (int)b->check;

	if (!order)
		order = strverscmp(a->subject, b->subject);
	return order ? order : strcmp(a->reason, b->reason);
}

/* The most severe ones first, then in the order of the checks and of their subjects. */
static void fill_rows(const struct audit_facts *f, const struct audit_findings *found,
		      struct finding *rows)
{
	for (size_t i = 0; i < found->n; i++)
		finding_describe(f, &found->list[i], &rows[i]);
	qsort(rows, found->n, sizeof(*rows), compare_rows);
}

static unsigned int find_sources(uint32_t ignored)
{
	unsigned int sources = 0;

	for (unsigned int i = 0; i < AUDIT_N_CHECKS; i++)
		if (!(ignored & 1U << i))
			sources |= audit_sources((enum audit_check)i);
	/* Whether a rule decides, and whether a unit declares, matters for processes too. */
	if (sources & 1U << AUDIT_PROCESSES)
		sources |= 1U << AUDIT_RULES | 1U << AUDIT_UNITS;
	return sources;
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct audit_options *o = options;
	const char *incomplete[AUDIT_N_CHECKS + 1];
	struct list list = audit_list;
	struct audit_findings found;
	struct finding *rows;
	struct evidence e;
	enum status st =
		output_set_columns(&o->listing, cx, a, &list, "severity,name,subject,reason,fix");
	int err;

	if (st != ST_OK)
		return st;
	err = evidence_read(&e, cx->privilege, find_sources(o->ignored));
	if (err) {
		evidence_free(&e);
		return processes_say_unreadable(err);
	}
	st = processes_forbid_privilege(cx);
	if (st != ST_OK) {
		evidence_free(&e);
		return st;
	}
	mem_check(audit_run(&e.facts, o->ignored, &found));
	list.rows = rows = mem_alloc(found.n, sizeof(*rows));
	list.n_rows = found.n;
	fill_rows(&e.facts, &found, rows);
	find_names(o->ignored, find_incomplete(&e), incomplete);
	list.incomplete = incomplete;
	print(cx, o, &list);
	st = status_worse(list.n_rows ? ST_MISSED : ST_OK, say_failures(&e, o->ignored));
	say_limits(&e, o->ignored);
	for (size_t i = 0; i < list.n_rows; i++)
		finding_free(&rows[i]);
	free(rows);
	audit_free(&found);
	evidence_free(&e);
	return st;
}

const struct cmd cmd_audit = {
	.name = "audit",
	.synopsis = "[OPTION]...",
	.summary = "Check whether the OOM configuration makes sense",
	.opts = opts,
	.shared = { { &output_group, offsetof(struct audit_options, listing) } },
	.list = &audit_list,
	.options_size = sizeof(struct audit_options),
	.flags = CMD_OWN, /* root can see the executables of all users, for rules */
	.run = run,
};
