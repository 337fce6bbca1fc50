/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: what the ways to fill an arena share. */
#pragma once

#include "sys/predict/candidates.h"

/* Empty, and time runs from here on. census: as for arena_take_machine(). */
void arena_begin(struct arena *a, const struct census *census);

/* Makes the candidates from the snapshot's tasks, with the rules and what is said of each process. 0 or -ENOMEM. */
int arena_complete(struct arena *a, enum rules_tie tie, const struct totals *totals);
