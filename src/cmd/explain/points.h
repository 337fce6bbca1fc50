/* SPDX-License-Identifier: GPL-2.0-or-later */
/* points: how the kernel comes to a process's points, a line a step. */
#pragma once

#include <stdio.h>

#include "sys/predict/candidates.h"

/* The arithmetic of the nth, from its pages to its points and, for the machine, its score. */
void points_print(FILE *out, const struct candidates *a, size_t nth);

/* What one unit of adj is worth, in pages; a fraction of 0 is 0, as the kernel has it. */
int64_t points_unit_pages(const struct predict *p);
