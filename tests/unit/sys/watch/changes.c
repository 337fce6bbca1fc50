/* SPDX-License-Identifier: GPL-2.0-or-later */
/* changes: what happens in directories is seen, also in one that is made later. */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/watch/changes.h"

static char top[] = "/tmp/changes.XXXXXX", first[64], second[64], file[80], other[80];

static void touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);

	assert_true(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
}

static void changes_are_seen(void **state)
{
	const char *const list[] = { first, second };
	struct changes c;

	(void)state;
	assert_int_equal(changes_open(&c, list, 2), 0);
	assert_false(changes_read(&c));
	touch(file);
	assert_true(changes_read(&c));
	assert_false(changes_read(&c));
	chmod(file, 0600);
	assert_true(changes_read(&c));
	rename(file, other);
	assert_true(changes_read(&c));
	unlink(other);
	assert_true(changes_read(&c));
	changes_close(&c);
}

static void a_new_directory_is_seen(void **state)
{
	const char *const list[] = { first, second };
	struct changes c;
	char path[80];

	(void)state;
	assert_int_equal(changes_open(&c, list, 2), 0);
	/* Others beside it are of no interest. */
	snprintf(path, sizeof(path), "%s/beside", top);
	mkdir(path, 0755);
	assert_false(changes_read(&c));
	rmdir(path);
	mkdir(second, 0755);
	assert_true(changes_read(&c));
	changes_renew(&c);
	snprintf(path, sizeof(path), "%s/in", second);
	touch(path);
	assert_true(changes_read(&c));
	/* Again, after it was removed. */
	unlink(path);
	rmdir(second);
	assert_true(changes_read(&c));
	changes_renew(&c);
	mkdir(second, 0755);
	assert_true(changes_read(&c));
	changes_renew(&c);
	touch(path);
	assert_true(changes_read(&c));
	unlink(path);
	rmdir(second);
	changes_close(&c);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_seen),
		cmocka_unit_test(a_new_directory_is_seen),
	};
	int failed;

	if (!mkdtemp(top))
		return 1;
	snprintf(first, sizeof(first), "%s/first", top);
	snprintf(second, sizeof(second), "%s/second", top);
	snprintf(file, sizeof(file), "%s/first/file", top);
	snprintf(other, sizeof(other), "%s/first/other", top);
	mkdir(first, 0755);
	failed = UNIT_RUN(argc, argv, tests);
	rmdir(first);
	rmdir(top);
	return failed;
}
