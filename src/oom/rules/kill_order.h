/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill_order: the order in which the kernel would kill. */
#pragma once

#include "oom/rules/rules.h"

/*
 * Below 0 if the kernel kills a before b: more points first, equal ones in fork order as tie says,
 * unkillable ones last, adj -1000 before others. 0 only for the same pid.
 */
int kill_order_compare(const struct task *a, const struct task *b, enum rules_tie tie);

/* For qsort(3) of struct task: in fork order, by start_ticks, then fork_id, then pid. */
int kill_order_compare_age(const void *va, const void *vb);

/* Why a process is unkillable, as a short phrase; "" for KILLABLE. */
const char *kill_order_unkillable_text(enum task_unkillable why);
