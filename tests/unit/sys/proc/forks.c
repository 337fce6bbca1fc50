/* SPDX-License-Identifier: GPL-2.0-or-later */
/* forks: which threads perhaps fork, and until when. */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/proc/forks.h"

static char path[] = "/tmp/oomctl-unit-XXXXXX";
static int proc = -1;

static int begin(void **state)
{
	(void)state;
	proc = mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	return proc < 0 || mkdirat(proc, "100", 0700) || mkdirat(proc, "100/task", 0700) ||
			       mkdirat(proc, "100/task/100", 0700) ||
			       mkdirat(proc, "100/task/101", 0700)
		       ? -1
		       : 0;
}

static int end(void **state)
{
	static const char *const dirs[] = { "100/task/101", "100/task/100", "100/task", "100" };

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(dirs); i++) {
		int dir = openat(proc, dirs[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		unlinkat(dir, "stat", 0);
		close(dir);
		unlinkat(proc, dirs[i], AT_REMOVEDIR);
	}
	close(proc);
	return rmdir(path);
}

/* A stat file, with a name that looks like its end. */
static void put(const char *file, char state, unsigned long user, int threads)
{
	int fd = openat(proc, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_true(dprintf(fd,
			    "100 (a) S 7 7) %c 1 100 100 0 -1 4194304 90 0 0 0 %lu 55 0 0 20 0 %d "
			    "0 5000 1000 10 18446744073709551615 1 1 0\n",
			    state, user, threads) > 0);
	close(fd);
}

/* How many perhaps fork after a wait that ends at once if there are none. */
static size_t wait_for(struct forks *f)
{
	size_t n;

	forks_wait(f, proc, 20);
	n = f->n;
	forks_free(f);
	return n;
}

static void one_that_does_not_sleep_perhaps_forks(void **state)
{
	static const struct {
		char state;
		size_t n;
	} cases[] = { { 'R', 1 }, { 'D', 1 }, { 'S', 0 }, { 'T', 0 }, { 't', 0 }, { 'Z', 0 } };

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		struct forks f = { 0 };

		put("100/stat", cases[i].state, 30, 1);
		forks_add(&f, proc, 100);
		assert_int_equal(f.n, cases[i].n);
		assert_int_equal(wait_for(&f), cases[i].n);
	}
}

static void until_it_sleeps_or_has_run_in_user_mode(void **state)
{
	struct forks f = { 0 };

	(void)state;
	put("100/stat", 'R', 30, 1);
	forks_add(&f, proc, 100);
	put("100/stat", 'R', 31, 1);
	forks_wait(&f, proc, 20);
	assert_int_equal(f.n, 1);
	put("100/stat", 'R', 32, 1);
	assert_int_equal(wait_for(&f), 0);
	put("100/stat", 'D', 30, 1);
	forks_add(&f, proc, 100);
	put("100/stat", 'S', 30, 1);
	assert_int_equal(wait_for(&f), 0);
}

static void each_thread_counts(void **state)
{
	struct forks f = { 0 };

	(void)state;
	put("100/stat", 'S', 30, 2);
	put("100/task/100/stat", 'S', 20, 2);
	put("100/task/101/stat", 'R', 10, 2);
	forks_add(&f, proc, 100);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.list[0].tid, 101);
	/* The other one ran; this one did not. */
	put("100/task/100/stat", 'R', 40, 2);
	assert_int_equal(wait_for(&f), 1);
}

/* Without descriptors, say. */
static void one_that_cannot_be_read_perhaps_forks(void **state)
{
	struct forks f = { 0 };

	(void)state;
	forks_add(&f, proc, 4242);
	assert_int_equal(f.n, 0);
	put("100/stat", 'R', 30, 1);
	forks_add(&f, proc, 100);
	assert_int_equal(unlinkat(proc, "100/stat", 0), 0);
	assert_int_equal(mkdirat(proc, "100/stat", 0700), 0);
	forks_add(&f, proc, 100);
	assert_int_equal(f.n, 2);
	assert_int_equal(wait_for(&f), 2);
	assert_int_equal(unlinkat(proc, "100/stat", AT_REMOVEDIR), 0);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_does_not_sleep_perhaps_forks),
		cmocka_unit_test(until_it_sleeps_or_has_run_in_user_mode),
		cmocka_unit_test(each_thread_counts),
		cmocka_unit_test(one_that_cannot_be_read_perhaps_forks),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, begin, end);
}
