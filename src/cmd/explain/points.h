/* SPDX-License-Identifier: GPL-2.0-or-later */
/* points: how the kernel computes the points of a process, a line a step. */
#pragma once

#include <stdio.h>

#include "sys/predict/candidates.h"

/* Prints the computation of the nth, from its pages to its points and its score. */
void points_print(FILE *out, const struct candidates *a, size_t nth);

/* The pages that one unit of adj counts, rounded down as the kernel does. */
int64_t points_unit_pages(const struct predict *p);
