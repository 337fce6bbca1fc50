/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lineage: a match is found above processes that have exited, and never above one with a reused PID. */
#include "unit.h"

#include "sys/standing/lineage.h"

/* Rule 0 has children, rule 1 has not. */
static struct match_rule rules[] = {
	{ .rule = { .has_children = true, .children = 20 } },
	{ .rule = { .has_children = false } },
};
static const struct match_set set = { .rules = rules, .n = 2, .has_children = true };

static void note(struct lineage *l, pid_t pid, size_t rule, bool is_child, bool is_event)
{
	const struct pass_result r = {
		.pid = pid,
		.rule = rule,
		.is_child = is_child,
		.outcome = rule == MATCH_NONE ? PASS_NONE : PASS_WRITTEN,
		.before = 5,
		.after = is_child ? 20 : 40,
		.start = 77,
	};

	lineage_note(l, &set, &r, is_event);
}

static void a_match_is_known_below_exited_processes(void **state)
{
	const struct lineage_entry *e;
	struct lineage l;

	(void)state;
	assert_int_equal(lineage_init(&l, 100), 0);
	assert_false(lineage_fork(&l, 11, 10, 1000));
	note(&l, 10, 0, false, true);
	assert_true(lineage_fork(&l, 11, 10, 1000));
	assert_true(lineage_fork(&l, 12, 11, 2000));
	assert_true(lineage_fork(&l, 13, 12, 3000));
	e = lineage_find(&l, 13);
	assert_non_null(e);
	assert_true(e->is_forked);
	assert_false(e->is_match);
	assert_false(e->is_done);
	assert_int_equal(e->rule, 0);
	assert_int_equal(e->before, 5);
	assert_int_equal(e->after, 40);
	assert_int_equal(e->match, 10);
	assert_int_equal(e->match_start, 77);
	assert_int_equal(e->since_ns, 3000);
	/* It was changed; what it forked before was not. */
	note(&l, 13, 0, true, false);
	assert_true(lineage_find(&l, 13)->is_done);
	assert_true(lineage_fork(&l, 14, 13, 4000));
	assert_false(lineage_find(&l, 14)->is_done);
	lineage_free(&l);
}

static void a_reused_pid_has_no_match_above(void **state)
{
	struct lineage l;

	(void)state;
	assert_int_equal(lineage_init(&l, 100), 0);
	note(&l, 10, 0, false, true);
	assert_true(lineage_fork(&l, 11, 10, 1000));
	assert_false(lineage_fork(&l, 11, 9, 2000));
	assert_null(lineage_find(&l, 11));
	assert_false(lineage_fork(&l, 12, 11, 3000));
	/* Also that of the match. */
	assert_false(lineage_fork(&l, 10, 9, 4000));
	assert_false(lineage_fork(&l, 11, 10, 5000));
	lineage_free(&l);
}

static void another_rule_or_program_ends_it(void **state)
{
	struct lineage l;

	(void)state;
	assert_int_equal(lineage_init(&l, 100), 0);
	note(&l, 10, 0, false, true);
	assert_true(lineage_fork(&l, 11, 10, 1000));
	note(&l, 11, 1, false, true);
	assert_false(lineage_fork(&l, 12, 11, 2000));
	/* A child that executes another program still is one, a match is none. */
	assert_true(lineage_fork(&l, 13, 10, 3000));
	note(&l, 13, MATCH_NONE, false, true);
	assert_true(lineage_fork(&l, 14, 13, 4000));
	note(&l, 10, MATCH_NONE, false, false);
	assert_true(lineage_fork(&l, 15, 10, 5000));
	note(&l, 10, MATCH_NONE, false, true);
	assert_false(lineage_fork(&l, 16, 10, 6000));
	lineage_free(&l);
}

static void a_full_table_counts_what_it_refuses(void **state)
{
	struct lineage l;

	(void)state;
	assert_int_equal(lineage_init(&l, 8), 0);
	note(&l, 10, 0, false, true);
	for (pid_t pid = 100; pid < 120; pid++)
		lineage_fork(&l, pid, 10, 1000);
	assert_int_equal(l.n, 8);
	assert_int_equal(l.n_refused, 13);
	lineage_clear(&l);
	assert_int_equal(l.n, 0);
	assert_null(lineage_find(&l, 10));
	lineage_free(&l);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_match_is_known_below_exited_processes),
		cmocka_unit_test(a_reused_pid_has_no_match_above),
		cmocka_unit_test(another_rule_or_program_ends_it),
		cmocka_unit_test(a_full_table_counts_what_it_refuses),
	};

	return UNIT_RUN(argc, argv, tests);
}
