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

struct victim_columns {
	const struct candidates *candidates;
	const struct victim_columns_kills *now; /* with all changes */
	const struct victim_columns_kills *was; /* without; NULL: there are none */
	const char *decided_by; /* "points", or the setting that comes before them */
	struct list list;       /* rows are there while it is printed */
};

extern const struct list victim_columns_columns;

/* All is borrowed. */
void victim_columns_init(struct victim_columns *v, const struct candidates *a,
			 const struct victim_columns_kills *now,
			 const struct victim_columns_kills *was, const char *decided_by);

/* Reads from the system what the columns show, and prints. ST_OK or ST_BROKEN. */
enum status victim_columns_print(struct victim_columns *v, const struct output_options *options);

/* Predicts up to most kills of k->p, whose candidates die meanwhile. -ENOMEM. */
int victim_columns_predict(struct victim_columns_kills *k, size_t most);
