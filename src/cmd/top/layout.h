/* SPDX-License-Identifier: GPL-2.0-or-later */
/* layout: which columns and rows a terminal has room for. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum layout_column {
	LAYOUT_PLACE,
	LAYOUT_PID,
	LAYOUT_USER,
	LAYOUT_NAME,
	LAYOUT_ADJ,
	LAYOUT_POINTS,
	LAYOUT_RSS,
	LAYOUT_SWAP,
	LAYOUT_GROWTH,
	LAYOUT_UNIT,
	LAYOUT_N
};

/* The marks of a tag and of a move come first, then the columns, each with a blank before it. */
#define LAYOUT_MARKS 2

struct layout_columns {
	size_t widths[LAYOUT_N]; /* 0: not shown */
};

struct layout_heading {
	const char *heading, *name; /* name: in messages */
	bool is_number;             /* on the right */
};

extern const struct layout_heading layout_headings[LAYOUT_N];

/* The columns for so many columns of the terminal. */
void layout_columns(size_t width, bool has_swap, struct layout_columns *l);

struct layout_rows {
	size_t head;    /* at the top: memory, swap, victim, forecast */
	size_t list;    /* processes, below a heading; at least 1 */
	size_t kills;   /* the last kills */
	size_t message; /* the last of them has the keys, if there is no message */
};

/* Divides so many rows; kills and message: how many lines there are. */
void layout_rows(size_t rows, size_t head, size_t kills, size_t message, struct layout_rows *l);

/*
 * A bar of so many cells: used of total, with a mark. UTF-8 or ASCII. buf has 4 bytes for each
 * cell, and one more.
 */
void layout_bar(char *buf, size_t size, uint64_t used, uint64_t mark, uint64_t total, size_t cells,
		bool is_utf8);

#define LAYOUT_TIME_MAX 24

/* Seconds as "45 s", "12 min", "5 h" or "3 days". */
void layout_time(char buf[LAYOUT_TIME_MAX], double seconds);
