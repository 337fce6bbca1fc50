/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output: the options of all commands that print a list. */
#include "cmd/shared/output.h"

#include <string.h>

#include "base/msg.h"
#include "ui/wrap.h"

#define HELP_COLUMN 25 /* of "-o help" */

static enum status take_mode(void *target, const struct args *a)
{
	struct output_options *o = target;
	bool is_raw = a->option->letter == 'r';

	o->view.mode = is_raw ? LIST_RAW : LIST_JSON;
	o->has_raw |= is_raw;
	o->has_json |= !is_raw;
	return ST_OK;
}

static const struct opt rows[] = {
	OPT_STRING('o', "output", "LIST", "columns to show; +LIST adds columns, 'help' lists them",
		   struct output_options, output),
	OPT_FLAG(0, "output-all", "show all columns", struct output_options, has_all),
	OPT_FLAG(0, "noheadings", "do not print headings", struct output_options, view.no_headings),
	OPT_CALL('r', "raw", NULL, "space-separated raw values, sizes in bytes", take_mode),
	OPT_CALL('J', "json", NULL, "print JSON", take_mode),
	OPT_FLAG('b', "bytes", "print sizes in bytes", struct output_options, view.in_bytes),
	OPT_END,
};

const struct cmd_group output_group = { .rows = rows };

enum status output_unknown_column(const struct args *a, const struct list *l, const char *name,
				  size_t len)
{
	struct text_nearest n = { name, len, NULL, 0 };
	struct args with_hint = *a;
	char hint[64];

	for (size_t i = 0; i < l->n_columns; i++)
		text_nearest_try(&n, l->columns[i].name);
	snprintf(hint, sizeof(hint), "'" PROGRAM_NAME " %s -o help' lists the columns", a->command);
	with_hint.hint = hint;
	return args_unknown(&with_hint, "column", &n);
}

enum status output_set_columns(struct output_options *ls, const struct ctx *cx,
			       const struct args *a, const struct list *l, const char *defaults)
{
	struct list_view *v = &ls->view;
	const char *bad;

	v->out = cx->out;
	v->has_color = cx->has_color;
	v->width = cx->width;
	if (ls->has_raw && ls->has_json)
		return args_error(a, "--raw and --json are mutually exclusive");
	v->can_drop = !ls->output && !ls->has_all;
	if (ls->has_all) {
		v->n_columns = l->n_columns;
		for (size_t i = 0; i < l->n_columns; i++)
			v->columns[i] = i;
		return ST_OK;
	}
	if (!list_set_columns(v, l, defaults, &bad) &&
	    (!ls->output || !list_set_columns(v, l, ls->output, &bad)))
		return ST_OK;
	if (list_find_column(l, bad, strcspn(bad, ",")) >= 0)
		return args_error(a, "at most %d columns are allowed", LIST_MAX_COLUMNS);
	return output_unknown_column(a, l, bad, strcspn(bad, ","));
}

enum status output_none(const struct output_options *ls, const struct list *l, enum status st)
{
	struct list none = *l;

	none.n_rows = 0;
	if (st == ST_MISSED && ls->view.mode == LIST_JSON)
		list_print(&ls->view, &none);
	return st;
}

void output_print_columns(FILE *out, const struct list *l)
{
	for (size_t i = 0; i < l->n_columns; i++) {
		fprintf(out, "%-14s  %-7s  ", l->columns[i].name, list_unit(&l->columns[i]));
		wrap_wrap(out, l->columns[i].help, HELP_COLUMN, HELP_COLUMN, wrap_line_width());
	}
}
