/* SPDX-License-Identifier: GPL-2.0-or-later */
/* victim_table: foretold kills as a list with columns, and in sentences where they need one. */
#pragma once

#include "sys/predict/candidates.h"
#include "ui/list.h"

/* The kills that one set of candidates leads to, in order. */
struct victims_course {
	struct predict p; /* candidates are the course's own where it is a copy */
	struct verdict *verdicts;
	size_t n;
};

struct victims {
	const struct candidates *arena;
	const struct victims_course *now; /* with all changes */
	const struct victims_course *was; /* without; NULL: there are none */
	const char *decided_by;           /* "points", or the setting that comes before them */
	struct list list;                 /* ready for list_print() */
};

extern const struct list victims_columns;

/* *v must not move afterwards; all is borrowed. */
void victims_init(struct victims *v, const struct candidates *a, const struct victims_course *now,
		  const struct victims_course *was, const char *decided_by);

/* Up to most kills of p's candidates, which die on the way. -ENOMEM. */
int victims_foresee(struct victims_course *c, size_t most);
