/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prose: sentences for people, wrapped to the terminal, and to 80 columns where it is wider or there is none. */
#pragma once

#include <stdio.h>

#define PROSE_WIDTH 80

/* Once at the start: the columns of the terminal, 0: there is none. */
void prose_fit(size_t columns);

/* Columns that a line of text may have. */
size_t prose_width(void);

/* One paragraph. Its first line begins with lead, the others are indented as far; all of it is escaped (base/text.h). */
__attribute__((format(printf, 3, 4))) void prose_print(FILE *out, const char *lead, const char *fmt,
						       ...);
