/* SPDX-License-Identifier: GPL-2.0-or-later */
/* victim_notes: sentences below the list of victims, for what needs more than a word. */
#pragma once

#include <stdio.h>

#include "cmd/predict/victim_columns.h"

/* Why a kill is not certain, and which processes die with each victim. */
void victim_notes_print(FILE *out, const struct victim_columns_kills *k);
