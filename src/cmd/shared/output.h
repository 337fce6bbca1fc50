/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output: the options for how a list is shown, the same for every command with one. */
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

/* Sets the columns: defaults (names between commas), or those of -o. ST_USAGE, which is said. */
enum status output_set_columns(struct output_options *ls, const struct ctx *cx,
			       const struct args *a, const struct list *l, const char *defaults);

/* What "-o help" prints: name, unit and help of each column, one a line. */
void output_print_columns(FILE *out, const struct list *l);
