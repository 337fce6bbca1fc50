/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list: rows that are shown as a table, raw values, or JSON. One struct defines a column. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum column_kind {
	COLUMN_TEXT,    /* can contain any bytes; escaped when printed */
	COLUMN_CUT,     /* the same, can be cut to fit the terminal */
	COLUMN_PATH,    /* the same, cut on the left */
	COLUMN_PIDS,    /* space-separated PIDs, perhaps "and N more" behind them; can be cut in
			   tables; an array in JSON, [] if unknown */
	COLUMN_BOOL,    /* "yes" or "no"; true or false in JSON */
	COLUMN_ID,      /* a number that is an ID: sorted in ascending order */
	COLUMN_NUMBER,  /* an amount: sorted in descending order, as are all that follow */
	COLUMN_BYTES,   /* with a unit, or a plain number with -b, in raw and in JSON */
	COLUMN_POINTS,  /* badness: as COLUMN_BYTES in tables, in raw and in JSON num */
	COLUMN_PERCENT, /* in thousandths: "12.3%", a plain 12.3 in raw and in JSON */
	COLUMN_BAR,     /* in thousandths: a bar, whole percents in raw and in JSON */
};

#define CELL_TEXT_MAX 4096
#define LIST_UNKNOWN  INT64_MIN

struct list;
struct column;

/* The value of a row in a column: text or num, by the kind of the column. */
struct cell {
	const struct list *list;
	const struct column *column;
	const void *row;
	int64_t num;      /* LIST_UNKNOWN: '-', JSON null */
	int64_t bytes;    /* of COLUMN_POINTS: num as memory; LIST_UNKNOWN: it is no memory */
	const char *text; /* NULL: unknown; points into the row, to a constant, or to buf */
	char buf[CELL_TEXT_MAX];
};

struct column {
	const char *name;    /* as in -o and as JSON key; lower case */
	const char *heading; /* NULL: the name in upper case */
	enum column_kind kind;
	/*
	 * Sets num or text, which are unknown before, from the row and list->arg; reads nothing
	 * else.
	 */
	void (*get)(struct cell *c);
	size_t offset;      /* of a member, for get */
	unsigned int needs; /* bits for values that the owner of the rows must fill in before */
	const char *help;
};

/* "text", "pids", "boolean", "number", "bytes", "points" or "percent". */
const char *list_unit(const struct column *c);

/* Getters of the member at offset: int64_t, const char *, or char[] ("" is unknown). */
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
	const char *name;              /* of the JSON array */
	const char *decided_by;        /* a member of JSON after the array; NULL: none */
	const char *const *incomplete; /* names, the same, as an array; ends with NULL */
	const struct column *columns;
	size_t n_columns;
	const void *rows; /* an array */
	size_t n_rows, row_size;
	const size_t *order; /* indices of the rows as shown; NULL: unsorted */
	size_t most;         /* maximum number of rows shown; 0: all */
	const void *arg;     /* for the getters */
	/* The colour of a row, one of LIST_TINT_*; NULL: none. Can be NULL. */
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
	bool is_stream; /* JSON: an object a line, for lists without end */
	bool in_bytes;
	bool has_color;
	size_t width;  /* columns of the terminal; 0: not a terminal, nothing is cut */
	bool can_drop; /* omit the last columns if not all fit */
	size_t columns[LIST_MAX_COLUMNS]; /* indices into the list's columns */
	size_t n_columns;
};

/* How many rows are shown, and the nth of them. */
size_t list_count(const struct list *l);
const void *list_row(const struct list *l, size_t nth);

/* The index of a column by its name or heading in any case; -1: none. */
int list_find_column(const struct list *l, const char *name, size_t len);

/*
 * Sets the view's columns from a comma-separated list of names; with a leading "+" they are
 * appended. -EINVAL: *bad is the first name that is unknown or one too many; nothing is changed.
 */
int list_set_columns(struct list_view *v, const struct list *l, const char *names,
		     const char **bad);

/* The needs of all columns of the view. */
unsigned int list_needs(const struct list_view *v, const struct list *l);

/* Reads the cell of a row in a column, given by index. */
void list_get(const struct list *l, size_t column, const void *row, struct cell *c);

/*
 * Sorts the rows by a column, in the default order of its kind or by a leading '+' (ascending) or
 * '-' (descending). Unknown values sort last, equal rows keep their order. Returns l->n_rows
 * indices, which the caller frees. NULL: there is no such column.
 */
size_t *list_sort(const struct list *l, const char *key);

/* Prints; the last flush reports write errors. */
void list_print(const struct list_view *v, const struct list *l);

/* A cell as a table or raw output shows it, escaped; raw is one word. */
void list_format_cell(const struct list_view *v, const struct cell *c, char *buf, size_t size);
