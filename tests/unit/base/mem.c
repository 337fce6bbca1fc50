/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mem: lists grow; without memory the program ends. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

static void lists_grow(void **state)
{
	size_t *list = NULL;

	(void)state;
	for (size_t n = 0; n < 5000; n++) {
		list = mem_grow(list, n, sizeof(*list));
		list[n] = n * 3;
	}
	for (size_t n = 0; n < 5000; n++)
		assert_int_equal(list[n], n * 3);
	free(list);
}

static void memory_is_zeroed(void **state)
{
	char *text = mem_copy("text"), *none = mem_alloc(0, 8), *some = mem_alloc(300, 7);

	(void)state;
	unit_text("copy", text, "text");
	assert_non_null(none);
	for (int i = 0; i < 2100; i++)
		assert_int_equal(some[i], 0);
	free(text);
	free(none);
	free(some);
}

/* The exit status of a child that runs it; 77: the child continued. */
static int status_of(void (*act)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		close(STDERR_FILENO);
		act();
		_exit(77);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void allocate_too_much(void)
{
	mem_alloc(SIZE_MAX / 2, 4);
}

static void grow_too_much(void)
{
	mem_grow(NULL, SIZE_MAX / 4 + 1, 16);
}

static void fail_in_run(void)
{
	mem_set_status(ST_RUN_FAILED);
	mem_check(-ENOMEM);
}

static void pass_others(void)
{
	if (mem_check(0) == 0 && mem_check(-EIO) == -EIO)
		_exit(78);
}

static void failure_ends_the_program(void **state)
{
	(void)state;
	assert_int_equal(status_of(allocate_too_much), 4);
	assert_int_equal(status_of(grow_too_much), 4);
	assert_int_equal(status_of(fail_in_run), 125);
	assert_int_equal(status_of(pass_others), 78);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_grow),
		cmocka_unit_test(memory_is_zeroed),
		cmocka_unit_test(failure_ends_the_program),
	};

	return UNIT_RUN(argc, argv, tests);
}
