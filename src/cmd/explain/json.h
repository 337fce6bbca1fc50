/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: the output of explain as JSON. */
#pragma once

#include "cmd/explain/deciding.h"
#include "cmd/explain/process_rank.h"
#include "cmd/shared/unit_effects.h"

/*
 * One object. decided_by: see predict_text_decided_by(). rule: of d. unit: NULL, or the unit that a
 * kill affects; main: whether it is a kill of its main process.
 */
void explain_json_write(FILE *out, const struct process_rank *e, const char *decided_by,
			const struct deciding *d, const struct deciding_result *rule,
			const struct unit_effects_unit *unit, enum unit_effect_main main);
