/* SPDX-License-Identifier: GPL-2.0-or-later */
/* victim_columns: predicted kills as a list. */
#pragma once

#include "cmd/shared/output.h"
#include "sys/predict/candidates.h"

/* The kills that one set of candidates leads to, in order. */
struct victim_columns_kills {
	struct predict p; /* its candidates may be a copy */
	struct kill_choice *choices;
	size_t n;
};

extern const struct list victim_columns_columns;

/* Predicts up to most kills of k->p, whose candidates die meanwhile. */
void victim_columns_predict(struct victim_columns_kills *k, size_t most);

/* How many rows the list has. now: with all changes; was: without, no kills if there are none. */
size_t victim_columns_count(const struct victim_columns_kills *now,
			    const struct victim_columns_kills *was);

/* Reads from the system what the columns show, and prints. */
void victim_columns_print(const struct list_view *v, const struct candidates *a,
			  const struct victim_columns_kills *now,
			  const struct victim_columns_kills *was);
