/* SPDX-License-Identifier: GPL-2.0-or-later */
/* possible: which processes are left out, and what brings them back. */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oom/rules/version.h"
#include "sys/predict/internal.h"

#define N 1000

/* Sleeping processes with 1,000,000 pages, 999,000, and so on; PIDs from 100 on. */
static void begin(struct candidates *a, struct task *tasks, size_t kills)
{
	memset(a, 0, sizeof(*a));
	a->s.proc = -1;
	a->s.machine.version = VERSION(6, 12, 0);
	a->s.machine.totals = (struct totals){ .page_size = 4096, .total_pages = 10000000 };
	a->s.rules = rules_find(a->s.machine.version);
	a->s.scan.has_points = true;
	error_bounds_begin(&a->bounds);
	a->s.scan.counted_ms = a->bounds.begun_ms;
	a->bounds.cpus = 4;
	a->possible.kills = kills;
	for (size_t i = 0; i < N; i++)
		tasks[i] = (struct task){ .pid = 100 + (int32_t)i,
					  .mm_pid = 100 + (int32_t)i,
					  .ppid = 2,
					  .threads = 1,
					  .state = 'S',
					  .has = TASK_ADJ | TASK_RSS,
					  .rss = 1000000 - 1000 * i,
					  .mm_id = 1000 + i };
	a->s.scan.tasks = tasks;
	a->s.scan.n_tasks = N;
}

static void end(struct candidates *a)
{
	free(a->s.scan.others);
	free(a->p.candidates);
}

static bool is_kept(const struct candidates *a, int32_t pid)
{
	for (size_t i = 0; i < a->s.scan.n_tasks; i++)
		if (a->s.scan.tasks[i].pid == pid)
			return true;
	return false;
}

static bool is_other(const struct candidates *a, int32_t pid)
{
	for (size_t i = 0; i < a->s.scan.n_others; i++)
		if (a->s.scan.others[i].pid == pid)
			return true;
	return false;
}

/* Predicts. The number of processes that were left out, but matter. */
static size_t find(struct candidates *a)
{
	free(a->p.candidates);
	a->p = (struct predict){ .rules = a->s.rules,
				 .tie = TIE_LAST,
				 .totals = a->s.machine.totals,
				 .version = a->s.machine.version,
				 .n = a->s.scan.n_tasks,
				 .reveal = kill_set_reveal,
				 .arg = &a->kill_set };
	a->kill_set = (struct kill_set){ .proc = -1, .scan = &a->s.scan, .possible = &a->possible };
	a->p.candidates = calloc(a->p.n, sizeof(*a->p.candidates));
	assert_non_null(a->p.candidates);
	for (size_t i = 0; i < a->p.n; i++)
		a->p.candidates[i] =
			(struct candidate){ .task = a->s.scan.tasks[i], .is_placed = true };
	possible_find(a);
	return a->possible.n_wanted;
}

/* Leaves out what it can, and predicts. */
static size_t reduce_and_find(struct candidates *a)
{
	assert_int_equal(possible_reduce(a, &a->s.scan), 0);
	return find(a);
}

static bool is_wanted(const struct candidates *a, int32_t pid)
{
	for (size_t i = 0; i < a->s.scan.n_others; i++)
		if (a->s.scan.others[i].pid == pid)
			return a->s.scan.others[i].is_wanted;
	return false;
}

/* One for each kill, and 8; at least 128. */
static void those_with_the_most_points_stay(void **state)
{
	static struct task tasks[N];
	struct candidates a;

	(void)state;
	begin(&a, tasks, 130);
	assert_int_equal(possible_reduce(&a, &a.s.scan), 0);
	assert_int_equal(a.s.scan.n_tasks, 138);
	assert_int_equal(a.s.scan.tasks[137].pid, 237);
	assert_int_equal(a.s.scan.n_others, N - 138);
	assert_int_equal(a.s.scan.others[0].pid, 238);
	assert_int_equal(a.s.scan.others[0].points, 1000000 - 138000);
	end(&a);
	begin(&a, tasks, 5);
	assert_int_equal(possible_reduce(&a, &a.s.scan), 0);
	assert_int_equal(a.s.scan.n_tasks, 128);
	end(&a);
	begin(&a, tasks, N - 8);
	assert_int_equal(possible_reduce(&a, &a.s.scan), 0);
	assert_int_equal(a.s.scan.n_tasks, N);
	end(&a);
}

static void equal_ones_matter_from_the_next_one_on(void **state)
{
	static struct task tasks[N];
	struct candidates a;

	(void)state;
	begin(&a, tasks, 5);
	for (size_t i = 6; i < N; i++)
		tasks[i].rss = 100;
	assert_int_equal(reduce_and_find(&a), 0);
	assert_int_equal(a.s.scan.n_tasks, 128);
	end(&a);
	/* Each of the equal ones may be the sixth. */
	begin(&a, tasks, 5);
	for (size_t i = 5; i < N; i++)
		tasks[i].rss = 100;
	assert_int_equal(reduce_and_find(&a), N - 128);
	assert_int_equal(a.s.scan.n_tasks, 128);
	end(&a);
}

/* A thread that runs may allocate 1 GiB each second: 100 ms of it are 26,000 pages. */
static void those_that_run_matter_if_they_can_grow_enough(void **state)
{
	static struct task tasks[N];
	struct candidates a;

	(void)state;
	begin(&a, tasks, 122);
	tasks[140].state = 'R';
	tasks[200].threads = 500;
	tasks[900].state = 'R';
	tasks[901].threads = 500;
	/* There is no /proc to read their threads from: all may run. */
	assert_int_equal(reduce_and_find(&a), 2);
	assert_true(is_wanted(&a, 240) && is_wanted(&a, 300));
	end(&a);
	/* A directory without processes: they have ended, and change no more. */
	begin(&a, tasks, 122);
	tasks[140].state = 'R';
	tasks[200].threads = 500;
	a.s.proc = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(a.s.proc >= 0);
	assert_int_equal(reduce_and_find(&a), 0);
	/* They are not asked again. */
	close(a.s.proc);
	a.s.proc = -1;
	assert_int_equal(find(&a), 0);
	end(&a);
}

static void those_that_matter_otherwise_stay(void **state)
{
	static struct task tasks[N];
	struct candidates a;

	(void)state;
	begin(&a, tasks, 1);
	tasks[500].is_dying = true;
	tasks[501].unkillable = UNKILLABLE_KERNEL;
	tasks[502].unkillable = UNKILLABLE_INIT;
	tasks[503].unkillable = UNKILLABLE_ADJ;
	tasks[504].unkillable = UNKILLABLE_NO_MM;
	assert_int_equal(possible_reduce(&a, &a.s.scan), 0);
	assert_int_equal(a.s.scan.n_tasks, 128 + 3);
	assert_true(is_kept(&a, 600) && is_kept(&a, 601) && is_kept(&a, 602));
	/* It can die with a victim; a zombie cannot. */
	assert_true(is_other(&a, 603));
	assert_false(is_other(&a, 604) || is_kept(&a, 604));
	end(&a);
}

/* A child can be killed in place of its parent then. */
static void none_is_left_out_by_old_kernels(void **state)
{
	static struct task tasks[N];
	struct candidates a;

	(void)state;
	begin(&a, tasks, 1);
	a.s.machine.version = VERSION(5, 8, 0);
	assert_int_equal(possible_reduce(&a, &a.s.scan), 0);
	assert_int_equal(a.s.scan.n_tasks, N);
	end(&a);
}

static void no_other_matters(void **state)
{
	static struct task tasks[N];
	struct candidates a;

	(void)state;
	begin(&a, tasks, 3);
	assert_int_equal(reduce_and_find(&a), 0);
	/* The trial has no effect. */
	assert_int_equal(a.p.rounds, 0);
	assert_int_equal(a.p.candidates[0].dies_in, 0);
	end(&a);
}

static void a_sharer_that_was_left_out_matters(void **state)
{
	static struct task tasks[N];
	struct candidates a;

	(void)state;
	begin(&a, tasks, 3);
	/* The second victim shares memory with a process whose adj makes it one of the last. */
	tasks[600].mm_id = tasks[1].mm_id;
	tasks[600].adj = -900;
	assert_int_equal(reduce_and_find(&a), 1);
	assert_true(is_wanted(&a, 700));
	end(&a);
}

/* All that stayed share memory, so that one kill ends them. */
static void all_matter_if_the_candidates_are_too_few(void **state)
{
	static struct task tasks[N];
	struct candidates a;

	(void)state;
	begin(&a, tasks, 2);
	for (size_t i = 1; i < 128; i++)
		tasks[i].mm_id = tasks[0].mm_id;
	assert_int_equal(reduce_and_find(&a), N - 128);
	end(&a);
	begin(&a, tasks, 1);
	for (size_t i = 1; i < 127; i++)
		tasks[i].mm_id = tasks[0].mm_id;
	assert_int_equal(reduce_and_find(&a), 0);
	end(&a);
}

/* The error is larger than the distance to those that were left out: the first 200 are rivals. */
static void those_within_the_error_of_a_victim_matter(void **state)
{
	static struct task tasks[N];
	struct candidates a;

	(void)state;
	begin(&a, tasks, 1);
	assert_int_equal(reduce_and_find(&a), 0);
	a.p.candidates[0].error_pages = 200000;
	possible_find(&a);
	assert_int_equal(a.possible.n_wanted, 200 - 128 + 1);
	assert_true(is_wanted(&a, 300));
	assert_false(is_wanted(&a, 301));
	end(&a);
}

/* Each kill takes the next three, too: the 128 candidates are not enough for 100 kills. */
static void all_matter_if_too_few_survive(void **state)
{
	static struct task tasks[N];
	struct candidates a;

	(void)state;
	begin(&a, tasks, 100);
	for (size_t i = 0; i < 400; i++)
		tasks[i].mm_id = 1000 + i / 4;
	assert_int_equal(reduce_and_find(&a), N - 128);
	end(&a);
}

/* What was left out was compared by the rules of the version. */
static void all_matter_if_the_kernel_has_other_rules(void **state)
{
	static struct task tasks[N];
	struct candidates a;

	(void)state;
	begin(&a, tasks, 1);
	a.s.rules = rules_find(VERSION(3, 0, 0));
	assert_int_equal(reduce_and_find(&a), N - 128);
	end(&a);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_with_the_most_points_stay),
		cmocka_unit_test(equal_ones_matter_from_the_next_one_on),
		cmocka_unit_test(those_that_run_matter_if_they_can_grow_enough),
		cmocka_unit_test(those_that_matter_otherwise_stay),
		cmocka_unit_test(none_is_left_out_by_old_kernels),
		cmocka_unit_test(no_other_matters),
		cmocka_unit_test(a_sharer_that_was_left_out_matters),
		cmocka_unit_test(all_matter_if_the_candidates_are_too_few),
		cmocka_unit_test(those_within_the_error_of_a_victim_matter),
		cmocka_unit_test(all_matter_if_too_few_survive),
		cmocka_unit_test(all_matter_if_the_kernel_has_other_rules),
	};

	return UNIT_RUN(argc, argv, tests);
}
