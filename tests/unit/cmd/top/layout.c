/* SPDX-License-Identifier: GPL-2.0-or-later */
/* layout: what a terminal has room for. */
#include "unit.h"

#include "cmd/top/layout.h"

/* The shown columns and their width, all in all. */
static void expect_columns(size_t width, bool has_swap, const char *want, size_t max)
{
	struct layout_columns l;
	char got[160] = "", name[32];
	size_t used = LAYOUT_MARKS;

	snprintf(name, sizeof(name), "width %zu", width);
	layout_columns(width, has_swap, &l);
	for (size_t i = 0; i < LAYOUT_N; i++) {
		if (!l.widths[i])
			continue;
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", *got ? " " : "",
			 layout_headings[i].heading);
		used += l.widths[i] + 1;
	}
	unit_text(name, got, want);
	assert_true(used <= max);
	if (l.widths[LAYOUT_NAME] && width >= 60)
		assert_true(l.widths[LAYOUT_NAME] >= 15);
}

static void columns_by_importance(void **state)
{
	(void)state;
	expect_columns(60, true, "# PID NAME ADJ POINTS RSS GROWTH", 60);
	expect_columns(80, false, "# PID USER NAME ADJ POINTS RSS GROWTH", 80);
	expect_columns(80, true, "# PID USER NAME ADJ POINTS RSS SWAP GROWTH", 80);
	expect_columns(100, true, "# PID USER NAME ADJ POINTS RSS SWAP GROWTH UNIT", 100);
	expect_columns(1000, true, "# PID USER NAME ADJ POINTS RSS SWAP GROWTH UNIT", 1000);
	expect_columns(35, true, "PID NAME ADJ", 35);
	expect_columns(12, true, "NAME", 12);
	expect_columns(5, true, "", 5);
}

static void expect_rows(size_t rows, size_t head, size_t kills, size_t message, const char *want)
{
	struct layout_rows l;
	char got[64], name[64];

	layout_rows(rows, head, kills, message, &l);
	snprintf(got, sizeof(got), "%zu %zu %zu %zu", l.head, l.list, l.kills, l.message);
	snprintf(name, sizeof(name), "%zu rows, %zu %zu %zu", rows, head, kills, message);
	unit_text(name, got, want);
}

static void rows_of_small_and_large_terminals(void **state)
{
	(void)state;
	/* 15 rows: 3 of memory and the victim, a heading, 10 processes, the keys. */
	expect_rows(15, 3, 0, 0, "3 10 0 1");
	expect_rows(15, 4, 0, 3, "4 7 0 3");
	/* Of the 7 rows that are left, a quarter is for kills, at least one. */
	expect_rows(15, 3, 5, 0, "3 9 1 1");
	expect_rows(40, 3, 5, 0, "3 30 5 1");
	expect_rows(40, 3, 8, 0, "3 27 8 1");
	/* The keys, a heading and three processes come first. */
	expect_rows(6, 3, 0, 0, "1 3 0 1");
	expect_rows(5, 3, 1, 0, "0 3 0 1");
	expect_rows(2, 3, 1, 0, "0 1 0 1");
	expect_rows(1, 3, 1, 5, "0 1 0 1");
}

static void expect_bar(uint64_t used, uint64_t mark, uint64_t total, bool is_utf8, const char *want)
{
	char bar[64];

	layout_bar(bar, sizeof(bar), used, mark, total, 10, is_utf8);
	unit_text("bar", bar, want);
}

static void bars_have_a_mark(void **state)
{
	(void)state;
	expect_bar(30, 95, 100, false, "###      |");
	expect_bar(0, 50, 100, false, "     |    ");
	expect_bar(100, 50, 100, false, "#####|####");
	/* The mark at the end is in the last cell. */
	expect_bar(200, 100, 100, false, "#########|");
	expect_bar(20, 100, 100, true, "\u2588\u2588       |");
	expect_bar(0, 0, 0, false, "          ");
}

static void times_have_a_unit(void **state)
{
	static const struct {
		double seconds;
		const char *want;
	} cases[] = {
		{ 0, "0 s" },    { 119.4, "119 s" },      { 120, "2 min" },     { 7199, "120 min" },
		{ 7200, "2 h" }, { 47 * 3600.0, "47 h" }, { 172800, "2 days" }, { 1e300, "years" },
	};
	char got[LAYOUT_TIME_MAX];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		layout_time(got, cases[i].seconds);
		unit_text("time", got, cases[i].want);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_by_importance),
		cmocka_unit_test(rows_of_small_and_large_terminals),
		cmocka_unit_test(bars_have_a_mark),
		cmocka_unit_test(times_have_a_unit),
	};

	return UNIT_RUN(argc, argv, tests);
}
