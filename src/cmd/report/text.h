/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: one report as text for users who do not know the kernel; what is unknown is left out. */
#pragma once

#include <stdio.h>

#include "cmd/shared/unit_effects.h"
#include "oom/report/analysis.h"

/*
 * width: of the text, at most WRAP_PROSE_WIDTH. units: those that the kill affects, as they are
 * now.
 */
void report_text_print(FILE *out, size_t width, const struct report *r, const struct analysis *a,
		       const struct unit_effects_kills *units);

/* The original table, but in kill order; the parser must have had keeps_text. */
void report_text_print_table(FILE *out, const struct report *r, const struct analysis *a,
			     bool has_no_heading);
