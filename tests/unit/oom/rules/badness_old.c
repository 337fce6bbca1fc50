/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * badness_old: points before 2.6.36, worked out by hand from badness() of Linux 2.6.18, 2.6.24 and
 * 2.6.32.
 */
#include "unit.h"

#include "oom/rules/badness_old.h"
#include "oom/rules/version.h"

#define OLD   VERSION(2, 6, 18)
#define NEWER VERSION(2, 6, 32)

#define RAWIO    (1ULL << 17)
#define ADMIN    (1ULL << 21)
#define RESOURCE (1ULL << 24)

struct points_case {
	const char *name;
	struct badness_old h;
	uint64_t own, children;
	int version;
	unsigned int hz;
	uint64_t points;
};

static void check(const struct points_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		unit_number(cases[i].name,
			    (int64_t)badness_old_points(&cases[i].h, cases[i].own,
							cases[i].children, cases[i].version,
							cases[i].hz),
			    (int64_t)cases[i].points);
}

/* An hour is 3,600 * HZ ticks; 8 times the nearest power of 2 make a unit: 439, 351 and 439 of them, root 20, 18 and 20. */
static void run_time_divides(void **state)
{
	static const struct points_case cases[] = {
		{ "new", { 0 }, 100000, 0, OLD, 250, 100000 },
		{ "an hour of CPU, HZ 250", { .cpu_ms = 3600000 }, 100000, 0, OLD, 250, 5000 },
		{ "an hour of CPU, HZ 100", { .cpu_ms = 3600000 }, 100000, 0, OLD, 100, 5555 },
		{ "an hour of CPU, HZ 1000", { .cpu_ms = 3600000 }, 100000, 0, OLD, 1000, 5000 },
		/*
		 * 2,047 ticks of a 250th of a second are no unit, 2,048 are one; 8,192 are four,
		 * with the root 2.
		 */
		{ "8.188 s of CPU", { .cpu_ms = 8188 }, 100000, 0, OLD, 250, 100000 },
		{ "8.192 s of CPU", { .cpu_ms = 8192 }, 100000, 0, OLD, 250, 100000 },
		{ "32.768 s of CPU", { .cpu_ms = 32768 }, 100000, 0, OLD, 250, 50000 },
		{ "32.764 s of CPU", { .cpu_ms = 32764 }, 100000, 0, OLD, 250, 100000 },
		/* A day is 84 units of 1,024 s: the root is 9, the root of that 3. */
		{ "a day old", { .age_s = 86400 }, 100000, 0, OLD, 250, 33333 },
		{ "16,383 s old", { .age_s = 16383 }, 100000, 0, OLD, 250, 100000 },
		{ "16,384 s old", { .age_s = 16384 }, 100000, 0, OLD, 250, 50000 },
		{ "both", { .cpu_ms = 3600000, .age_s = 86400 }, 100000, 0, NEWER, 250, 1666 },
	};

	(void)state;
	check(cases, UNIT_LENGTH(cases));
}

static void nice_and_privileges_count(void **state)
{
	static const struct points_case cases[] = {
		{ "nice", { .nice = 1 }, 1000, 0, OLD, 250, 2000 },
		{ "not nice", { .nice = -5 }, 1000, 0, OLD, 250, 1000 },
		{ "uid 0, 2.6.18", { .is_root = true }, 1000, 0, OLD, 250, 250 },
		{ "uid 0, 2.6.24", { .is_root = true }, 1000, 0, VERSION(2, 6, 24), 250, 250 },
		{ "uid 0, 2.6.25", { .is_root = true }, 1000, 0, VERSION(2, 6, 25), 250, 1000 },
		{ "CAP_SYS_ADMIN", { .caps = ADMIN }, 1000, 0, OLD, 250, 250 },
		{ "CAP_SYS_ADMIN, 2.6.32", { .caps = ADMIN }, 1000, 0, NEWER, 250, 250 },
		{ "CAP_SYS_RESOURCE, 2.6.18", { .caps = RESOURCE }, 1000, 0, OLD, 250, 1000 },
		{ "CAP_SYS_RESOURCE, 2.6.32", { .caps = RESOURCE }, 1000, 0, NEWER, 250, 250 },
		{ "CAP_SYS_RAWIO", { .caps = RAWIO }, 1000, 0, OLD, 250, 250 },
		{ "all of them once", { .caps = ~0ULL, .is_root = true }, 1000, 0, OLD, 250, 62 },
	};

	(void)state;
	check(cases, UNIT_LENGTH(cases));
}

static void oom_adj_shifts(void **state)
{
	static const struct points_case cases[] = {
		{ "3", { .oom_adj = 3 }, 1000, 0, OLD, 250, 8000 },
		{ "15", { .oom_adj = 15 }, 1000, 0, OLD, 250, 32768000 },
		{ "-3", { .oom_adj = -3 }, 1000, 0, OLD, 250, 125 },
		{ "-16", { .oom_adj = -16 }, 1000, 0, OLD, 250, 0 },
		{ "nothing times 32, 2.6.21", { .oom_adj = 5 }, 0, 0, VERSION(2, 6, 21), 250, 0 },
		{ "one times 32, 2.6.22", { .oom_adj = 5 }, 0, 0, VERSION(2, 6, 22), 250, 32 },
		{ "no end", { .oom_adj = 15 }, UINT64_MAX / 2, 0, OLD, 250, 1ULL << 62 },
	};

	(void)state;
	check(cases, UNIT_LENGTH(cases));
}

static void children_add_half(void **state)
{
	static const struct points_case cases[] = {
		{ "with children", { .age_s = 16384 }, 1000, 502, OLD, 250, 751 },
	};

	(void)state;
	unit_number("even", (int64_t)badness_old_child(1000), 501);
	unit_number("odd", (int64_t)badness_old_child(1001), 501);
	unit_number("none", (int64_t)badness_old_child(0), 1);
	check(cases, UNIT_LENGTH(cases));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(run_time_divides),
		cmocka_unit_test(nice_and_privileges_count),
		cmocka_unit_test(oom_adj_shifts),
		cmocka_unit_test(children_add_half),
	};

	return UNIT_RUN(argc, argv, tests);
}
