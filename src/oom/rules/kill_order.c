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

/* Last come, in this order: -1000, those that the kernel passes over for now, zombies, init, kthreads. */
static int spared_class(enum task_spared why)
{
	static const int class[] = {
		[SPARED_NOT] = 0,   [SPARED_ADJ] = 1,  [SPARED_KERNEL] = 2,
		[SPARED_NO_MM] = 3, [SPARED_INIT] = 4, [SPARED_KTHREAD] = 5,
	};

	return class[why];
}

int kill_order_compare(const struct task *a, const struct task *b, enum rules_tie tie)
{
	int order = spared_class(a->spared) - spared_class(b->spared);

	if (!order)
		order = (a->points < b->points) - (a->points > b->points);
	if (order)
		return order;
	return tie == TIE_LAST ? kill_order_compare_age(b, a) : kill_order_compare_age(a, b);
}

const char *kill_order_spared_text(enum task_spared why)
{
	static const char *const texts[] = {
		[SPARED_NOT] = "",
		[SPARED_INIT] = "init is never killed",
		[SPARED_KTHREAD] = "kernel thread",
		[SPARED_ADJ] = "adj -1000: never killed",
		[SPARED_NO_MM] = "has ended (zombie)",
		[SPARED_KERNEL] = "passed over by the kernel",
	};

	return texts[why];
}
