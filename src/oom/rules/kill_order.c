/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill_order: the order in which the kernel would kill. */
#include "oom/rules/kill_order.h"

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int kill_order_compare_age(const struct task *a, const struct task *b)
{
	int order = compare_u64(a->start_ticks, b->start_ticks);

	if (!order)
		order = compare_u64(a->fork_id, b->fork_id);
	return order ? order : (a->pid > b->pid) - (a->pid < b->pid);
}

/* Unkillable processes come last, those that could become killable first. */
static int unkillable_order(enum task_unkillable why)
{
	static const int class[] = {
		[KILLABLE] = 0,         [UNKILLABLE_ADJ] = 1,  [UNKILLABLE_KERNEL] = 2,
		[UNKILLABLE_NO_MM] = 3, [UNKILLABLE_INIT] = 4, [UNKILLABLE_KTHREAD] = 5,
	};

	return class[why];
}

int kill_order_compare(const struct task *a, const struct task *b, enum rules_tie tie)
{
	int order = unkillable_order(a->spared) - unkillable_order(b->spared);

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
		[UNKILLABLE_NO_MM] = "has ended (zombie)",
		[UNKILLABLE_KERNEL] = "passed over by the kernel",
	};

	return texts[why];
}
