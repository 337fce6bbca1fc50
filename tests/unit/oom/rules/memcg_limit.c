/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memcg_limit: the total of a memory cgroup, worked out by hand from mem_cgroup_get_max() and
 * mem_cgroup_get_limit() of Linux 3.8, 4.5 and 5.10, in pages of 4,096 bytes.
 */
#include "unit.h"

#include "oom/rules/memcg_limit.h"
#include "oom/rules/version.h"

#define PAGES(n) ((uint64_t)(n)*4096)
#define NONE     MEMCG_LIMIT_NONE

static void totals_of_each_version(void **state)
{
	const int v3_7 = VERSION(3, 7, 0), v3_8 = VERSION(3, 8, 0), v4_9 = VERSION(4, 9, 0),
		  v5_4 = VERSION(5, 4, 0), v6_1 = VERSION(6, 1, 0);
	const uint64_t limit = PAGES(5000);
	const struct {
		const char *name;
		int version;
		struct memcg_limit l; /* is_v1, memory, swap, memsw, swappiness */
		uint64_t swap, want;  /* pages */
	} cases[] = {
		{ "no swap", v6_1, { 0, limit, NONE, NONE, 60 }, 0, 5000 },
		{ "all swap", v6_1, { 0, limit, NONE, NONE, 60 }, 300, 5300 },
		{ "some swap", v6_1, { 0, limit, PAGES(100), NONE, 60 }, 300, 5100 },
		{ "swap forbidden", v6_1, { 0, limit, 0, NONE, 60 }, 300, 5000 },
		{ "no swappiness", v6_1, { 0, limit, NONE, NONE, 0 }, 300, 5000 },
		{ "before 5.10", v5_4, { 0, limit, PAGES(100), NONE, 60 }, 300, 5100 },
		{ "v1, both limits", v6_1, { 1, limit, NONE, PAGES(5100), 60 }, 300, 5100 },
		{ "v1, little swap", v6_1, { 1, limit, NONE, PAGES(9000), 60 }, 300, 5300 },
		{ "v1, no memsw", v6_1, { 1, limit, NONE, NONE, 60 }, 300, 5300 },
		{ "v1, equal limits", v6_1, { 1, limit, NONE, limit, 60 }, 300, 5000 },
		{ "v1 before 5.10", v4_9, { 1, limit, NONE, PAGES(5100), 60 }, 300, 5100 },
		{ "v1 before 5.10, no memsw", v4_9, { 1, limit, NONE, NONE, 60 }, 300, 5300 },
		{ "3.8 asks for swappiness", v3_8, { 1, limit, NONE, NONE, 0 }, 300, 5000 },
		{ "3.7 does not", v3_7, { 1, limit, NONE, NONE, 0 }, 300, 5300 },
		{ "zero is one", v6_1, { 0, 0, 0, NONE, 60 }, 300, 1 },
		{ "less than a page", v6_1, { 0, 4095, 0, NONE, 60 }, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++)
		unit_number(cases[i].name,
			    (int64_t)memcg_limit_total_pages(&cases[i].l, cases[i].version,
							     PAGES(cases[i].swap), 4096),
			    (int64_t)cases[i].want);
}

static void no_limit_does_not_overflow(void **state)
{
	struct memcg_limit l = { false, NONE, NONE, NONE, 60 };

	(void)state;
	assert_true(memcg_limit_total_pages(&l, VERSION(6, 1, 0), PAGES(300), 4096) ==
		    UINT64_MAX / 4096);
	assert_true(memcg_limit_total_pages(&l, VERSION(4, 9, 0), PAGES(300), 4096) ==
		    UINT64_MAX / 4096);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(totals_of_each_version),
		cmocka_unit_test(no_limit_does_not_overflow),
	};

	return UNIT_RUN(argc, argv, tests);
}
