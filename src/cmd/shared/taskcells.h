/* SPDX-License-Identifier: GPL-2.0-or-later */
/* taskcells: the columns of a list of processes, and what stands in each. */
#pragma once

#include "cmd/shared/task_table.h"

/* For struct list; arg is the tasklist, whose names of users it looks up. */
void taskcells_fill(const void *arg, size_t row, size_t column, struct cell *c);
