/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prose: sentences for people, wrapped to 80 columns. */
#ifndef CMD_PROSE_H
#define CMD_PROSE_H

#include <stdio.h>

/* One paragraph. Its first line begins with lead, the others are indented as far; all of it is escaped (base/text.h). */
__attribute__((format(printf, 3, 4))) void prose_print(FILE *out, const char *lead, const char *fmt,
						       ...);

#endif
