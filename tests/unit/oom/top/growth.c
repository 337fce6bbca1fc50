/* SPDX-License-Identifier: GPL-2.0-or-later */
/* growth: changes of sizes in a window. */
#include "unit.h"

#include "oom/top/growth.h"

#define ROOM 2

static uint32_t sizes[ROOM * GROWTH_SIZES], first[ROOM];

static void expect(struct growth *g, uint32_t row, bool is_new, uint64_t pages, int64_t change,
		   int64_t refreshes)
{
	uint32_t ago;
	char name[64];
	int64_t got = growth_add(g, row, is_new, pages, &ago);

	snprintf(name, sizeof(name), "change of %u at %u", row, g->refresh);
	unit_number(name, got, change);
	snprintf(name, sizeof(name), "refreshes of %u at %u", row, g->refresh);
	unit_number(name, ago, refreshes);
}

static void growth_is_over_the_window(void **state)
{
	struct growth g = { .sizes = sizes, .first = first, .room = ROOM };

	(void)state;
	for (g.refresh = 1; g.refresh <= 30; g.refresh++)
		expect(&g, 0, g.refresh == 1, 100 + 2 * g.refresh, 2 * (g.refresh - 1),
		       g.refresh - 1);
	/* 30 refreshes ago it had 102 pages. */
	g.refresh = 31;
	expect(&g, 0, false, 162, 60, 30);
	/* Now what was 30 refreshes ago had 104. */
	g.refresh = 32;
	expect(&g, 0, false, 104, 0, 30);
	g.refresh = 33;
	expect(&g, 0, false, 6, -100, 30);
}

static void a_new_process_in_the_row_begins_anew(void **state)
{
	struct growth g = { .sizes = sizes, .first = first, .room = ROOM };

	(void)state;
	g.refresh = 1;
	expect(&g, 1, true, 500, 0, 0);
	g.refresh = 2;
	expect(&g, 1, false, 700, 200, 1);
	g.refresh = 3;
	expect(&g, 1, true, 50, 0, 0);
	g.refresh = 4;
	expect(&g, 1, false, 45, -5, 1);
}

static void huge_sizes_are_bounded(void **state)
{
	struct growth g = { .sizes = sizes, .first = first, .room = ROOM };

	(void)state;
	g.refresh = 1;
	expect(&g, 0, true, 0, 0, 0);
	g.refresh = 2;
	expect(&g, 0, false, 1ULL << 40, 4294967295, 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(growth_is_over_the_window),
		cmocka_unit_test(a_new_process_in_the_row_begins_anew),
		cmocka_unit_test(huge_sizes_are_bounded),
	};

	return UNIT_RUN(argc, argv, tests);
}
