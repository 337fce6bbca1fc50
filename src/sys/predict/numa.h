/* SPDX-License-Identifier: GPL-2.0-or-later */
/* numa: the memory nodes (NUMA) that processes may use. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether there are nodes with memory that thread tid may not use: when these are out of memory,
 * the kernel does not choose it (oom_cpuset_eligible()). false where one node or none is shown.
 * proc: a handle of /proc.
 */
bool numa_are_closed_to(int proc, pid_t tid);
