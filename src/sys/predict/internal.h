/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: what the ways to fill an arena share. */
#pragma once

#include "sys/predict/candidates.h"

/* Empty, and time runs from here on. census: as for candidates_read_machine(). */
void candidates_begin(struct candidates *a, const struct bpf_tasks *census);

/*
 * Makes the candidates from the snapshot's tasks, with the rules and what is said of each process.
 * 0 or -ENOMEM.
 */
int candidates_complete(struct candidates *a, enum rules_tie tie, const struct totals *totals);
