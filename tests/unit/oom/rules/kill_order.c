/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill_order: the order in which the kernel kills, with ties and unkillable processes. */
#include "unit.h"

#include <stdlib.h>

#include "oom/rules/kill_order.h"

static struct task killable(int32_t pid, int64_t points, uint64_t start, uint64_t fork_id)
{
	return (struct task){ .pid = pid,
			      .mm_pid = pid,
			      .points = points,
			      .start_ticks = start,
			      .fork_id = fork_id };
}

static struct task unkillable(int32_t pid, enum task_unkillable why)
{
	return (struct task){ .pid = pid, .mm_pid = pid, .unkillable = (uint8_t)why };
}

static int first_dies(const void *a, const void *b)
{
	return kill_order_compare(a, b, TIE_FIRST);
}

static int last_dies(const void *a, const void *b)
{
	return kill_order_compare(a, b, TIE_LAST);
}

static void expect_order(struct task *tasks, size_t n, enum rules_tie tie, const int32_t *pids)
{
	char name[32];

	qsort(tasks, n, sizeof(*tasks), tie == TIE_LAST ? last_dies : first_dies);
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "victim %zu", i + 1);
		unit_number(name, tasks[i].pid, pids[i]);
	}
}

static void more_points_first(void **state)
{
	struct task tasks[] = {
		killable(10, 5, 1, 0), killable(11, -20, 2, 0),       killable(12, 700, 3, 0),
		killable(13, 0, 4, 0), killable(14, INT64_MAX, 5, 0), killable(15, INT64_MIN, 6, 0),
	};
	static const int32_t want[] = { 14, 12, 10, 13, 11, 15 };

	(void)state;
	expect_order(tasks, UNIT_LENGTH(tasks), TIE_LAST, want);
	expect_order(tasks, UNIT_LENGTH(tasks), TIE_FIRST, want);
}

/* By start, then by the number of the fork, then by the PID. */
static void ties_are_decided_by_fork_order(void **state)
{
	struct task tasks[] = {
		killable(900, 7, 100, 0), killable(20, 7, 200, 3), killable(30, 7, 200, 1),
		killable(25, 7, 200, 2),  killable(40, 7, 300, 0), killable(41, 7, 300, 0),
	};
	static const int32_t first[] = { 900, 30, 25, 20, 40, 41 };
	static const int32_t last[] = { 41, 40, 20, 25, 30, 900 };

	(void)state;
	expect_order(tasks, UNIT_LENGTH(tasks), TIE_FIRST, first);
	expect_order(tasks, UNIT_LENGTH(tasks), TIE_LAST, last);
}

static void unkillable_processes_come_last(void **state)
{
	struct task tasks[] = {
		unkillable(2, UNKILLABLE_KTHREAD), unkillable(1, UNKILLABLE_INIT),
		unkillable(50, UNKILLABLE_NO_MM),  unkillable(51, UNKILLABLE_ADJ),
		unkillable(52, UNKILLABLE_KERNEL), killable(60, INT64_MIN, 9, 0),
	};
	static const int32_t want[] = { 60, 51, 52, 50, 1, 2 };

	(void)state;
	/* Their points do not matter. */
	tasks[3].points = INT64_MAX;
	expect_order(tasks, UNIT_LENGTH(tasks), TIE_FIRST, want);
	expect_order(tasks, UNIT_LENGTH(tasks), TIE_LAST, want);
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

/* A total order: the result of sorting must not depend on the input order. */
static void the_order_is_total(void **state)
{
	struct task tasks[64];
	uint32_t seed = 5;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(tasks); i++) {
		seed = seed * 1103515245 + 12345;
		tasks[i] = killable((int32_t)i + 1, (int64_t)(seed >> 16 & 3) - 1, seed >> 20 & 1,
				    seed >> 24 & 1);
		if ((seed >> 26 & 7) == 0)
			tasks[i].unkillable = (uint8_t)(seed >> 29 & 3) + 1;
	}
	for (int tie = TIE_FIRST; tie <= TIE_LAST; tie++)
		for (size_t i = 0; i < UNIT_LENGTH(tasks); i++)
			for (size_t k = 0; k < UNIT_LENGTH(tasks); k++) {
				int ik = sign(kill_order_compare(&tasks[i], &tasks[k],
								 (enum rules_tie)tie));
				int ki = sign(kill_order_compare(&tasks[k], &tasks[i],
								 (enum rules_tie)tie));

				assert_int_equal(ik, -ki);
				assert_int_equal(ik == 0, i == k);
				for (size_t m = 0; m < UNIT_LENGTH(tasks); m++)
					if (ik < 0 && kill_order_compare(&tasks[k], &tasks[m],
									 (enum rules_tie)tie) < 0)
						assert_true(
							kill_order_compare(&tasks[i], &tasks[m],
									   (enum rules_tie)tie) <
							0);
			}
}

static void each_reason_has_a_phrase(void **state)
{
	(void)state;
	unit_text("killable", kill_order_unkillable_text(KILLABLE), "");
	for (int a = UNKILLABLE_INIT; a <= UNKILLABLE_KERNEL; a++) {
		assert_true(*kill_order_unkillable_text((enum task_unkillable)a));
		for (int b = KILLABLE; b < a; b++)
			assert_string_not_equal(kill_order_unkillable_text((enum task_unkillable)a),
						kill_order_unkillable_text(
							(enum task_unkillable)b));
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_points_first),
		cmocka_unit_test(ties_are_decided_by_fork_order),
		cmocka_unit_test(unkillable_processes_come_last),
		cmocka_unit_test(the_order_is_total),
		cmocka_unit_test(each_reason_has_a_phrase),
	};

	return UNIT_RUN(argc, argv, tests);
}
