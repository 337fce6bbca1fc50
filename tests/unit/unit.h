/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: shared by all unit tests: cmocka, comparisons that print the case's name, and a main with a
 * filter.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define UNIT_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Fail with the case's name and both values, which a plain assertion would not show for a row of a
 * table. The values are strings, because cmocka prints these after "not ok", but the text of
 * fail_msg() before it.
 */
static inline void unit_text(const char *name, const char *got, const char *want)
{
	char is[8192], should_be[8192];

	if (strcmp(got, want) == 0)
		return;
	snprintf(is, sizeof(is), "%s: %s", name, got);
	snprintf(should_be, sizeof(should_be), "%s: %s", name, want);
	assert_string_equal(is, should_be);
	fail();
}

static inline void unit_number(const char *name, int64_t got, int64_t want)
{
	char is[24], should_be[24];

	snprintf(is, sizeof(is), "%" PRId64, got);
	snprintf(should_be, sizeof(should_be), "%" PRId64, want);
	unit_text(name, is, should_be);
}

/* The program's argument is the name of a test, or a pattern such as 'score*'. */
#define UNIT_RUN(argc, argv, tests)                                \
	((argc) > 1 ? cmocka_set_test_filter((argv)[1]) : (void)0, \
	 cmocka_run_group_tests((tests), NULL, NULL))

#endif
