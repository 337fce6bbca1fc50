/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: what the ways to read candidates share. */
#pragma once

#include "sys/predict/candidates.h"

/* Empties a; time runs from here on. census: as for candidates_read_machine(). */
void candidates_begin(struct candidates *a, const struct bpf_tasks *census);

/* Makes the candidates from the snapshot's tasks, with rules and error bounds. 0 or -ENOMEM. */
int candidates_complete(struct candidates *a, enum rules_tie tie, const struct totals *totals);
