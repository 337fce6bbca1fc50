/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules: shows the standing rules and what they match now; or checks files of rules. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/shared/output.h"
#include "cmd/shared/processes.h"
#include "cmd/standing/counts.h"
#include "cmd/standing/files.h"

struct rules_options {
	struct output_options listing;
	struct files_options files;
	struct scan_options scan;
	bool has_check;
};

static const struct opt opts[] = {
	OPT_FLAG(0, "check", "only check the rules, or those in FILEs, for errors",
		 struct rules_options, has_check),
	OPT_END,
};

/* A rule, and the processes that it concerns. */
struct rules_row {
	const char *file, *action, *enforce;
	int64_t line, adj, children;
	int64_t matches, decides, forked, differ, changed;
	char text[STANDING_TEXT_MAX];
};

static const struct column columns[] = {
	{ "file", NULL, COLUMN_PATH, list_get_text, offsetof(struct rules_row, file), 0,
	  "file of the rule" },
	{ "line", NULL, COLUMN_ID, list_get_number, offsetof(struct rules_row, line), 0,
	  "line in the file" },
	{ "action", NULL, COLUMN_TEXT, list_get_text, offsetof(struct rules_row, action), 0,
	  "adj, protect, never, or leave" },
	{ "adj", NULL, COLUMN_NUMBER, list_get_number, offsetof(struct rules_row, adj), 0,
	  "the adj that the rule gives to a match" },
	{ "children", NULL, COLUMN_NUMBER, list_get_number, offsetof(struct rules_row, children), 0,
	  "the adj that the rule gives to what a match forks" },
	{ "enforce", NULL, COLUMN_BOOL, list_get_text, offsetof(struct rules_row, enforce), 0,
	  "the rule restores its adj if something else changes it" },
	{ "matches", NULL, COLUMN_NUMBER, list_get_number, offsetof(struct rules_row, matches), 0,
	  "processes that match the rule" },
	{ "decides", NULL, COLUMN_NUMBER, list_get_number, offsetof(struct rules_row, decides), 0,
	  "matching processes that no later rule matches" },
	{ "forked", NULL, COLUMN_NUMBER, list_get_number, offsetof(struct rules_row, forked), 0,
	  "processes that get the adj of children" },
	{ "differ", NULL, COLUMN_NUMBER, list_get_number, offsetof(struct rules_row, differ), 0,
	  "decided or forked processes that the rules would change" },
	{ "changed", NULL, COLUMN_NUMBER, list_get_number, offsetof(struct rules_row, changed), 0,
	  "decided or forked processes that something else changed later" },
	{ "rule", NULL, COLUMN_CUT, list_get_chars, offsetof(struct rules_row, text), 0,
	  "the rule" },
};

/* Rules that match nothing are dim, those that would change something stand out. */
static const char *tint(const void *row)
{
	const struct rules_row *r = row;

	return r->differ ? LIST_TINT_WARN : r->matches ? NULL : LIST_TINT_DIM;
}

static const struct list rules_list = {
	.name = "rules",
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.row_size = sizeof(struct rules_row),
	.tint = tint,
};

static void fill_rows(const struct rule_files *r, struct rules_row *rows)
{
	static const char *const actions[] = {
		[STANDING_ADJ] = "adj",
		[STANDING_PROTECT] = "protect",
		[STANDING_NEVER] = "never",
		[STANDING_LEAVE] = "leave",
	};

	for (size_t i = 0; i < r->set.n; i++) {
		const struct standing_rule *s = &r->set.rules[i].rule;

		rows[i] = (struct rules_row){
			.file = r->files[s->file].path,
			.action = actions[s->action],
			.line = s->line,
			.adj = standing_has_value(s, false) ? s->adj : LIST_UNKNOWN,
			.children = s->has_children ? s->children : LIST_UNKNOWN,
			.enforce = s->is_enforced ? "yes" : "no",
		};
		standing_format(s, rows[i].text, sizeof(rows[i].text));
	}
}

/* As counts_read(). */
static enum status fill_counts(const struct ctx *cx, struct rules_options *o,
			       const struct rule_files *r, struct rules_row *rows)
{
	struct counts *counts = mem_alloc(r->set.n, sizeof(*counts));
	struct counts_missing missing;
	enum status st = counts_read(cx, &o->scan, r, counts, &missing);

	for (size_t i = 0; i < r->set.n; i++) {
		rows[i].matches = (int64_t)counts[i].matches;
		rows[i].decides = (int64_t)counts[i].decides;
		rows[i].forked = (int64_t)counts[i].forked;
		rows[i].differ = (int64_t)counts[i].differ;
		rows[i].changed = (int64_t)counts[i].changed;
	}
	free(counts);
	return st;
}

static enum status show(struct ctx *cx, const struct args *a, struct rules_options *o)
{
	struct list list = rules_list;
	struct rule_files r;
	struct rules_row *rows;
	enum status st = output_set_columns(&o->listing, cx, a, &list,
					    "file,line,matches,decides,forked,differ,changed,rule");
	enum status loaded;

	if (st != ST_OK)
		return st;
	loaded = files_load(&o->files, &r);
	if (loaded == ST_BROKEN)
		return loaded;
	rows = mem_alloc(r.set.n, sizeof(*rows));
	fill_rows(&r, rows);
	if (r.set.n)
		st = fill_counts(cx, o, &r, rows);
	if (st == ST_OK)
		st = processes_forbid_privilege(cx);
	list.rows = rows;
	list.n_rows = r.set.n;
	if (st == ST_OK && (r.set.n || o->listing.view.mode == LIST_JSON))
		list_print(&o->listing.view, &list);
	else if (st == ST_OK && loaded == ST_OK)
		msg_warn("there are no rules");
	free(rows);
	rule_files_free(&r);
	return status_worse(st, loaded);
}

/* A FILE that was read. */
struct rules_draft {
	char *text;
	size_t len;
};

/* ST_OK, or ST_USAGE after an error message; then text is NULL. */
static enum status read_draft(const char *path, struct rules_draft *d)
{
	const char *why = NULL;
	int err = mem_check(rule_files_read(path, &d->text, &d->len, &why));

	if (err)
		msg_error("%s: %s", path,
			  why              ? why
			  : err == -ENODEV ? "there is no /proc here"
					   : strerror(-err));
	return err ? ST_USAGE : ST_OK;
}

/* Any user can have written the FILEs: they are parsed without root's privileges. */
static enum status add_drafts(const struct ctx *cx, const struct args *a, struct rule_files *r)
{
	struct rules_draft *drafts = mem_alloc(a->n_operands, sizeof(*drafts));
	enum status st = ST_OK;
	int err = 0;

	for (size_t i = 0; i < a->n_operands; i++)
		st = status_worse(st, read_draft(a->operands[i], &drafts[i]));
	if (privilege_become_nobody(cx->privilege) == -ENOTRECOVERABLE) {
		msg_error("cannot drop capabilities");
		exit(ST_BROKEN);
	}
	for (size_t i = 0; !err && i < a->n_operands; i++)
		if (drafts[i].text)
			err = mem_check(
				rule_files_add(r, a->operands[i], drafts[i].text, drafts[i].len));
	free(drafts);
	if (err)
		msg_error("cannot look up a user: %s", strerror(-err));
	return status_worse(status_worse(st, files_say_problems(r)), err ? ST_BROKEN : ST_OK);
}

/* What a rule without an error may do that its author did not think of. */
static void say_hints(const struct rule_files *r)
{
	char place[FILES_PLACE_MAX];

	for (size_t i = 0; i < r->set.n; i++) {
		const struct match_rule *m = &r->set.rules[i];

		if (((standing_has_value(&m->rule, false) && m->rule.adj < 0) ||
		     (m->rule.has_children && m->rule.children < 0)) &&
		    match_is_open(m))
			msg_warn("%s: any user can start a process that gets a negative adj; add a "
				 "condition user, or a unit or cgroup without such processes",
				 files_place(r, i, place, sizeof(place)));
	}
}

static enum status check(struct ctx *cx, const struct args *a, const struct rules_options *o)
{
	struct rule_files r = { .n_files = 0 };
	enum status st;

	if (a->n_operands && o->files.n_dirs)
		return args_error(a, "--dir and FILE are mutually exclusive");
	st = a->n_operands ? add_drafts(cx, a, &r) : files_load(&o->files, &r);
	say_hints(&r);
	if (st == ST_OK && msg_verbosity >= 0)
		fprintf(cx->out, "no errors, %zu %s\n", r.set.n, r.set.n == 1 ? "rule" : "rules");
	rule_files_free(&r);
	return st;
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct rules_options *o = options;
	enum status st;

	if (o->has_check &&
	    (o->listing.has_json || o->listing.has_raw || o->listing.output || o->listing.has_all))
		return args_error(a, "--check prints no list");
	if (!o->has_check && a->n_operands)
		return args_error(a, "FILE needs --check");
	st = files_check_dirs(&o->files);
	if (st != ST_OK)
		return st;
	return o->has_check ? check(cx, a, o) : show(cx, a, o);
}

const struct cmd cmd_rules = {
	.name = "rules",
	.synopsis = "[OPTION]... [FILE]...",
	.summary = "Show the standing rules and what they match",
	.opts = opts,
	.shared = { { &output_group, offsetof(struct rules_options, listing) },
		    { &files_group, offsetof(struct rules_options, files) },
		    { &processes_scan_group, offsetof(struct rules_options, scan) } },
	.list = &rules_list,
	.options_size = sizeof(struct rules_options),
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_OWN, /* root can see the executables of all users */
	.run = run,
};
