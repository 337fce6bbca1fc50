/* SPDX-License-Identifier: GPL-2.0-or-later */
/* victim_notes: what the list of victims can't say in a word. */
#pragma once

#include <stdio.h>

#include "cmd/predict/victim_table.h"

/* Why each kill that is not certain is not, and who dies beside each victim. */
void victim_notes_print(FILE *out, const struct victim_table *v);
