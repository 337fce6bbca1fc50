/* SPDX-License-Identifier: GPL-2.0-or-later */
/* procfs: numbers in text; unusual files and directories. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/proc/procfs.h"

static void finds_numbers(void **state)
{
	static const char text[] = "MemTotal:       24684084 kB\n"
				   "MemFree:\t 0 kB\n"
				   "SwapCached:          -7 kB\n"
				   "Mem:\n"
				   "oom_kill_x 9\n"
				   "oom_kill 18446744073709551615\n"
				   "last 5";
	static const struct {
		const char *key;
		bool is_there;
		uint64_t value;
	} cases[] = {
		{ "MemTotal", true, 24684084 },
		{ "MemFree", true, 0 },
		{ "oom_kill_x", true, 9 },
		{ "oom_kill", true, UINT64_MAX },
		{ "last", true, 5 },
		{ "SwapCached", false, 0 },
		{ "Mem", false, 0 },
		{ "emTotal", false, 0 },
		{ "MemTot", false, 0 },
		{ "kB", false, 0 },
		{ "24684084", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		uint64_t value = 0;

		unit_number(cases[i].key, procfs_find_number(text, cases[i].key, &value),
			    cases[i].is_there);
		if (cases[i].is_there)
			assert_true(value == cases[i].value);
	}
	assert_false(procfs_find_number("", "x", &(uint64_t){ 0 }));
}

static int make_directory(void **state)
{
	static char path[] = "/tmp/oomctl-unit-XXXXXX";

	*state = mkdtemp(path);
	return *state ? 0 : -1;
}

static void put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void reads_files(void **state)
{
	int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char buf[8];
	int64_t value = 3;

	assert_true(dir >= 0);
	put(dir, "f", "1234567890\n");
	/* A part of a file is not accepted as the whole. */
	assert_int_equal(procfs_read(dir, "f", buf, sizeof(buf)), -EFBIG);
	assert_int_equal(procfs_read_all(dir, "f", buf, sizeof(buf)), -EFBIG);
	assert_int_equal(procfs_read(dir, "none", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(procfs_read(dir, ".", buf, sizeof(buf)), -EISDIR);
	assert_int_equal(procfs_read_number(dir, "f", &value), 0);
	assert_int_equal(value, 1234567890);
	put(dir, "f", "-5");
	assert_int_equal(procfs_read_number(dir, "f", &value), 0);
	assert_int_equal(value, -5);
	put(dir, "f", "5 6\n");
	assert_int_equal(procfs_read_number(dir, "f", &value), -EINVAL);
	put(dir, "f", "");
	assert_int_equal(procfs_read_number(dir, "f", &value), -EINVAL);
	assert_int_equal(value, -5);
	unlinkat(dir, "f", 0);
	close(dir);
}

/* A status file with so many groups, of five digits each. */
static char *make_status(size_t n_groups, const char *tail)
{
	char *text = malloc(n_groups * 6 + 500), *p = text;

	assert_non_null(text);
	p = stpcpy(p, "Name:\tGroups:\nState:\tS (sleeping)\nGroups:\t");
	for (size_t i = 0; i < n_groups; i++)
		p += sprintf(p, "%zu ", 10000 + i);
	strcpy(p, tail);
	return text;
}

/* Lines after the groups are read with any buffer size, wherever the buffer ends. */
static void reads_past_many_groups(void **state)
{
	static const char tail[] =
		"\nVmRSS:\t  400 kB\nCpus_allowed_list:\t0-7\nMems_allowed_list:\t0\n";
	static const size_t counts[] = { 0, 1, 2000, 65536 };
	int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char buf[16384], list[70000] = "";

	assert_true(dir >= 0);
	for (size_t i = 0; i < UNIT_LENGTH(counts); i++) {
		char *text = make_status(counts[i], tail);

		put(dir, "status", text);
		for (size_t size = 200; size <= sizeof(buf); size += size < 400 ? 1 : 997) {
			ssize_t n = procfs_read(dir, "status", buf, size);

			assert_true(n > 0 && (size_t)n < size);
			assert_int_equal(strlen(buf), n);
			assert_int_equal(strncmp(buf, text, 37), 0);
			assert_non_null(strstr(buf, "\nVmRSS:\t  400 kB\n"));
			assert_non_null(strstr(buf, "\nMems_allowed_list:\t0\n"));
		}
		free(text);
	}
	/* Every second of thousands of CPUs. */
	for (size_t i = 0; i < sizeof(list) - 1; i++)
		list[i] = "4096,"[i % 5];
	{
		char *text = malloc(sizeof(list) + 200);

		assert_non_null(text);
		sprintf(text, "VmRSS:\t  400 kB\nCpus_allowed_list:\t%s\nMems_allowed_list:\t0\n",
			list);
		put(dir, "status", text);
		assert_true(procfs_read(dir, "status", buf, sizeof(buf)) > 0);
		assert_non_null(strstr(buf, "\nMems_allowed_list:\t0\n"));
		/* Other lines that are too long are not removed. */
		sprintf(text, "VmRSS:\t  400 kB\nMems_allowed:\t%s\nMems_allowed_list:\t0\n", list);
		put(dir, "status", text);
		assert_int_equal(procfs_read(dir, "status", buf, sizeof(buf)), -EFBIG);
		free(text);
	}
	assert_int_equal(procfs_read(AT_FDCWD, "/dev/zero", buf, sizeof(buf)), -EFBIG);
	unlinkat(dir, "status", 0);
	close(dir);
}

struct numbers {
	size_t n;
	int64_t sum;
	int stop_at;
};

static int note_number(void *arg, pid_t number)
{
	struct numbers *s = arg;

	s->n++;
	s->sum += number;
	return s->stop_at && number == s->stop_at ? 7 : 0;
}

/* Longer than any buffer, numbers across its end among them. */
static void each_number_of_a_list(void **state)
{
	int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *text = malloc(20000 * 6 + 1), *p = text;
	struct numbers s = { .n = 0 };

	assert_true(dir >= 0);
	assert_non_null(text);
	for (int i = 0; i < 20000; i++)
		p += sprintf(p, "%d%c", i, i % 2 ? ' ' : '\n');
	put(dir, "f", text);
	assert_int_equal(procfs_each_number(dir, "f", note_number, &s), 0);
	assert_int_equal(s.n, 20000);
	assert_int_equal(s.sum, 20000L * 19999 / 2);
	s = (struct numbers){ .stop_at = 15000 };
	assert_int_equal(procfs_each_number(dir, "f", note_number, &s), 7);
	assert_int_equal(s.n, 15001);
	s = (struct numbers){ .n = 0 };
	put(dir, "f", "0\n42");
	assert_int_equal(procfs_each_number(dir, "f", note_number, &s), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.sum, 42);
	assert_int_equal(procfs_each_number(dir, ".", note_number, &s), -EISDIR);
	assert_int_equal(procfs_each_number(dir, "none", note_number, &s), -ENOENT);
	free(text);
	unlinkat(dir, "f", 0);
	close(dir);
}

static void reads_a_process(void **state)
{
	int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char buf[32];

	assert_true(dir >= 0);
	assert_int_equal(mkdirat(dir, "1230", 0755), 0);
	assert_int_equal(mkdirat(dir, "1230/task", 0755), 0);
	assert_int_equal(mkdirat(dir, "1230/task/4194304", 0755), 0);
	put(dir, "1230/status", "process");
	put(dir, "1230/task/4194304/status", "thread");
	assert_int_equal(procfs_read_pid(dir, 1230, 0, "status", buf, sizeof(buf)), 7);
	assert_string_equal(buf, "process");
	assert_int_equal(procfs_read_pid(dir, 1230, 4194304, "status", buf, sizeof(buf)), 6);
	assert_string_equal(buf, "thread");
	assert_int_equal(procfs_read_pid(dir, 1230, 5, "status", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(procfs_read_pid(dir, INT32_MAX, 0, "status", buf, sizeof(buf)), -ENOENT);
	unlinkat(dir, "1230/task/4194304/status", 0);
	unlinkat(dir, "1230/status", 0);
	unlinkat(dir, "1230/task/4194304", AT_REMOVEDIR);
	unlinkat(dir, "1230/task", AT_REMOVEDIR);
	unlinkat(dir, "1230", AT_REMOVEDIR);
	close(dir);
}

struct ids {
	size_t n;
	int64_t sum;
};

static int note_id(void *arg, pid_t id)
{
	struct ids *ids = arg;

	ids->n++;
	ids->sum += id;
	return id == 4242 ? 7 : 0;
}

static void only_numbers_are_processes(void **state)
{
	static const char *const names[] = { "1",
					     "20",
					     "4194304",
					     "007",
					     "0",
					     "-3",
					     "5x",
					     "x5",
					     "+6",
					     "sys",
					     "99999999999999999999",
					     "3 ",
					     ".7" };
	int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ids ids = { 0 };
	size_t others = 0;

	assert_true(dir >= 0);
	for (size_t i = 0; i < UNIT_LENGTH(names); i++)
		assert_int_equal(mkdirat(dir, names[i], 0755), 0);
	put(dir, "file", "");
	assert_int_equal(procfs_each(dir, note_id, &ids, &others), 0);
	assert_int_equal(ids.n, 3);
	assert_int_equal(ids.sum, 1 + 20 + 4194304);
	/* Counts all other directories except those whose name begins with a dot. */
	assert_int_equal(others, 9);
	assert_int_equal(mkdirat(dir, "4242", 0755), 0);
	assert_int_equal(procfs_each(dir, note_id, &ids, NULL), 7);
	for (size_t i = 0; i < UNIT_LENGTH(names); i++)
		unlinkat(dir, names[i], AT_REMOVEDIR);
	unlinkat(dir, "4242", AT_REMOVEDIR);
	unlinkat(dir, "file", 0);
	close(dir);
}

static int remove_directory(void **state)
{
	return rmdir(*state);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_numbers),
		cmocka_unit_test(reads_files),
		cmocka_unit_test(reads_past_many_groups),
		cmocka_unit_test(each_number_of_a_list),
		cmocka_unit_test(reads_a_process),
		cmocka_unit_test(only_numbers_are_processes),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
