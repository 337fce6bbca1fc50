/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill_order: the order in which the kernel would kill. */
#pragma once

#include "oom/rules/rules.h"

/*
 * Below 0 if the kernel prefers a as its victim to b. More points first; of equals the first or the
 * last in the order of forks, as tie says; what is never killed comes last, -1000 before the
 * others. The order is total: equal only for the same pid.
 */
int kill_order_compare(const struct task *a, const struct task *b, enum rules_tie tie);

/* Below 0 if a was forked before b, as far as start_ticks, then fork_id, then the pid tell. */
int kill_order_compare_age(const struct task *a, const struct task *b);

/* A phrase for the reason why a process is never killed; "" for KILLABLE. */
const char *kill_order_unkillable_text(enum task_unkillable why);
