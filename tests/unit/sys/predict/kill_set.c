/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill_set: with too many pairs of processes to compare, a prediction is uncertain. */
#include "unit.h"

#include <limits.h>
#include <stdlib.h>

#include "sys/predict/internal.h"

/* Compares each of n processes of one size with all others; their PIDs do not exist. */
static enum predict_doubt reveal_all(size_t n)
{
	struct kill_set set = { .proc = -1 };
	struct predict p = { .n = n };

	p.candidates = calloc(n, sizeof(*p.candidates));
	assert_non_null(p.candidates);
	for (size_t i = 0; i < n; i++)
		p.candidates[i].task = (struct task){ .pid = INT_MAX - (int)i,
						      .mm_pid = INT_MAX - (int)i,
						      .ppid = INT_MAX - (int)(2 * n + 2 * i),
						      .state = 'S',
						      .total_vm = 100 };
	for (size_t i = 0; i < n; i++)
		kill_set_reveal(&set, &p, i);
	free(p.candidates);
	return p.doubt;
}

static void too_many_pairs_are_doubtful(void **state)
{
	(void)state;
	assert_int_equal(reveal_all(100), DOUBT_NONE);
	assert_int_equal(reveal_all(500), DOUBT_SHARERS);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_many_pairs_are_doubtful),
	};

	return UNIT_RUN(argc, argv, tests);
}
