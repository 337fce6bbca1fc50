/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl_table: names of sysctls, lines of sysctl.d(5) files, and edited files. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "oom/rules/sysctl_table.h"

static const struct sysctl_setting *find(const char *name)
{
	return sysctl_table_find(name, strlen(name));
}

static void names(void **state)
{
	static const struct {
		const char *word, *name;
	} rows[] = {
		{ "panic_on_oom", "panic_on_oom" },
		{ "vm.panic_on_oom", "panic_on_oom" },
		{ "vm/panic_on_oom", "panic_on_oom" },
		{ "oom_kill_allocating_task", "oom_kill_allocating_task" },
		{ "vm.oom_dump_tasks", "oom_dump_tasks" },
		{ "panic", "panic" },
		{ "kernel.panic", "panic" },
		{ "kernel/panic", "panic" },
		{ "vm.overcommit_kbytes", "overcommit_kbytes" },
	};
	static const char *const strangers[] = { "",
						 "vm",
						 "vm.",
						 "vm.panic",
						 "kernel",
						 "kernel.",
						 "panic_on_oo",
						 "panic_on_oom2",
						 "PANIC_ON_OOM",
						 "vm.vm.panic_on_oom",
						 "kernel.panic_on_oom",
						 "vm-panic_on_oom",
						 "kernel.overcommit_memory",
						 "kernel.kernel.panic",
						 "swappiness" };

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		const struct sysctl_setting *s = find(rows[i].word);

		unit_text(rows[i].word, s ? s->name : "none", rows[i].name);
	}
	for (size_t i = 0; i < UNIT_LENGTH(strangers); i++)
		unit_text(strangers[i], find(strangers[i]) ? "found" : "none", "none");
	/* The given length is used, not the end of the string. */
	assert_non_null(sysctl_table_find("panic_on_oom=1", 12));
	assert_null(sysctl_table_find("panic_on_oom=1", 13));
}

/*
 * kernel/sysctl.c and mm/util.c: panic_on_oom and overcommit_memory are 0...2; panic, the ratio and
 * the two sizes are an int or unsigned long; the others are flags that vm.rst documents as 0 and 1.
 */
static void ranges_and_meanings(void **state)
{
	static const struct {
		const char *name;
		int64_t value;
		const char *meaning;
	} rows[] = {
		{ "panic_on_oom", 2, "always panic" },
		{ "panic_on_oom", 3, "unknown" },
		{ "panic_on_oom", -1, "unknown" },
		{ "oom_dump_tasks", 2, "list the processes in OOM reports" },
		{ "oom_kill_allocating_task", 5,
		  "kill the process that requests memory, if killable" },
		{ "oom_kill_allocating_task", -1,
		  "kill the process that requests memory, if killable" },
		{ "panic", 0, "after a panic, stay down until a reset" },
		{ "panic", -1, "after a panic, reboot immediately" },
		{ "panic", -2147483648L, "after a panic, reboot immediately" },
		{ "panic", 1, "after a panic, reboot in 1 second" },
		{ "panic", 30, "after a panic, reboot in 30 seconds" },
		{ "overcommit_memory", 1, "refuse no request" },
		{ "overcommit_ratio", 50, "the commit limit is 50% of RAM, plus swap" },
		{ "overcommit_kbytes", 0, "the commit limit is set by overcommit_ratio" },
		{ "overcommit_kbytes", 7, "the commit limit is 7 KiB, plus swap" },
		{ "min_free_kbytes", 2147483647, "keep 2147483647 KiB free for urgent requests" },
		{ "min_free_kbytes", -1, "unknown" },
	};
	char text[SYSCTL_TABLE_TEXT];
	size_t n;
	const struct sysctl_setting *all = sysctl_table_table(&n);

	(void)state;
	unit_number("settings", (int64_t)n, 8);
	unit_number("panic_on_oom", find("panic_on_oom")->max, 2);
	unit_number("oom_kill_allocating_task", find("oom_kill_allocating_task")->max, 1);
	unit_number("oom_dump_tasks", find("oom_dump_tasks")->max, 1);
	unit_number("overcommit_memory", find("overcommit_memory")->max, 2);
	unit_number("panic", find("panic")->min, -2147483648L);
	unit_number("panic", find("panic")->max, 2147483647);
	unit_number("overcommit_ratio", find("overcommit_ratio")->min, 0);
	for (size_t i = 0; i < n; i++)
		for (int value = 0; *all[i].meanings && value <= all[i].max; value++)
			assert_true(all[i].meanings[value] && *all[i].meanings[value]);
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++)
		unit_text(rows[i].name,
			  sysctl_table_meaning(find(rows[i].name), rows[i].value, text),
			  rows[i].meaning);
}

/* mm/util.c, vm_commit_limit(), by hand, in KiB. */
static void commit_limits(void **state)
{
	struct sysctl_memory m = { .ram = 1000000, .swap = 50000, .hugetlb = 100000 };

	(void)state;
	unit_number("50 percent of 900000, and swap", sysctl_table_commit_limit(&m, 50, 0), 500000);
	unit_number("more than all", sysctl_table_commit_limit(&m, 200, 0), 1850000);
	unit_number("none", sysctl_table_commit_limit(&m, 0, 0), 50000);
	unit_number("by size", sysctl_table_commit_limit(&m, 0, 7), 50007);
	unit_number("the ratio is unknown", sysctl_table_commit_limit(&m, -1, 0), -1);
	m.swap = -1;
	unit_number("swap is unknown", sysctl_table_commit_limit(&m, 50, 0), -1);
}

static void dangerous_min_free(void **state)
{
	/* A quarter is 250000, five percent are 50000; an increase of 40000 takes 60000. */
	struct sysctl_memory m = { .ram = 1000000, .available = 60000 };

	(void)state;
	unit_number("kept", sysctl_table_check_min_free(&m, 10000, 10000), SYSCTL_MIN_FREE_OK);
	unit_number("5 percent", sysctl_table_check_min_free(&m, 10000, 50000), SYSCTL_MIN_FREE_OK);
	unit_number("more", sysctl_table_check_min_free(&m, 11000, 50001), SYSCTL_MIN_FREE_HIGH);
	unit_number("now", sysctl_table_check_min_free(&m, 10000, 50001), SYSCTL_MIN_FREE_NOW);
	unit_number("the present value is unknown", sysctl_table_check_min_free(&m, -1, 40001),
		    SYSCTL_MIN_FREE_NOW);
	unit_number("a decrease", sysctl_table_check_min_free(&m, 240000, 200000),
		    SYSCTL_MIN_FREE_HIGH);
	unit_number("a quarter", sysctl_table_check_min_free(&m, 250000, 250000),
		    SYSCTL_MIN_FREE_HIGH);
	unit_number("above", sysctl_table_check_min_free(&m, 250001, 250001),
		    SYSCTL_MIN_FREE_SHARE);
	unit_number("1024", sysctl_table_check_min_free(&m, 5000, 1024), SYSCTL_MIN_FREE_OK);
	unit_number("1023", sysctl_table_check_min_free(&m, 5000, 1023), SYSCTL_MIN_FREE_LOW);
	m.ram = m.available = -1;
	unit_number("nothing is known", sysctl_table_check_min_free(&m, -1, 2147483647),
		    SYSCTL_MIN_FREE_OK);
}

/* Writing one sets the other to 0 (mm/util.c, overcommit_ratio_handler()). */
static void rivals(void **state)
{
	static const struct {
		const char *line, *name;
		int err;
		int64_t value;
	} rows[] = {
		{ "vm.overcommit_ratio = 80", "overcommit_ratio", 0, 80 },
		{ "vm.overcommit_kbytes = 0", "overcommit_ratio", 0, 0 },
		{ "vm.overcommit_kbytes = 80", "overcommit_ratio", 0, SYSCTL_TABLE_RIVAL },
		{ "vm/overcommit_ratio=80", "overcommit_kbytes", 0, SYSCTL_TABLE_RIVAL },
		{ "vm.overcommit_memory = 1", "overcommit_kbytes", -ENOENT, 0 },
		{ "vm.overcommit_ratio = 1", "overcommit_memory", -ENOENT, 0 },
		{ "kernel.panic = -1", "panic", 0, -1 },
		{ "panic = 5", "panic", -ENOENT, 0 },
		{ "vm.panic = 5", "panic", -ENOENT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		const char *line = rows[i].line;
		int64_t value = 0;
		int err = sysctl_table_parse_line(line, strlen(line), find(rows[i].name), &value);

		unit_number(line, err, rows[i].err);
		unit_number(line, value, rows[i].value);
	}
}

static void lines(void **state)
{
	static const struct {
		const char *line;
		int err;
		int64_t value;
	} rows[] = {
		{ "vm.panic_on_oom = 1", 0, 1 },
		{ "vm.panic_on_oom=2", 0, 2 },
		{ "vm/panic_on_oom = 0", 0, 0 },
		{ "  \tvm.panic_on_oom\t=\t1  ", 0, 1 },
		{ "-vm.panic_on_oom = 1", 0, 1 },
		{ "# vm.panic_on_oom = 1", -ENOENT, 0 },
		{ "; vm.panic_on_oom = 1", -ENOENT, 0 },
		{ "panic_on_oom = 1", -ENOENT, 0 },
		{ "vm.panic_on_oom", -ENOENT, 0 },
		{ "vm.panic_on_oom 1", -ENOENT, 0 },
		{ "vm.panic_on_oom2 = 1", -ENOENT, 0 },
		{ "vm.oom_dump_tasks = 1", -ENOENT, 0 },
		{ "kernel.panic = 1", -ENOENT, 0 },
		{ "= 1", -ENOENT, 0 },
		{ "=", -ENOENT, 0 },
		{ "-", -ENOENT, 0 },
		{ " ", -ENOENT, 0 },
		{ "", -ENOENT, 0 },
	};
	const struct sysctl_setting *s = find("panic_on_oom");

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		int64_t value = -1;
		int err = sysctl_table_parse_line(rows[i].line, strlen(rows[i].line), s, &value);

		unit_number(rows[i].line, err, rows[i].err);
		if (!err)
			unit_number(rows[i].line, value, rows[i].value);
	}
}

/* The line ends at the given length: an '=' on the next line does not count. */
static void a_line_ends_at_its_length(void **state)
{
	const char *text = "vm.panic_on_oom\nvm.panic_on_oom = 1\n";
	int64_t value = -1;

	(void)state;
	assert_int_equal(sysctl_table_parse_line(text, 15, find("panic_on_oom"), &value), -ENOENT);
	assert_int_equal(sysctl_table_parse_line(text + 16, 19, find("panic_on_oom"), &value), 0);
	assert_int_equal(value, 1);
}

static void edit(const char *what, const char *old, const char *setting, int64_t value,
		 const char *want)
{
	char *text = sysctl_table_edit(old, find(setting), value);

	assert_non_null(text);
	unit_text(what, text, want);
	free(text);
}

static void edits(void **state)
{
	char *text = sysctl_table_edit(NULL, find("panic_on_oom"), 1);

	(void)state;
	assert_non_null(text);
	assert_int_equal(text[0], '#');
	unit_text("a new file", strchr(text, '\n') + 1, "vm.panic_on_oom = 1\n");
	free(text);

	edit("an empty file", "", "panic_on_oom", 1, "vm.panic_on_oom = 1\n");
	edit("others stay, ours goes to the end", "# mine\nvm.swappiness = 10\n", "panic_on_oom", 2,
	     "# mine\nvm.swappiness = 10\nvm.panic_on_oom = 2\n");
	edit("replaced in its place", "a=1\nvm.panic_on_oom=1\nb=2\n", "panic_on_oom", 0,
	     "a=1\nvm.panic_on_oom = 0\nb=2\n");
	edit("twice becomes once", "vm.panic_on_oom=1\nx=1\n-vm/panic_on_oom=2\n", "panic_on_oom",
	     0, "vm.panic_on_oom = 0\nx=1\n");
	edit("no newline at the end", "x=1", "oom_dump_tasks", 0, "x=1\nvm.oom_dump_tasks = 0\n");
	edit("a line of the rival is replaced",
	     "vm.overcommit_kbytes = 9\nvm.overcommit_memory=2\n", "overcommit_ratio", 80,
	     "vm.overcommit_ratio = 80\nvm.overcommit_memory=2\n");
	edit("of the kernel", "kernel.panic=1\n", "panic", -1, "kernel.panic = -1\n");
	edit("blank lines and comments stay", "\n\n# vm.panic_on_oom = 1\n\n", "panic_on_oom", 1,
	     "\n\n# vm.panic_on_oom = 1\n\nvm.panic_on_oom = 1\n");
	edit("carriage returns stay", "x = 1\r\n", "panic_on_oom", 1,
	     "x = 1\r\nvm.panic_on_oom = 1\n");
}

/* There is room if every line sets it, and if none does. */
static void long_files(void **state)
{
	enum { LINES = 3000 };
	char *old = malloc(LINES * 32 + 1), *text, *at = old;

	(void)state;
	assert_non_null(old);
	for (int i = 0; i < LINES; i++)
		at += sprintf(at, "kernel.something.%d = 1\n", i);
	text = sysctl_table_edit(old, find("panic_on_oom"), 1);
	assert_non_null(text);
	assert_int_equal(strlen(text), strlen(old) + strlen("vm.panic_on_oom = 1\n"));
	assert_memory_equal(text, old, strlen(old));
	free(text);
	at = old;
	for (int i = 0; i < LINES; i++)
		at += sprintf(at, "vm.panic_on_oom=2\n");
	edit("all of them", old, "panic_on_oom", 1, "vm.panic_on_oom = 1\n");
	free(old);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),         cmocka_unit_test(ranges_and_meanings),
		cmocka_unit_test(lines),         cmocka_unit_test(a_line_ends_at_its_length),
		cmocka_unit_test(edits),         cmocka_unit_test(long_files),
		cmocka_unit_test(commit_limits), cmocka_unit_test(dangerous_min_free),
		cmocka_unit_test(rivals),
	};

	return UNIT_RUN(argc, argv, tests);
}
