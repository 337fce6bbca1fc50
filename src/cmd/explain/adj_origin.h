/* SPDX-License-Identifier: GPL-2.0-or-later */
/* adj_origin: where the adj of a process may come from, as far as is visible. */
#pragma once

#include <stdio.h>

#include "sys/predict/candidates.h"

void adj_origin_print(FILE *out, const struct candidates *a, size_t nth);
