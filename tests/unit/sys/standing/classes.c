/* SPDX-License-Identifier: GPL-2.0-or-later */
/* classes: processes are in one only if all that rules compare is equal, and only while that is so. */
#include "unit.h"

#include <string.h>

#include "sys/standing/classes.h"

#define N 9

/* A shell, two servers, a server that differs in one thing each, a zombie, a kernel thread. */
static const struct prog_row server = {
	.pid = 20,
	.mm_pid = 20,
	.ppid = 1,
	.uid = 33,
	.threads = 1,
	.start_ns = 5000,
	.name = "server",
	.mm = 0x10,
	.cgroups = 0x100,
	.exe_mount = 0x200,
	.exe_entry = 0x300,
	.exec_before = 4,
	.exec_after = 4,
};

static struct prog_row with_pid(struct prog_row row, int pid)
{
	row.pid = row.mm_pid = pid;
	row.mm = row.mm ? row.mm + (uint64_t)pid : 0;
	return row;
}

static size_t class_of(const struct classes *c, int pid)
{
	for (size_t i = 0; i < c->n_rows; i++)
		if (c->rows[i]->pid == pid)
			return c->of[i];
	fail_msg("pid %d is not listed", pid);
	return 0;
}

static bool is_found(const struct classes *c, int pid)
{
	for (size_t i = 0; i < c->n_rows; i++)
		if (c->rows[i]->pid == pid)
			return classes_find(c, i) != NULL;
	return false;
}

static void each_fact_separates(void **state)
{
	struct prog_row rows[N];
	const struct bpf_tasks tasks = { .rows = rows, .n = N, .is_fork_order = true };
	struct classes c = { .n = 0 };

	(void)state;
	for (int i = 0; i < N; i++)
		rows[i] = with_pid(server, 20 + i);
	rows[2].uid = 0;
	rows[3].cgroups++;
	rows[4].exe_mount++;
	rows[5].exe_entry++;
	rows[6].ppid = 20;
	strcpy(rows[7].name, "serves");
	/* These do not. */
	rows[8].adj = 500;
	rows[8].threads = 7;
	rows[8].start_ns = 1;
	assert_int_equal(classes_reserve(&c, N), 0);
	classes_take(&c, &tasks, false, true);
	assert_int_equal(c.n_rows, N);
	assert_int_equal(c.n, 7);
	assert_int_equal(class_of(&c, 21), class_of(&c, 20));
	assert_int_equal(class_of(&c, 28), class_of(&c, 20));
	for (int i = 22; i < 28; i++)
		assert_int_not_equal(class_of(&c, i), class_of(&c, 20));
	/* A pass over others, in the same memory. */
	classes_take(&c, &(struct bpf_tasks){ .rows = rows, .n = 2 }, false, true);
	assert_int_equal(c.n, 1);
	classes_free(&c);
}

static void what_follows_a_name_does_not_count(void **state)
{
	struct prog_row rows[] = { with_pid(server, 20), with_pid(server, 21) };
	const struct bpf_tasks tasks = { .rows = rows, .n = 2, .is_fork_order = true };
	struct classes c = { .n = 0 };

	(void)state;
	memcpy(rows[1].name, "server\0s", 8);
	assert_int_equal(classes_reserve(&c, 2), 0);
	classes_take(&c, &tasks, false, true);
	assert_int_equal(c.n, 1);
	classes_free(&c);
}

static void names_of_parents_count_if_a_rule_needs_them(void **state)
{
	struct prog_row rows[] = {
		with_pid(server, 30), with_pid(server, 31), with_pid(server, 32),
		with_pid(server, 10), with_pid(server, 11), with_pid(server, 2),
		with_pid(server, 33), with_pid(server, 34),
	};
	const struct bpf_tasks tasks = { .rows = rows, .n = 8, .is_fork_order = true };
	struct classes c = { .n = 0 };

	(void)state;
	rows[0].ppid = rows[1].ppid = 10;
	rows[2].ppid = 11;
	strcpy(rows[3].name, "sshd");
	strcpy(rows[4].name, "cron");
	rows[5].flags = 0x00200000; /* PF_KTHREAD */
	rows[6].ppid = 2;
	rows[7].ppid = 9999; /* of which there is no row */
	assert_int_equal(classes_reserve(&c, 8), 0);
	classes_take(&c, &tasks, false, true);
	assert_int_equal(class_of(&c, 32), class_of(&c, 30));
	assert_int_equal(class_of(&c, 33), class_of(&c, 30));
	classes_take(&c, &tasks, true, true);
	assert_int_equal(class_of(&c, 31), class_of(&c, 30));
	assert_int_not_equal(class_of(&c, 32), class_of(&c, 30));
	/* Unknown: the process is looked at on its own. */
	assert_int_equal(class_of(&c, 33), CLASSES_NONE);
	assert_int_equal(class_of(&c, 34), CLASSES_NONE);
	classes_free(&c);
}

static void what_is_no_ordinary_process_has_no_class(void **state)
{
	struct prog_row rows[] = { with_pid(server, 20), with_pid(server, 21), with_pid(server, 22),
				   with_pid(server, 0), with_pid(server, 23) };
	struct bpf_tasks tasks = { .rows = rows, .n = 5 };
	struct classes c = { .n = 0 };

	(void)state;
	rows[0].flags = 0x00200000; /* a kernel thread, even with borrowed memory */
	rows[1].mm = 0;             /* a zombie */
	rows[2].mm = 0;             /* its first thread has ended */
	rows[2].threads = 3;
	rows[4].mm_pid = 99; /* a further thread */
	assert_int_equal(classes_reserve(&c, 5), 0);
	classes_take(&c, &tasks, false, true);
	assert_int_equal(c.n, 0);
	assert_int_equal(c.n_rows, 3);
	assert_int_equal(classes_result(&c, 0).kind, SURVEY_SKIP);
	assert_int_equal(classes_result(&c, 1).kind, SURVEY_SKIP);
	assert_int_equal(classes_result(&c, 2).kind, SURVEY_LOOK);
	classes_free(&c);
}

static void a_class_counts_only_while_its_first_process_is_the_same(void **state)
{
	struct prog_row rows[] = { with_pid(server, 30), with_pid(server, 21),
				   with_pid(server, 22) };
	const struct bpf_tasks tasks = { .rows = rows, .n = 3, .is_fork_order = true };
	struct classes c = { .n = 0 };
	struct prog_row before;

	(void)state;
	assert_int_equal(classes_reserve(&c, 3), 0);
	classes_take(&c, &tasks, false, true);
	assert_int_equal(c.n, 1);
	/* Sorted by PID, whatever the order of forks is. */
	assert_int_equal(c.groups[0].pid, 21);
	assert_int_equal(c.rows[2]->pid, 30);
	assert_false(is_found(&c, 30));
	c.list[0].kind = SURVEY_NONE;
	classes_take(&c, &tasks, false, false);
	assert_true(is_found(&c, 30));
	assert_int_equal(classes_result(&c, 2).kind, SURVEY_NONE);
	assert_int_equal(classes_result(&c, 2).ppid, 1);

	/* It has executed another program: what was read of it can be of that one. */
	classes_take(&c, &tasks, false, true);
	before = rows[1];
	rows[1].exe_entry++;
	classes_take(&c, &tasks, false, false);
	assert_false(is_found(&c, 30));
	assert_int_equal(classes_result(&c, 2).kind, SURVEY_LOOK);
	/* A class that is new has not been compared. */
	assert_false(is_found(&c, 21));

	/* It has executed another program, and this one again. */
	rows[1] = before;
	classes_take(&c, &tasks, false, true);
	rows[1].exec_before = rows[1].exec_after = 6;
	classes_take(&c, &tasks, false, false);
	assert_false(is_found(&c, 30));
	assert_int_equal(classes_result(&c, 2).kind, SURVEY_LOOK);
	/* The same, begun during the first count, and ended during the second. */
	rows[1] = before;
	rows[1].exec_after = 6;
	classes_take(&c, &tasks, false, true);
	rows[1].exec_before = 4;
	classes_take(&c, &tasks, false, false);
	assert_false(is_found(&c, 30));

	/* Its PID was reused. */
	rows[1] = before;
	classes_take(&c, &tasks, false, true);
	before = rows[1];
	rows[1].start_ns++;
	classes_take(&c, &tasks, false, false);
	assert_false(is_found(&c, 21));
	rows[1] = before;
	classes_take(&c, &tasks, false, false);
	assert_true(is_found(&c, 21));
	/* Another process of the class has changed. */
	rows[0].uid = 7;
	classes_take(&c, &tasks, false, false);
	assert_true(is_found(&c, 22));
	assert_false(is_found(&c, 30));
	classes_free(&c);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fact_separates),
		cmocka_unit_test(what_follows_a_name_does_not_count),
		cmocka_unit_test(names_of_parents_count_if_a_rule_needs_them),
		cmocka_unit_test(what_is_no_ordinary_process_has_no_class),
		cmocka_unit_test(a_class_counts_only_while_its_first_process_is_the_same),
	};

	return UNIT_RUN(argc, argv, tests);
}
