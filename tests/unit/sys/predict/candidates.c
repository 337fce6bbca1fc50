/* SPDX-License-Identifier: GPL-2.0-or-later */
/* candidates: what a running process does to the memory that others share with it. */
#include "unit.h"

#include <stdlib.h>

#include "oom/rules/version.h"
#include "sys/predict/internal.h"

enum { VICTIM, SHARER, RIVAL, N };

struct scene {
	struct candidates a;
	struct candidate c[N];
	struct task tasks[N];
};

/* A victim with 1000 pages, a rival with 999, both asleep, and a process that cannot be chosen. */
static void begin(struct scene *s, uint8_t reason, char state)
{
	*s = (struct scene){ .a = { .s = { .proc = -1, .rules = rules_find(VERSION(6, 12, 0)) } } };
	error_bounds_begin(&s->a.bounds);
	s->a.p = (struct predict){ .rules = s->a.s.rules,
				   .tie = TIE_LAST,
				   .totals = { .page_size = 4096, .total_pages = 100000 },
				   .version = VERSION(6, 12, 0),
				   .candidates = s->c,
				   .n = N,
				   .reveal = kill_set_reveal,
				   .arg = &s->a.kill_set };
	s->a.kill_set = (struct kill_set){ .proc = -1 };
	s->a.s.scan.tasks = s->tasks;
	for (size_t i = 0; i < N; i++) {
		s->c[i].is_placed = true;
		s->c[i].task = (struct task){ .pid = 100 + (int32_t)i,
					      .mm_pid = 100 + (int32_t)i,
					      .ppid = 2,
					      .threads = 1,
					      .state = 'S',
					      .has = TASK_ADJ | TASK_RSS,
					      .total_vm = 5000,
					      .rss = i == RIVAL ? 999 : 1000,
					      .mm_id = i == RIVAL ? 2 : 1 };
	}
	s->c[SHARER].task.unkillable = reason;
	s->c[SHARER].task.state = state;
}

static enum predict_doubt find_doubt(struct scene *s)
{
	struct kill_choice choice = { .chosen = PREDICT_NONE };

	candidates_finish(&s->a, &s->a.p, 1);
	assert_true(predict_next(&s->a.p, &choice));
	assert_int_equal(choice.chosen, VICTIM);
	return choice.doubt;
}

/* Without a /proc to read them from, the threads of a process that does not sleep run. */
static void a_running_sharer_makes_a_choice_uncertain(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, UNKILLABLE_ADJ, 'R');
	assert_int_equal(find_doubt(&s), DOUBT_MOVING);
	begin(&s, UNKILLABLE_KERNEL, 'R');
	assert_int_equal(find_doubt(&s), DOUBT_MOVING);
	begin(&s, KILLABLE, 'R');
	s.c[SHARER].is_outside = true;
	assert_int_equal(find_doubt(&s), DOUBT_MOVING);
	begin(&s, UNKILLABLE_ADJ, 'S');
	s.c[SHARER].task.threads = 2;
	assert_int_equal(find_doubt(&s), DOUBT_MOVING);
}

static void others_do_not(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, UNKILLABLE_ADJ, 'S');
	assert_int_equal(find_doubt(&s), DOUBT_NONE);
	begin(&s, UNKILLABLE_ADJ, 'R');
	s.c[SHARER].task.mm_id = 3;
	assert_int_equal(find_doubt(&s), DOUBT_NONE);
}

/* The rival may grow. */
static void a_running_sharer_of_a_rival_counts(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, UNKILLABLE_ADJ, 'R');
	s.c[SHARER].task.mm_id = 2;
	assert_int_equal(find_doubt(&s), DOUBT_MOVING);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_running_sharer_makes_a_choice_uncertain),
		cmocka_unit_test(others_do_not),
		cmocka_unit_test(a_running_sharer_of_a_rival_counts),
	};

	return UNIT_RUN(argc, argv, tests);
}
