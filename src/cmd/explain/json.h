/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: the output of explain as JSON. */
#pragma once

#include "cmd/explain/deciding.h"
#include "cmd/explain/process_rank.h"

/* One object. decided_by: see predict_text_decided_by(). rule: of d. */
void explain_json_write(FILE *out, const struct process_rank *e, const char *decided_by,
			const struct deciding *d, const struct deciding_result *rule);
