/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill_order: the order in which the kernel would kill. */
#include "oom/rules/kill_order.h"

int kill_order_compare_age(const void *va, const void *vb)
{
	const struct task *a = va, *b = vb;

	if (a->start_ticks != b->start_ticks)
		return a->start_ticks < b->start_ticks ? -1 : 1;
	if (a->fork_id != b->fork_id)
		return a->fork_id < b->fork_id ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

int kill_order_compare(const struct task *a, const struct task *b, enum rules_tie tie)
{
	int order = a->unkillable - b->unkillable;

	if (!order)
		order = (a->points < b->points) - (a->points > b->points);
	if (order)
		return order;
	return tie == TIE_LAST ? kill_order_compare_age(b, a) : kill_order_compare_age(a, b);
}

const char *kill_order_unkillable_text(enum task_unkillable why)
{
	static const char *const texts[] = {
		[KILLABLE] = "",
		[UNKILLABLE_INIT] = "init is never killed",
		[UNKILLABLE_KTHREAD] = "kernel thread",
		[UNKILLABLE_ADJ] = "adj -1000: never killed",
		[UNKILLABLE_NO_MM] = "has exited (zombie)",
		[UNKILLABLE_KERNEL] = "skipped by the kernel",
	};

	return texts[why];
}
