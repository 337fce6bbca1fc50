/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * adj_change: the value written for each change, with values from real kernels and arithmetic by
 * hand.
 */
#include "unit.h"

#include "oom/rules/adj.h"

struct row {
	const char *name;
	struct adj_change wish;
	int current;
	bool is_old_file;
	int want;
	bool is_clamped;
};

static void try_all(const struct row *rows, size_t n)
{
	bool is_clamped;
	char name[96];

	for (size_t i = 0; i < n; i++) {
		/* The old value must not affect the result. */
		is_clamped = !rows[i].is_clamped;
		unit_number(rows[i].name,
			    adj_resolve(&rows[i].wish, rows[i].current, rows[i].is_old_file,
					&is_clamped),
			    rows[i].want);
		snprintf(name, sizeof(name), "%s: clamped", rows[i].name);
		unit_number(name, is_clamped, rows[i].is_clamped);
	}
}

static void a_value_is_written_unchanged(void **state)
{
	static const struct row rows[] = {
		{ "0", { .value = 0 }, 500, false, 0, false },
		{ "-1000", { .value = -1000 }, 7, false, -1000, false },
		{ "1000", { .value = 1000 }, -1000, false, 1000, false },
		{ "-17 is no old -17", { .value = -17 }, 0, false, -17, false },
		{ "old -17 to oom_adj", { .value = -17, .is_old_scale = true }, 0, true, -17, false },
		{ "old 15 to oom_adj", { .value = 15, .is_old_scale = true }, -17, true, 15, false },
	};

	(void)state;
	try_all(rows, UNIT_LENGTH(rows));
}

/* The oom_score_adj that kernels 5.10 to 7.3 set for each value written to oom_adj. */
static const struct {
	int old, adj;
} scales[] = {
	{ -17, -1000 }, { -16, -941 }, { -15, -882 }, { -14, -823 }, { -13, -764 }, { -12, -705 },
	{ -11, -647 },  { -10, -588 }, { -9, -529 },  { -8, -470 },  { -7, -411 },  { -6, -352 },
	{ -5, -294 },   { -4, -235 },  { -3, -176 },  { -2, -117 },  { -1, -58 },   { 0, 0 },
	{ 1, 58 },      { 2, 117 },    { 3, 176 },    { 4, 235 },    { 5, 294 },    { 6, 352 },
	{ 7, 411 },     { 8, 470 },    { 9, 529 },    { 10, 588 },   { 11, 647 },   { 12, 705 },
	{ 13, 764 },    { 14, 823 },   { 15, 1000 },
};

static void the_old_scale_goes_to_the_new_file(void **state)
{
	struct adj_change wish = { .is_old_scale = true };
	bool is_clamped;
	char name[32];

	(void)state;
	assert_int_equal(UNIT_LENGTH(scales), 33);
	for (size_t i = 0; i < UNIT_LENGTH(scales); i++) {
		snprintf(name, sizeof(name), "oom_adj %d", scales[i].old);
		wish.value = scales[i].old;
		unit_number(name, adj_resolve(&wish, -999, false, &is_clamped), scales[i].adj);
		unit_number(name, is_clamped, false);
	}
}

/* On a kernel that has only oom_adj: the value is converted as later kernels show it in oom_adj. */
static void the_new_scale_goes_to_the_old_file(void **state)
{
	static const struct row rows[] = {
		{ "protect", { .value = -999 }, 0, true, -16, false },
		{ "never", { .value = -1000 }, 0, true, -17, false },
		{ "0", { .value = 0 }, -17, true, 0, false },
		{ "58", { .value = 58 }, 0, true, 0, false },
		{ "59", { .value = 59 }, 0, true, 1, false },
		{ "-58", { .value = -58 }, 0, true, 0, false },
		{ "-59", { .value = -59 }, 0, true, -1, false },
		{ "-941", { .value = -941 }, 0, true, -15, false },
		{ "-942", { .value = -942 }, 0, true, -16, false },
		{ "882", { .value = 882 }, 0, true, 14, false },
		{ "883", { .value = 883 }, 0, true, 15, false },
		{ "999", { .value = 999 }, 0, true, 15, false },
		{ "1000", { .value = 1000 }, 0, true, 15, false },
	};

	(void)state;
	try_all(rows, UNIT_LENGTH(rows));
}

static void a_relative_change_is_added_and_stops_at_the_ends(void **state)
{
	static const struct row rows[] = {
		{ "+100", { 100, true, false }, 200, false, 300, false },
		{ "-300", { -300, true, false }, 100, false, -200, false },
		{ "+0", { 0, true, false }, -1000, false, -1000, false },
		{ "to 1000", { 100, true, false }, 900, false, 1000, false },
		{ "past 1000", { 101, true, false }, 900, false, 1000, true },
		{ "to -1000", { -1, true, false }, -999, false, -1000, false },
		{ "past -1000", { -2, true, false }, -999, false, -1000, true },
		{ "+2000 from -1000", { 2000, true, false }, -1000, false, 1000, false },
		{ "-2000 from 999", { -2000, true, false }, 999, false, -1000, true },
	};

	(void)state;
	try_all(rows, UNIT_LENGTH(rows));
}

/* Computed on the scale of the change: 400 reads as 6 (353...411), 6 + 1 = 7 is written as 411. */
static void a_relative_change_on_the_other_scale(void **state)
{
	static const struct row rows[] = {
		{ "old +1, file new", { 1, true, true }, 400, false, 411, false },
		{ "old -1, file new", { -1, true, true }, 400, false, 294, false },
		{ "old +1 from 0", { 1, true, true }, 0, false, 58, false },
		{ "old +9 from 6 is 15", { 9, true, true }, 400, false, 1000, false },
		{ "old +10 from 6", { 10, true, true }, 400, false, 1000, true },
		{ "old -17 from 0", { -17, true, true }, 0, false, -1000, false },
		{ "old -18 from 0", { -18, true, true }, 0, false, -1000, true },
		{ "old +2, file old", { 2, true, true }, 5, true, 7, false },
		{ "old +11, file old", { 11, true, true }, 5, true, 15, true },
		/* oom_adj 5 counts as 294 (before: 5 * 1000 / 17); 294 + 100 = 394 reads as 6. */
		{ "+100, file old", { 100, true, false }, 5, true, 6, false },
		{ "-2000, file old", { -2000, true, false }, 5, true, -17, true },
	};

	(void)state;
	try_all(rows, UNIT_LENGTH(rows));
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_written_unchanged),
		cmocka_unit_test(the_old_scale_goes_to_the_new_file),
		cmocka_unit_test(the_new_scale_goes_to_the_old_file),
		cmocka_unit_test(a_relative_change_is_added_and_stops_at_the_ends),
		cmocka_unit_test(a_relative_change_on_the_other_scale),
	};

	return UNIT_RUN(argc, argv, tests);
}
