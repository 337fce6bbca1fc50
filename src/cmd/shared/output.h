/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output: the options of all commands that print a list. */
#pragma once

#include "cmd/cmd.h"
#include "ui/list.h"

struct output_options {
	struct list_view view;
	const char *output; /* of -o; NULL: the default columns */
	bool has_all;       /* --output-all */
	bool has_raw, has_json;
};

extern const struct cmd_group output_group;

/* Sets the columns: those of -o, or defaults (comma-separated). ST_USAGE after an error message. */
enum status output_set_columns(struct output_options *ls, const struct ctx *cx,
			       const struct args *a, const struct list *l, const char *defaults);

/* In JSON, prints an empty array if st is ST_MISSED and nothing was printed. Returns st. */
enum status output_none(const struct output_options *ls, const struct list *l, enum status st);

/* Reports an unknown column, with the nearest name; returns ST_USAGE. */
enum status output_unknown_column(const struct args *a, const struct list *l, const char *name,
				  size_t len);

/* What "-o help" prints: name, unit, and help of each column. */
void output_print_columns(FILE *out, const struct list *l);
