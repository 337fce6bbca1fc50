/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel_log: counts the kills in the kernel's ring buffer. */
#pragma once

#include "cmd/cmd.h"
#include "cmd/metrics/kill_counts.h"

/*
 * Adds to *c the kills from its position on, and moves the position. The log is parsed by a child
 * process without rights. If *c is of another boot, or empty, it begins anew. 0, or a negative
 * errno after an error message: then *c is unchanged.
 */
int kernel_log_count(const struct ctx *cx, struct kill_counts *c);
