/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wrap: the width of text on a terminal, in its columns: wraps text, narrows a table. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "ui/list.h"

/* The width of a text without control characters. */
size_t wrap_width(const char *text);

/*
 * Writes the words of text and a newline, on lines of at most width columns. The first line already
 * has columns columns; the others are indented. A word longer than a line is broken after a
 * punctuation mark, or on a terminal anywhere but within an escape (\xNN).
 */
void wrap_wrap(FILE *out, const char *text, size_t columns, size_t indent, size_t width);

/*
 * Copies text to buf, cut to at most width columns, with an ellipsis at the end, or on the left if
 * keeps_end. Characters and escapes (\xNN) are kept or omitted as a whole.
 */
void wrap_cut(char *buf, size_t size, const char *text, size_t width, bool keeps_end);

/*
 * Narrows widths[0..n-1] until they fit into total with a blank between each two: always the widest
 * column that can be cut, the last of equal ones, down to a useful width. Whether they fit.
 */
bool wrap_columns(const struct column *const *columns, size_t *widths, size_t n, size_t total);

/* For columns that do not fit: narrows those that can be cut to a readable width. */
void wrap_wide_columns(const struct column *const *columns, size_t *widths, size_t n);

#define WRAP_PROSE_WIDTH 80

/* Call once at the start with the columns of the terminal; 0: not a terminal. */
void wrap_prose_fit(size_t columns);

/* How wide a line of text may be. */
size_t wrap_prose_width(void);

/* The columns of the terminal; SIZE_MAX: not a terminal, where a line of output is not broken. */
size_t wrap_line_width(void);

/* Prints one line, escaped; on a terminal it is wrapped, and the rest indented. */
__attribute__((format(printf, 2, 3))) void wrap_line_print(FILE *out, const char *fmt, ...);

/* Prints a paragraph behind lead, indented by its width, and escaped (base/text.h). */
__attribute__((format(printf, 3, 4))) void wrap_prose_print(FILE *out, const char *lead,
							    const char *fmt, ...);
