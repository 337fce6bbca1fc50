/* SPDX-License-Identifier: GPL-2.0-or-later */
/* forecast: the time until memory is exhausted, worked out by hand. */
#include "unit.h"

#include "oom/top/forecast.h"

/* Seconds as thousandths, to compare. */
static int64_t thousandths(double seconds)
{
	return (int64_t)(seconds * 1000 + 0.5);
}

/* 5 MB/s on a line: 60 MB are left after 8 s, so 12 s remain, without any error. */
static void a_steady_fall_has_no_error(void **state)
{
	static const struct forecast_point points[] = {
		{ 1000, 20000000, 0 }, { 3000, 30000000, 0 }, { 5000, 40000000, 0 },
		{ 7000, 50000000, 0 }, { 9000, 60000000, 0 },
	};
	struct forecast f;

	(void)state;
	forecast_find(points, UNIT_LENGTH(points), 60000000, &f);
	unit_number("growing", f.is_growing, true);
	unit_number("rate", (int64_t)(f.bytes_per_s + 0.5), 5000000);
	unit_number("time", thousandths(f.seconds), 12000);
	unit_number("soonest", thousandths(f.min_s), 12000);
	unit_number("latest", thousandths(f.max_s), 12000);
}

/*
 * Mean of t 2, of y 70; Sxx 10, Sxy 102: slope 10.2. Residuals 0.4, -0.8, 1, -1.2, 0.6: sum of
 * squares 3.6, over 3 and 10 the variance 0.12 of the slope: standard error 0.34641. 9 are left:
 * 9 / 10.2, 9 / 10.89282 and 9 / 9.50718.
 */
static void a_noisy_fall_has_a_range(void **state)
{
	static const struct forecast_point points[] = {
		{ 0, 50000, 0 },    { 1000, 59000, 0 }, { 2000, 71000, 0 },
		{ 3000, 79000, 0 }, { 4000, 91000, 0 },
	};
	struct forecast f;

	(void)state;
	forecast_find(points, UNIT_LENGTH(points), 9000, &f);
	unit_number("growing", f.is_growing, true);
	unit_number("rate", (int64_t)(f.bytes_per_s + 0.5), 10200);
	unit_number("time", thousandths(f.seconds), 882);
	unit_number("soonest", thousandths(f.min_s), 826);
	unit_number("latest", thousandths(f.max_s), 947);
}

static void expect_none(const char *name, const struct forecast_point *points, size_t n,
			int64_t left_bytes)
{
	struct forecast f;

	forecast_find(points, n, left_bytes, &f);
	unit_number(name, f.is_growing, false);
}

static void nothing_is_said_while_nothing_grows(void **state)
{
	static const struct forecast_point still[] = {
		{ 0, 5000, 0 },    { 1000, 5000, 0 }, { 2000, 5000, 0 },
		{ 3000, 5000, 0 }, { 4000, 5000, 0 },
	};
	static const struct forecast_point falls[] = {
		{ 0, 5000, 0 },    { 1000, 4000, 0 }, { 2000, 3000, 0 },
		{ 3000, 2000, 0 }, { 4000, 1000, 0 },
	};
	/* It grows by 2 a second, but with an error of as much. */
	static const struct forecast_point noise[] = {
		{ 0, 100, 0 },    { 1000, 120, 0 }, { 2000, 90, 0 },
		{ 3000, 125, 0 }, { 4000, 105, 0 },
	};
	/* 1 byte a second of 10 GB: after 317 years. */
	static const struct forecast_point slow[] = {
		{ 0, 1, 0 }, { 1000, 2, 0 }, { 2000, 3, 0 }, { 3000, 4, 0 }, { 4000, 5, 0 },
	};
	static const struct forecast_point few[] = {
		{ 0, 10, 0 },
		{ 1000, 20, 0 },
		{ 2000, 30, 0 },
		{ 3000, 40, 0 },
	};
	static const struct forecast_point at_once[] = {
		{ 0, 10, 0 }, { 0, 20, 0 }, { 0, 30, 0 }, { 0, 40, 0 }, { 0, 50, 0 },
	};

	(void)state;
	expect_none("still", still, UNIT_LENGTH(still), 5000);
	expect_none("falls", falls, UNIT_LENGTH(falls), 5000);
	expect_none("noise", noise, UNIT_LENGTH(noise), 95);
	expect_none("slow", slow, UNIT_LENGTH(slow), 10000000000);
	expect_none("few", few, UNIT_LENGTH(few), 20);
	expect_none("no time", at_once, UNIT_LENGTH(at_once), 10);
	expect_none("none", NULL, 0, 0);
}

static void the_oldest_point_makes_room(void **state)
{
	struct forecast_point points[3];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 4; i++)
		n = forecast_add(points, n, 3, (struct forecast_point){ i, 10 * i, 0 });
	unit_number("n", (int64_t)n, 3);
	unit_number("first", points[0].used_bytes, 10);
	unit_number("last", points[2].used_bytes, 30);
}

/* 40 were used up: 21 back at once is more than half of it, 20 is not. */
static void a_kill_begins_a_new_series(void **state)
{
	struct forecast_point points[8] = { { 0, 100, 0 }, { 1, 120, 0 }, { 2, 140, 0 } };

	(void)state;
	unit_number("a little",
		    (int64_t)forecast_add(points, 3, 8, (struct forecast_point){ 3, 120, 0 }), 4);
	unit_number("much",
		    (int64_t)forecast_add(points, 3, 8, (struct forecast_point){ 3, 119, 0 }), 1);
	unit_number("it remains", points[0].used_bytes, 119);
}

static void another_mark_begins_a_new_series(void **state)
{
	struct forecast_point points[8] = { { 0, 100, 500 }, { 1, 120, 500 }, { 2, 140, 500 } };

	(void)state;
	unit_number("the same",
		    (int64_t)forecast_add(points, 3, 8, (struct forecast_point){ 3, 160, 500 }), 4);
	unit_number("lower",
		    (int64_t)forecast_add(points, 4, 8, (struct forecast_point){ 4, 180, 499 }), 1);
	unit_number("it remains", points[0].used_bytes, 180);
}

static void points_grow_by_the_rate(void **state)
{
	(void)state;
	unit_number("up", forecast_points(1000, 2.5, 10), 1025);
	unit_number("down", forecast_points(1000, -3, 10), 970);
	unit_number("not", forecast_points(1000, 0, 10), 1000);
	unit_number("endless", forecast_points(0, 1e30, 1e9), 1LL << 60);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_steady_fall_has_no_error),
		cmocka_unit_test(a_noisy_fall_has_a_range),
		cmocka_unit_test(nothing_is_said_while_nothing_grows),
		cmocka_unit_test(the_oldest_point_makes_room),
		cmocka_unit_test(a_kill_begins_a_new_series),
		cmocka_unit_test(another_mark_begins_a_new_series),
		cmocka_unit_test(points_grow_by_the_rate),
	};

	return UNIT_RUN(argc, argv, tests);
}
