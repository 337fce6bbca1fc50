/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clock: the time since boot in milliseconds. */
#pragma once

#include <stdint.h>

/* On CLOCK_MONOTONIC. */
int64_t clock_ms(void);
