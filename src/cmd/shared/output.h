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

extern const struct opt output_opts[];

/* 1: key was one of output_opts and is taken. 0: it is none. */
int output_take(struct output_options *ls, const struct args *a, int key);

/*
 * Sets the columns: the defaults, names between commas, or what the options say. ST_USAGE after
 * naming an unknown column and listing those that exist.
 */
enum status output_set_columns(struct output_options *ls, const struct ctx *cx,
			       const struct args *a, const struct list *l, const char *defaults);

/* What "-o help" prints: name, unit and help of each column, one a line. */
void output_print_columns(FILE *out, const struct list *l);

/* Prints the list. ST_OK or ST_BROKEN. */
enum status output_print(const struct output_options *ls, const struct list *l);
