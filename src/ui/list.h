/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list: rows that are shown as a table, as raw words or as JSON. One struct defines a column. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum column_kind {
	COLUMN_TEXT,    /* may contain any bytes: they are escaped when they are printed */
	COLUMN_CUT,     /* the same, may be cut to fit the terminal */
	COLUMN_ID,      /* a number that is a name: sorted in ascending order */
	COLUMN_NUMBER,  /* an amount: sorted in descending order, like all that follow */
	COLUMN_BYTES,   /* with a unit, or a plain number with -b, in raw and in JSON */
	COLUMN_PERCENT, /* in thousandths: "12.3%", a plain 12.3 in raw and in JSON */
	COLUMN_BAR,     /* in thousandths: a bar, whole percents in raw and in JSON */
};

#define CELL_TEXT_MAX 4096
#define LIST_UNKNOWN  INT64_MIN

struct list;
struct column;

/* The value of a row in a column: text if the column's kind is one of text, else num. */
struct cell {
	const struct list *list;
	const struct column *column;
	const void *row;
	int64_t num;      /* LIST_UNKNOWN: '-', JSON null */
	const char *text; /* NULL: unknown; in the row, static, or in buf */
	char buf[CELL_TEXT_MAX];
};

struct column {
	const char *name;    /* as in -o and as JSON key; lower case */
	const char *heading; /* NULL: the name in upper case */
	enum column_kind kind;
	/* Sets num or text, unknown before, from the row and list->arg; reads nothing else. */
	void (*get)(struct cell *c);
	size_t offset;      /* of a member, for get */
	unsigned int needs; /* what the owner of the rows must have filled in: bits of its own */
	const char *help;
};

/* "text", "number", "bytes" or "percent". */
const char *list_unit(const struct column *c);

/* Getters of the member at offset: int64_t, const char *, and char[], where "" is unknown. */
void list_get_number(struct cell *c);
void list_get_text(struct cell *c);
void list_get_chars(struct cell *c);

/* Select Graphic Rendition, ECMA-48. */
#define LIST_TINT_ALARM "\033[1;31m"
#define LIST_TINT_WARN  "\033[33m"
#define LIST_TINT_GOOD  "\033[32m"
#define LIST_TINT_DIM   "\033[2m"
#define LIST_TINT_END   "\033[0m"

struct list {
	const char *name; /* of the JSON array */
	const struct column *columns;
	size_t n_columns;
	const void *rows; /* an array */
	size_t n_rows, row_size;
	const size_t *order; /* which row is shown first, second...; NULL: as they are */
	size_t most;         /* how many rows are shown at most; 0: all */
	const void *arg;     /* for the getters */
	/* The colour of a row, one of LIST_TINT_*, or NULL for none. May be NULL. */
	const char *(*tint)(const void *row);
};

enum list_mode {
	LIST_TABLE,
	LIST_RAW,
	LIST_JSON,
};

#define LIST_MAX_COLUMNS 64

/* How a list is shown. */
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

/* How many rows are shown, and the nth of them. */
size_t list_count(const struct list *l);
const void *list_row(const struct list *l, size_t nth);

/* The index of a column by its name in any case; -1: none. */
int list_find_column(const struct list *l, const char *name, size_t len);

/*
 * Sets the view's columns from a list of names between commas; with "+" in front they are appended
 * to those that are set. -EINVAL: *bad is where the unknown or one too many name begins, and
 * nothing is changed.
 */
int list_set_columns(struct list_view *v, const struct list *l, const char *names,
		     const char **bad);

/* The needs of all columns of the view. */
unsigned int list_needs(const struct list_view *v, const struct list *l);

/* Reads the cell of a row in a column, which is given by its index. */
void list_get(const struct list *l, size_t column, const void *row, struct cell *c);

/*
 * Sorts the rows by a column's name, in the order of its kind, or as '+' (ascending) or '-' in
 * front of the name says. Unknown values come last, equal rows stay in their order. Returns the
 * order of l->n_rows indices, the caller's to free. NULL: there is no such column.
 */
size_t *list_sort(const struct list *l, const char *key);

/* Prints; write errors are found by the last flush. */
void list_print(const struct list_view *v, const struct list *l);

/* A cell as a table or raw output shows it, escaped; raw is one word. */
void list_format_cell(const struct list_view *v, const struct cell *c, char *buf, size_t size);
