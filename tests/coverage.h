/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Included first by all files of the build for tests/coverage: processes that end by _exit(2) or by
 * a signal to themselves write their counts as well.
 */
#ifndef TESTS_COVERAGE_H
#define TESTS_COVERAGE_H

#include <signal.h>
#include <unistd.h>

void __gcov_dump(void);

static inline _Noreturn void coverage_exit(int status)
{
	__gcov_dump();
	_exit(status);
}

static inline int coverage_raise(int number)
{
	__gcov_dump();
	return raise(number);
}

#define _exit coverage_exit
#define raise coverage_raise

#endif
