/* SPDX-License-Identifier: GPL-2.0-or-later */
/* numa: the memory nodes (NUMA) that processes may use. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether there are nodes with memory that thread tid may not use: for a lack of memory there it is
 * passed over (oom_cpuset_eligible()). false where there is one node, or none is shown. proc: a
 * handle of /proc.
 */
bool numa_are_closed_to(int proc, pid_t tid);
