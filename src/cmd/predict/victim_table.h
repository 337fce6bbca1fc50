/* SPDX-License-Identifier: GPL-2.0-or-later */
/* victim_table: foretold kills as a list with columns, and in sentences where they need one. */
#pragma once

#include "sys/predict/candidates.h"
#include "ui/list.h"

/* The kills that one set of candidates leads to, in order. */
struct victim_table_course {
	struct predict p; /* candidates are the course's own where it is a copy */
	struct kill_choice *verdicts;
	size_t n;
};

struct victim_table {
	const struct candidates *arena;
	const struct victim_table_course *now; /* with all changes */
	const struct victim_table_course *was; /* without; NULL: there are none */
	const char *decided_by;                /* "points", or the setting that comes before them */
	struct list list;                      /* ready for list_print() */
};

extern const struct list victim_table_columns;

/* *v must not move afterwards; all is borrowed. */
void victim_table_init(struct victim_table *v, const struct candidates *a,
		       const struct victim_table_course *now, const struct victim_table_course *was,
		       const char *decided_by);

/* Up to most kills of p's candidates, which die on the way. -ENOMEM. */
int victim_table_foresee(struct victim_table_course *c, size_t most);
