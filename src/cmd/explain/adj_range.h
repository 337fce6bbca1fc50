/* SPDX-License-Identifier: GPL-2.0-or-later */
/* adj_range: the adj with which a process would be killed first, last or never. */
#pragma once

#include <stdio.h>

#include "oom/predict/predict.h"

/*
 * Prints it for the nth, which is killable. p: weighed, and revealed for the nth. Sharers of its
 * memory are excluded: they always have its adj, and die with it.
 */
void adj_range_print(FILE *out, const struct predict *p, size_t nth);
