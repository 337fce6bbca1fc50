/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill_order: the order in which the kernel would kill. */
#pragma once

#include "oom/rules/rules.h"

/*
 * Below 0 if the kernel kills a before b: more points first, equal ones in fork order as tie says,
 * unkillable ones last, -1000 before others. 0 only for the same pid.
 */
int kill_order_compare(const struct task *a, const struct task *b, enum rules_tie tie);

/* Below 0 if a was forked before b, by start_ticks, then fork_id, then pid. */
int kill_order_compare_age(const struct task *a, const struct task *b);

/* A phrase that says why a process is never killed; "" for KILLABLE. */
const char *kill_order_unkillable_text(enum task_unkillable why);
