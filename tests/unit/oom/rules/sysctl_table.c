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
	};
	static const char *const strangers[] = { "",
						 "vm",
						 "vm.",
						 "panic",
						 "panic_on_oo",
						 "panic_on_oom2",
						 "PANIC_ON_OOM",
						 "vm.vm.panic_on_oom",
						 "kernel.panic_on_oom",
						 "vm-panic_on_oom",
						 "overcommit_memory" };

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

/* kernel/sysctl.c: panic_on_oom 0...2, the others are flags that vm.rst documents as 0 and 1. */
static void ranges_and_meanings(void **state)
{
	size_t n;
	const struct sysctl_setting *all = sysctl_table_table(&n);

	(void)state;
	unit_number("settings", (int64_t)n, 3);
	unit_number("panic_on_oom", find("panic_on_oom")->max, 2);
	unit_number("oom_kill_allocating_task", find("oom_kill_allocating_task")->max, 1);
	unit_number("oom_dump_tasks", find("oom_dump_tasks")->max, 1);
	for (size_t i = 0; i < n; i++)
		for (int value = 0; value <= all[i].max; value++)
			assert_true(all[i].meanings[value] && *all[i].meanings[value]);
}

static void lines(void **state)
{
	static const struct {
		const char *line;
		int err;
		long value;
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
		long value = -1;
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
	long value = -1;

	(void)state;
	assert_int_equal(sysctl_table_parse_line(text, 15, find("panic_on_oom"), &value), -ENOENT);
	assert_int_equal(sysctl_table_parse_line(text + 16, 19, find("panic_on_oom"), &value), 0);
	assert_int_equal(value, 1);
}

static void edit(const char *what, const char *old, const char *setting, int value,
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
		cmocka_unit_test(names), cmocka_unit_test(ranges_and_meanings),
		cmocka_unit_test(lines), cmocka_unit_test(a_line_ends_at_its_length),
		cmocka_unit_test(edits), cmocka_unit_test(long_files),
	};

	return UNIT_RUN(argc, argv, tests);
}
