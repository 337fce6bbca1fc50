/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: the output of explain for people. */
#pragma once

#include "cmd/explain/process_rank.h"

void explain_text_print(FILE *out, const struct process_rank *e);
