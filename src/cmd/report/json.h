/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: one report as JSON, with all its values. */
#pragma once

#include <stdio.h>

#include "cmd/shared/unit_effects.h"
#include "oom/report/analysis.h"

/* has_seconds: the time since 1970 is known. unit, main: see report_text_print(). */
void report_json_print(FILE *out, const struct report *r, const struct analysis *a,
		       const char *file, bool has_seconds, int64_t seconds,
		       const struct unit_effects_kills *units);
