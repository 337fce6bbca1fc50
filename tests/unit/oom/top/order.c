/* SPDX-License-Identifier: GPL-2.0-or-later */
/* order: sorting by numbers, and trees. */
#include "unit.h"

#include "oom/top/order.h"

#define ROOM 8

static void expect_rows(const char *what, const uint32_t *rows, const char *want, size_t n)
{
	char got[64] = "";

	for (size_t i = 0; i < n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%u", i ? " " : "",
			 rows[i]);
	unit_text(what, got, want);
}

static void sorts_numbers_of_any_size(void **state)
{
	const uint64_t keys[ROOM] = { 300, 5, UINT64_MAX, 0, 1ULL << 40, 256, 255, 257 };
	uint32_t rows[ROOM] = { 0, 1, 2, 3, 4, 5, 6, 7 }, spare[ROOM];

	(void)state;
	order_sort(rows, spare, keys, ROOM);
	expect_rows("rows", rows, "3 1 6 5 7 0 4 2", ROOM);
	order_sort(rows, spare, keys, 0);
	order_sort(rows + 2, spare, keys, 1);
	expect_rows("the same", rows, "3 1 6 5 7 0 4 2", ROOM);
}

static void equal_keys_keep_their_order(void **state)
{
	const uint64_t keys[ROOM] = { 7, 1, 7, 1, 7 };
	uint32_t rows[] = { 4, 3, 2, 1, 0 }, spare[ROOM];

	(void)state;
	order_sort(rows, spare, keys, 5);
	expect_rows("rows", rows, "3 1 4 2 0", 5);
}

static void keys_sort_like_signed_numbers(void **state)
{
	const uint64_t up[ROOM] = { order_key(-5, false), order_key(3, false), order_key(0, false),
				    order_key(INT64_MIN, false), order_key(INT64_MAX, false) };
	const uint64_t down[ROOM] = { order_key(-5, true), order_key(3, true), order_key(0, true),
				      order_key(INT64_MIN, true), order_key(INT64_MAX, true) };
	uint32_t rows[] = { 0, 1, 2, 3, 4 }, spare[ROOM];

	(void)state;
	order_sort(rows, spare, up, 5);
	expect_rows("up", rows, "3 0 2 1 4", 5);
	order_sort(rows, spare, down, 5);
	expect_rows("down", rows, "4 1 2 0 3", 5);
}

static void texts_sort_by_their_bytes(void **state)
{
	static const char *const texts[] = { "bash", "ba", "zsh", "abcdefghZ", "abcdefghA", "" };
	uint64_t high[ROOM], low[ROOM];
	uint32_t rows[] = { 0, 1, 2, 3, 4, 5 }, spare[ROOM];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(texts); i++)
		order_text_keys(texts[i], &high[i], &low[i]);
	order_sort(rows, spare, low, 6);
	order_sort(rows, spare, high, 6);
	expect_rows("rows", rows, "5 4 3 1 0 2", 6);
}

static void expect_tree(const char *what, const uint32_t *parents, const char *want,
			const char *want_depths, size_t n)
{
	uint32_t own[ROOM], children[ROOM], siblings[ROOM], spare[ROOM], rows[ROOM], in_order[ROOM];
	uint16_t depths[ROOM];
	const struct order_tree t = { own, depths, children, siblings, spare };

	memcpy(own, parents, sizeof(own));
	for (uint32_t i = 0; i < n; i++)
		rows[i] = i;
	order_as_tree(&t, rows, n, ROOM);
	expect_rows(what, rows, want, n);
	for (size_t i = 0; i < n; i++)
		in_order[i] = depths[rows[i]];
	expect_rows(what, in_order, want_depths, n);
}

#define NONE ORDER_NONE

static void children_are_below_their_parents(void **state)
{
	/* 0 has 2 and 5, 2 has 1, 3 has 4. */
	static const uint32_t parents[ROOM] = { NONE, 2, 0, NONE, 3, 0 };
	/* 7 is not in the list. */
	static const uint32_t outside[ROOM] = { 7, 0, 1 };
	/* 0 and 1 are the parents of each other, 2 of itself, 3 is below 0. */
	static const uint32_t circle[ROOM] = { 1, 0, 2, 0 };

	(void)state;
	expect_tree("tree", parents, "0 2 1 5 3 4", "0 1 2 1 0 1", 6);
	expect_tree("outside", outside, "0 1 2", "0 1 2", 3);
	expect_tree("circle", circle, "2 0 1 3", "0 0 0 0", 4);
	expect_tree("empty", parents, "", "", 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_numbers_of_any_size),
		cmocka_unit_test(equal_keys_keep_their_order),
		cmocka_unit_test(keys_sort_like_signed_numbers),
		cmocka_unit_test(texts_sort_by_their_bytes),
		cmocka_unit_test(children_are_below_their_parents),
	};

	return UNIT_RUN(argc, argv, tests);
}
