/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lifetime: what the kernels before 2.6.36 count of a process beside its size: run time, nice value, capabilities. */
#pragma once

#include "oom/rules/badness_old.h"
#include "oom/rules/task.h"

/* Seconds since boot, by /proc/uptime; 0: not known, then everybody counts as new. proc: a handle of /proc. */
uint64_t lifetime_uptime(int proc);

/* All of it but oom_adj. false: the process has ended or is hidden; then h says that it has done nothing yet. */
bool lifetime_read(int proc, const struct task *t, uint64_t uptime_s, struct heuristic *h);
