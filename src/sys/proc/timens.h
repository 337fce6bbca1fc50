/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timens: time namespaces, in which the kernel shows start times shifted. */
#pragma once

#include <stdint.h>

/*
 * Converts a start time in ticks, as this process reads it from /proc/PID/stat, to that of the
 * first time namespace. 0, or -ENOTSUP: the shift is unknown. proc: a handle of /proc.
 */
int timens_start_to_host(int proc, uint64_t *ticks);
