/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: the output of explain as JSON. */
#pragma once

#include "cmd/explain/deciding.h"
#include "cmd/explain/process_rank.h"
#include "cmd/shared/unit_effects.h"

/*
 * One object. decided_by: see predict_text_decided_by(). rule: of d. units: those that a kill
 * affects.
 */
void explain_json_write(FILE *out, const struct process_rank *e, const char *decided_by,
			const struct deciding *d, const struct deciding_result *rule,
			const struct unit_effects_kills *units);
