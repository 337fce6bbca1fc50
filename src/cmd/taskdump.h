/* SPDX-License-Identifier: GPL-2.0-or-later */
/* taskdump: a list of processes as a kernel would print it into its log. */
#pragma once

#include "base/args.h"
#include "cmd/shared/task_table.h"

/* Whether the value of --format is "kernel" or "kernel=VERSION" of one that had a dump: 0, or -1 after saying what not. */
int taskdump_check(const struct args *a);

/*
 * Prints the rows that the kernel's dump would have, in the list's order and the layout that format, checked before,
 * asks for.
 */
void taskdump_print(FILE *out, const char *format, bool no_headings, const struct tasklist *tl);
