/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules_fit: finds the rules that a kernel uses, from scores worked out by hand for each era. */
#include "unit.h"

#include "oom/rules/rules.h"
#include "oom/rules/version.h"

/* So few pages that a difference of two or three changes the score. */
static const struct totals machine = { .total_pages = 3001, .page_size = 4096 };

enum { BY_3_5, BY_3_14, BY_4_0, BY_4_15, BY_4_17, BY_5_9, BY_5_9_STAT, N_SCORES };

/* clang-format off */
static const struct {
	uint64_t rss, rss_stat, swap, ptes, pmds, tables_bytes;
	int16_t adj;
	bool is_admin;
	int64_t score[N_SCORES]; /* the last follows from rss_stat, the others from rss */
} sample[] = {
	{ 371, 352, 19, 15, 1, 77824, 0, 0, { 134, 134, 135, 136, 136, 757, 752 } },
	{ 636, 615, 7, 19, 4, 106496, 0, 1, { 190, 214, 215, 216, 222, 814, 810 } },
	{ 468, 477, 8, 10, 2, 61440, -50, 0, { 111, 111, 112, 113, 113, 742, 744 } },
	{ 619, 628, 15, 10, 1, 57344, -50, 1, { 134, 158, 158, 159, 165, 776, 778 } },
	{ 266, 278, 5, 20, 3, 106496, 0, 0, { 96, 96, 97, 98, 98, 732, 734 } },
	{ 593, 582, 15, 21, 5, 118784, -50, 1, { 129, 153, 154, 155, 162, 774, 772 } },
	{ 635, 610, 73, 23, 4, 122880, 0, 0, { 243, 243, 244, 245, 245, 830, 824 } },
	{ 104, 122, 72, 4, 4, 45056, 100, 1, { 129, 158, 159, 160, 162, 774, 778 } },
	{ 516, 503, 74, 17, 6, 106496, 0, 0, { 202, 202, 204, 205, 205, 803, 800 } },
	{ 289, 307, 10, 21, 5, 118784, -50, 1, { 26, 53, 55, 56, 59, 706, 710 } },
	{ 499, 512, 36, 22, 2, 110592, 0, 0, { 185, 185, 186, 187, 187, 791, 794 } },
	{ 390, 365, 19, 18, 7, 114688, 0, 1, { 112, 138, 140, 141, 145, 763, 758 } },
};
/* clang-format on */

#define N_SAMPLE (sizeof(sample) / sizeof(sample[0]))

static void fill(struct task *tasks, int by, unsigned int tables)
{
	for (size_t i = 0; i < N_SAMPLE; i++)
		tasks[i] = (struct task){
			.pid = (int32_t)i + 10,
			.rss = sample[i].rss,
			.rss_stat = sample[i].rss_stat,
			.swap = sample[i].swap,
			.nr_ptes = tables & TASK_PTES ? sample[i].ptes : 0,
			.nr_pmds = tables & TASK_PMDS ? sample[i].pmds : 0,
			.pgtables_bytes = tables & TASK_PGTABLES ? sample[i].tables_bytes : 0,
			.adj = sample[i].adj,
			.is_admin = sample[i].is_admin,
			.score = sample[i].score[by],
			.has = TASK_SCORE | TASK_RSS | TASK_SWAP | TASK_ADJ | TASK_ADMIN_KNOWN |
			       tables,
		};
}

static const struct rules *fit(int version, const struct task *tasks)
{
	enum rules_rss rss = RSS_STATUS;

	return rules_fit(version, tasks, N_SAMPLE, &machine, &rss);
}

static void a_kernel_of_its_version(void **state)
{
	static const struct {
		int version, by;
		unsigned int tables;
	} cases[] = {
		{ VERSION(3, 10, 0), BY_3_5, TASK_PTES },
		{ VERSION(3, 16, 0), BY_3_14, TASK_PTES },
		{ VERSION(4, 4, 0), BY_4_0, TASK_PTES | TASK_PMDS },
		/* These differ from their neighbours only in ties, which scores do not show. */
		{ VERSION(4, 8, 0), BY_4_0, TASK_PTES | TASK_PMDS },
		{ VERSION(4, 9, 0), BY_4_0, TASK_PTES | TASK_PMDS },
		{ VERSION(4, 16, 0), BY_4_15, TASK_PGTABLES },
		{ VERSION(4, 19, 0), BY_4_17, TASK_PGTABLES },
		{ VERSION(5, 4, 0), BY_4_17, TASK_PGTABLES },
		{ VERSION(6, 1, 0), BY_5_9, TASK_PGTABLES },
	};
	struct task tasks[N_SAMPLE];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		fill(tasks, cases[i].by, cases[i].tables);
		unit_text("era", fit(cases[i].version, tasks)->summary,
			  rules_find(cases[i].version)->summary);
	}
}

static void a_kernel_with_later_rules(void **state)
{
	struct task tasks[N_SAMPLE];
	const struct rules *r;

	(void)state;
	fill(tasks, BY_5_9, TASK_PGTABLES);
	assert_ptr_equal(fit(VERSION(5, 4, 0), tasks), rules_find(VERSION(5, 9, 0)));
	fill(tasks, BY_4_17, TASK_PGTABLES);
	assert_int_equal(fit(VERSION(4, 15, 0), tasks)->root, ROOT_NONE);
	/* 3.10.y has the 3 % of 3.14. */
	fill(tasks, BY_3_14, TASK_PTES);
	r = fit(VERSION(3, 10, 0), tasks);
	assert_int_equal(r->root, ROOT_3_PERCENT);
	assert_int_equal(r->weight, WEIGHT_PAGES);
	assert_int_equal(r->tie_global, TIE_FIRST);
}

static void an_unknown_version(void **state)
{
	struct task tasks[N_SAMPLE];

	(void)state;
	fill(tasks, BY_5_9, TASK_PGTABLES);
	assert_ptr_equal(fit(VERSION(99, 0, 0), tasks), rules_find(VERSION(5, 9, 0)));
}

/* A process that runs while it is read can have a score that no rules explain. */
static void a_few_other_scores_change_nothing(void **state)
{
	struct task tasks[N_SAMPLE];

	(void)state;
	fill(tasks, BY_5_9, TASK_PGTABLES);
	for (size_t i = 0; i < N_SAMPLE; i++)
		if (i != 4)
			tasks[i].score += 9;
	assert_ptr_equal(fit(VERSION(5, 4, 0), tasks), rules_find(VERSION(5, 4, 0)));
	assert_ptr_equal(fit(VERSION(5, 9, 0), tasks), rules_find(VERSION(5, 9, 0)));
}

static void unkillable_processes_are_no_evidence(void **state)
{
	struct task tasks[N_SAMPLE];

	(void)state;
	fill(tasks, BY_5_9, TASK_PGTABLES);
	for (size_t i = 0; i < N_SAMPLE; i++)
		tasks[i].unkillable = UNKILLABLE_ADJ;
	assert_ptr_equal(fit(VERSION(5, 4, 0), tasks), rules_find(VERSION(5, 4, 0)));
}

static void the_heuristic_stays(void **state)
{
	struct task tasks[N_SAMPLE];

	(void)state;
	fill(tasks, BY_5_9, TASK_PGTABLES);
	assert_int_equal(fit(VERSION(2, 6, 32), tasks)->weight, WEIGHT_HEURISTIC);
}

static void no_processes(void **state)
{
	enum rules_rss rss = RSS_STAT;

	(void)state;
	assert_ptr_equal(rules_fit(VERSION(6, 1, 0), NULL, 0, &machine, &rss),
			 rules_find(VERSION(6, 1, 0)));
	assert_int_equal(rss, RSS_STAT);
}

static enum rules_rss vote(const struct task *tasks, enum rules_rss undecided)
{
	enum rules_rss rss = undecided;

	rules_fit(VERSION(6, 18, 0), tasks, N_SAMPLE, &machine, &rss);
	return rss;
}

static void the_scores_tell_the_count_of_rss(void **state)
{
	struct task tasks[N_SAMPLE];

	(void)state;
	fill(tasks, BY_5_9, TASK_PGTABLES | TASK_RSS_STAT);
	assert_int_equal(vote(tasks, RSS_STAT), RSS_STATUS);
	fill(tasks, BY_5_9_STAT, TASK_PGTABLES | TASK_RSS_STAT);
	assert_int_equal(vote(tasks, RSS_STATUS), RSS_STAT);
	/* Only one process may have changed: the others decide. */
	tasks[0].score = sample[0].score[BY_5_9];
	assert_int_equal(vote(tasks, RSS_STATUS), RSS_STAT);
}

static void without_a_difference_the_count_stays(void **state)
{
	struct task tasks[N_SAMPLE];

	(void)state;
	fill(tasks, BY_5_9, TASK_PGTABLES | TASK_RSS_STAT);
	for (size_t i = 0; i < N_SAMPLE; i++)
		tasks[i].rss_stat = tasks[i].rss;
	assert_int_equal(vote(tasks, RSS_STAT), RSS_STAT);
	assert_int_equal(vote(tasks, RSS_STATUS), RSS_STATUS);
	/* stat was not read. */
	fill(tasks, BY_5_9, TASK_PGTABLES);
	assert_int_equal(vote(tasks, RSS_STAT), RSS_STAT);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernel_of_its_version),
		cmocka_unit_test(a_kernel_with_later_rules),
		cmocka_unit_test(an_unknown_version),
		cmocka_unit_test(a_few_other_scores_change_nothing),
		cmocka_unit_test(unkillable_processes_are_no_evidence),
		cmocka_unit_test(the_heuristic_stays),
		cmocka_unit_test(no_processes),
		cmocka_unit_test(the_scores_tell_the_count_of_rss),
		cmocka_unit_test(without_a_difference_the_count_stays),
	};

	return UNIT_RUN(argc, argv, tests);
}
