/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timens: time namespaces, in which the kernel shows start times shifted. */
#pragma once

#include <stdint.h>

/*
 * Turns a start time of /proc/PID/stat, as this process sees it, into what the first time namespace
 * shows, in ticks. 0, or -ENOTSUP: that can't be told here. proc: a handle of /proc.
 */
int timens_start_to_host(int proc, uint64_t *ticks);
