/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wrap: the width of text on a terminal, in its columns: wraps text, narrows a table. */
#pragma once

#include <stdio.h>

#include "ui/list.h"

/* The width of a text without control characters. */
size_t wrap_width(const char *text);

/*
 * Writes the words of text and a newline, on lines of at most width columns. On the first line so
 * many columns were written before; the others are indented. A word longer than a line is broken
 * after one of its marks.
 */
void wrap_wrap(FILE *out, const char *text, size_t columns, size_t indent, size_t width);

/* Cuts a text to at most width columns, between two characters. */
void wrap_cut(char *text, size_t width);

/*
 * Narrows widths[0..n-1] until they fit into total with a blank between each two: always the widest
 * column that may be cut, the last of equal ones, as long as it is useful. If that is not enough,
 * they stay too wide.
 */
void wrap_columns(const struct column *const *columns, size_t *widths, size_t n, size_t total);

#define WRAP_PROSE_WIDTH 80

/* To be called once at the start: the columns of the terminal, 0: there is none. */
void wrap_prose_fit(size_t columns);

/* How wide a line of text may be. */
size_t wrap_prose_width(void);

/* Prints a paragraph behind lead, indented by its width, and escaped (base/text.h). */
__attribute__((format(printf, 3, 4))) void wrap_prose_print(FILE *out, const char *lead,
							    const char *fmt, ...);
