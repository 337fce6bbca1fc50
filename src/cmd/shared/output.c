/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output: the options for how a list is shown, the same for every command with one. */
#include "cmd/shared/output.h"

#include <string.h>

#include "base/msg.h"

enum { OPT_OUTPUT_ALL = OPT_LONG + 120, OPT_NOHEADINGS };

const struct opt output_opts[] = {
	{ 'o', "output", "LIST", "the columns to show; +LIST adds some, 'help' lists all" },
	{ OPT_OUTPUT_ALL, "output-all", NULL, "show all columns" },
	{ OPT_NOHEADINGS, "noheadings", NULL, "leave out the headings" },
	{ 'r', "raw", NULL, "words between single blanks, sizes in bytes" },
	{ 'J', "json", NULL, "JSON" },
	{ 'b', "bytes", NULL, "sizes in bytes" },
	{ 0, NULL, NULL, NULL },
};

int output_take(struct output_options *ls, const struct args *a, int key)
{
	switch (key) {
	case 'o':
		ls->output = a->value;
		return 1;
	case OPT_OUTPUT_ALL:
		ls->has_all = true;
		return 1;
	case OPT_NOHEADINGS:
		ls->view.no_headings = true;
		return 1;
	case 'r':
		ls->view.mode = LIST_RAW;
		ls->has_raw = true;
		return 1;
	case 'J':
		ls->view.mode = LIST_JSON;
		ls->has_json = true;
		return 1;
	case 'b':
		ls->view.in_bytes = true;
		return 1;
	default:
		return 0;
	}
}

static void name_columns(const struct list *l, char *buf, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < l->n_columns && at < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s%s", i ? ", " : "",
				       l->columns[i].name);
}

static enum status bad_column(const struct args *a, const struct list *l, const char *bad)
{
	char names[1024];

	name_columns(l, names, sizeof(names));
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
	if (list_set_columns(v, l, defaults, &bad))
		return bad_column(a, l, bad);
	if (ls->output && list_set_columns(v, l, ls->output, &bad))
		return bad_column(a, l, bad);
	return ST_OK;
}

void output_print_columns(FILE *out, const struct list *l)
{
	for (size_t i = 0; i < l->n_columns; i++)
		fprintf(out, "%-14s  %-7s  %s\n", l->columns[i].name, list_unit(&l->columns[i]),
			l->columns[i].help);
}

enum status output_print(const struct output_options *ls, const struct list *l)
{
	int err = list_print(&ls->view, l);

	if (err == 0 || ferror(ls->view.out))
		return ST_OK; /* main reports what could not be written */
	msg_error("cannot print: %s", strerror(-err));
	return ST_BROKEN;
}
