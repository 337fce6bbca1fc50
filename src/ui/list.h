/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list: a list of rows with typed cells, shown as a table, as raw words or as JSON. A command says
 * what a cell is; how it looks in each of the three is decided here alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum cell_kind {
	CELL_UNKNOWN, /* '-', JSON null */
	CELL_NUMBER,  /* num */
	CELL_BYTES,   /* num: human units, or a plain number with -b, raw and JSON */
	CELL_PERCENT, /* num thousandths of a whole: "12.3%", a plain 12.3 in raw and JSON */
	CELL_BAR,     /* num thousandths of a whole: a bar, whole percents in raw and JSON */
	CELL_TEXT,    /* text: bytes of anybody's, escaped here */
};

#define CELL_TEXT_MAX 4096

struct cell {
	enum cell_kind kind;
	int64_t num;
	char text[CELL_TEXT_MAX];
};

enum column_flags {
	COLUMN_RIGHT = 1, /* flush right */
	COLUMN_TRUNC = 2, /* may be cut to fit the terminal */
	COLUMN_RISES = 4, /* sorted from small to large: a number that is a name */
};

/* Select Graphic Rendition, ECMA-48. */
#define LIST_TINT_ALARM "\033[1;31m"
#define LIST_TINT_WARN  "\033[33m"
#define LIST_TINT_GOOD  "\033[32m"
#define LIST_TINT_DIM   "\033[2m"
#define LIST_TINT_END   "\033[0m"

struct column {
	const char *name;    /* as in -o and as JSON key; lower case */
	const char *heading; /* NULL: the name in upper case */
	unsigned int flags;
	const char *help;
};

struct list {
	const char *name; /* of the JSON array */
	const struct column *columns;
	size_t n_columns, n_rows;
	const size_t *order; /* which row is shown first, second...; NULL: as they are */
	size_t most;         /* the most rows that are shown; 0: all */
	const void *arg;
	/* Fills cell, whose kind is CELL_UNKNOWN before. */
	void (*cell)(const void *arg, size_t row, size_t column, struct cell *cell);
	/* The colour of a row, one of VIEW_TINT_*, or NULL for none. May be NULL. */
	const char *(*tint)(const void *arg, size_t row);
};

enum list_mode {
	LIST_TABLE,
	LIST_RAW,
	LIST_JSON,
};

#define LIST_MAX_COLUMNS 64

struct list_view {
	FILE *out;
	enum list_mode mode;
	bool no_headings;
	bool in_bytes;
	bool has_color;
	size_t width; /* columns of the terminal; 0: no terminal, nothing is cut */
	size_t columns[LIST_MAX_COLUMNS]; /* indices into the list's columns */
	size_t n_columns;
};

/* How many rows are shown, and which is the nth of them. */
size_t list_count(const struct list *l);
size_t list_row(const struct list *l, size_t nth);

/* The index of a column by its name in any case; -1: none. */
int list_find_column(const struct list *l, const char *name, size_t len);

/* Whether the view shows the column of that name. */
bool list_has_column(const struct list_view *v, const struct list *l, const char *name);

/*
 * Sets the view's columns from a list of names between commas; with "+" in front they are appended
 * to those that are set. -EINVAL: *bad is where the unknown or one too many name begins, and
 * nothing is changed.
 */
int list_set_columns(struct list_view *v, const struct list *l, const char *names,
		     const char **bad);

/* Prints. 0 or a negative errno; write errors are found by the last flush. */
int list_print(const struct list_view *v, const struct list *l);

/* A cell as the text of a table or of raw output, without escapes. */
void list_format_cell(const struct list_view *v, const struct cell *c, char *buf, size_t size);
