/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clock: the time since boot in milliseconds. */
#include "base/clock.h"

#include <time.h>

int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}
