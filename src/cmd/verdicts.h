/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verdicts: what the list of victims can't say in a word. */
#ifndef CMD_VERDICTS_H
#define CMD_VERDICTS_H

#include <stdio.h>

#include "cmd/victims.h"

/* Why each kill that is not certain is not, and who dies beside each victim. */
void verdicts_print(FILE *out, const struct victims *v);

#endif
