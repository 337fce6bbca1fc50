/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wrap: how wide the columns of a table may be on a terminal. Pure; widths are in columns of the
 * terminal.
 */
#pragma once

#include <stdio.h>

#include "ui/list.h"

/* Columns of the terminal that a text without control characters takes. */
size_t wrap_width(const char *text);

/*
 * Writes the words of text and a newline, on lines of at most width columns: those behind the first
 * are indented, and the first has columns that were written before. A word that fits no line is
 * broken behind one of its marks.
 */
void wrap_wrap(FILE *out, const char *text, size_t columns, size_t indent, size_t width);

/* Cuts a text to at most width columns of the terminal, between two characters. */
void wrap_cut(char *text, size_t width);

/*
 * Narrows widths[0..n-1] until they and a blank between each two fit into total: of those columns
 * that may be cut always the widest, down to as much as is still of use. Where that is not enough
 * the rest stays too wide.
 */
void wrap_columns(const struct column *const *columns, size_t *widths, size_t n, size_t total);

#define WRAP_PROSE_WIDTH 80

/* Once at the start: the columns of the terminal, 0: there is none. */
void wrap_prose_fit(size_t columns);

/* Columns that a line of text may have. */
size_t wrap_prose_width(void);

/*
 * One paragraph. Its first line begins with lead, the others are indented as far; all of it is
 * escaped (base/text.h).
 */
__attribute__((format(printf, 3, 4))) void wrap_prose_print(FILE *out, const char *lead,
							    const char *fmt, ...);
