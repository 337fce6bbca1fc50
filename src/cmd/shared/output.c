/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output: the options for how a list is shown, the same for every command with one. */
#include "cmd/shared/output.h"

#include <string.h>

#include "base/msg.h"

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
	OPT_STRING('o', "output", "LIST", "the columns to show; +LIST adds some, 'help' lists all",
		   struct output_options, output),
	OPT_FLAG(0, "output-all", "show all columns", struct output_options, has_all),
	OPT_FLAG(0, "noheadings", "leave out the headings", struct output_options,
		 view.no_headings),
	OPT_CALL('r', "raw", NULL, "words between single blanks, sizes in bytes", take_mode),
	OPT_CALL('J', "json", NULL, "JSON", take_mode),
	OPT_FLAG('b', "bytes", "sizes in bytes", struct output_options, view.in_bytes),
	OPT_END,
};

const struct cmd_group output_group = { .rows = rows };

static enum status bad_column(const struct args *a, const struct list *l, const char *bad)
{
	char names[1024];
	size_t at = 0;

	for (size_t i = 0; i < l->n_columns && at < sizeof(names); i++)
		at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s", i ? ", " : "",
				       l->columns[i].name);
	args_error(a, "unknown column '%.*s'", (int)strcspn(bad, ","), bad);
	msg_error("columns: %s", names);
	return ST_USAGE;
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
		return args_error(a, "--raw and --json exclude each other");
	if (ls->has_all) {
		v->n_columns = l->n_columns;
		for (size_t i = 0; i < l->n_columns; i++)
			v->columns[i] = i;
		v->width = 0;
		return ST_OK;
	}
	if (list_set_columns(v, l, defaults, &bad) ||
	    (ls->output && list_set_columns(v, l, ls->output, &bad)))
		return bad_column(a, l, bad);
	return ST_OK;
}

void output_print_columns(FILE *out, const struct list *l)
{
	for (size_t i = 0; i < l->n_columns; i++)
		fprintf(out, "%-14s  %-7s  %s\n", l->columns[i].name, list_unit(&l->columns[i]),
			l->columns[i].help);
}
