/* SPDX-License-Identifier: GPL-2.0-or-later */
/* origin: where the adj of a process may come from, as far as that can be seen. */
#ifndef CMD_ORIGIN_H
#define CMD_ORIGIN_H

#include <stdio.h>

#include "sys/arena.h"

void origin_print(FILE *out, const struct arena *a, size_t nth);

#endif
