/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * predict: victims, kill sets and certainty in small examples, worked out by hand from the Linux
 * source (mm/oom_kill.c). The machine has 1,000,000 pages, so a unit of adj adds 1,000.
 */
#include "unit.h"

#include "oom/predict/predict.h"
#include "oom/rules/version.h"
#include "oom/predict/whatif.h"

#define TOTAL 1000000

/* A process of one mapping without page tables: its points are rss + adj * 1000. */
static struct candidate process(int32_t pid, uint64_t rss, int16_t adj)
{
	struct candidate c = { .is_placed = true };

	c.task.pid = c.task.mm_pid = pid;
	c.task.ppid = 1;
	c.task.rss = c.task.rss_anon = rss;
	c.task.adj = adj;
	c.task.threads = 1;
	c.task.has = TASK_RSS | TASK_RSS_SPLIT | TASK_ADJ;
	if (adj == -1000)
		c.task.unkillable = UNKILLABLE_ADJ;
	return c;
}

static struct predict world(struct candidate *c, size_t n, int version)
{
	struct predict p = { .rules = rules_find(version),
			     .rss = RSS_STATUS,
			     .tie = rules_find(version)->tie_global,
			     .totals = { TOTAL, 4096 },
			     .version = version,
			     .candidates = c,
			     .n = n };

	assert_int_equal(predict_weigh(&p), 0);
	return p;
}

struct want {
	int32_t victim;
	int64_t margin;
	enum predict_doubt doubt;
	size_t n_killed;
	uint64_t frees;
};

static void expect(struct predict *p, const struct want *want, size_t n)
{
	struct kill_choice v;
	char name[40];

	for (size_t i = 0; i < n; i++) {
		assert_true(predict_next(p, &v));
		snprintf(name, sizeof(name), "kill %zu: victim", i + 1);
		unit_number(name, p->candidates[v.victim].task.pid, want[i].victim);
		snprintf(name, sizeof(name), "kill %zu: margin", i + 1);
		unit_number(name, v.margin, want[i].margin);
		snprintf(name, sizeof(name), "kill %zu: doubt", i + 1);
		unit_number(name, v.doubt, want[i].doubt);
		snprintf(name, sizeof(name), "kill %zu: killed", i + 1);
		unit_number(name, (int64_t)v.n_killed, (int64_t)want[i].n_killed);
		snprintf(name, sizeof(name), "kill %zu: frees", i + 1);
		unit_number(name, (int64_t)v.frees_pages, (int64_t)want[i].frees);
	}
}

static void the_most_points_first(void **state)
{
	/* 500, 300 + 1000, 2000 - 1000, never. */
	struct candidate c[] = { process(10, 500, 0), process(11, 300, 1), process(12, 2000, -1),
				 process(13, 90000, -1000) };
	struct predict p = world(c, UNIT_LENGTH(c), VERSION(6, 1, 0));
	static const struct want want[] = {
		{ 11, 300, DOUBT_NONE, 1, 300 },
		{ 12, 500, DOUBT_NONE, 1, 2000 },
		{ 10, 0, DOUBT_NONE, 1, 500 },
	};
	struct kill_choice v;

	(void)state;
	expect(&p, want, UNIT_LENGTH(want));
	assert_false(predict_next(&p, &v));
	predict_reset(&p);
	expect(&p, want, 1);
}

/* Sharers of memory are counted once, but the counts of each may lack some pages. */
static void frees_is_an_upper_bound(void **state)
{
	struct candidate c[] = { process(10, 900, 0), process(11, 900, 0), process(12, 500, 0) };
	struct predict p;
	static const struct want want[] = {
		{ 11, 400, DOUBT_NONE, 2, 974 },
		{ 12, 0, DOUBT_NONE, 1, 530 },
	};

	(void)state;
	c[0].mm = c[1].mm = 1;
	c[0].uncounted_pages = 62;
	c[1].uncounted_pages = 12;
	c[2].uncounted_pages = 30;
	p = world(c, UNIT_LENGTH(c), VERSION(6, 1, 0));
	expect(&p, want, UNIT_LENGTH(want));
}

static void ties_follow_the_kernel_version(void **state)
{
	static const struct {
		int version;
		int32_t victim;
	} cases[] = {
		{ VERSION(3, 10, 0), 10 }, { VERSION(4, 6, 0), 10 },  { VERSION(4, 7, 0), 12 },
		{ VERSION(4, 8, 0), 12 },  { VERSION(4, 9, 0), 10 },  { VERSION(5, 2, 0), 10 },
		{ VERSION(5, 3, 0), 12 },  { VERSION(6, 12, 0), 12 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		struct candidate c[] = { process(10, 700, 0), process(11, 699, 0),
					 process(12, 700, 0) };
		struct predict p = world(c, UNIT_LENGTH(c), cases[i].version);
		char name[32];
		struct kill_choice v;

		assert_true(predict_next(&p, &v));
		snprintf(name, sizeof(name), "version %#x", (unsigned int)cases[i].version);
		unit_number(name, c[v.victim].task.pid, cases[i].victim);
		unit_number(name, v.doubt, DOUBT_NONE);
	}
}

/*
 * Equal processes are rivals unless their order is known: by fork_id, or by start times that differ
 * by two ticks.
 */
static void ties_of_unknown_order_are_rivals(void **state)
{
	static const struct {
		uint64_t start[2], fork_id[2];
		bool is_placed, by_age;
		enum predict_doubt doubt;
	} cases[] = {
		{ { 0, 0 }, { 0, 0 }, true, false, DOUBT_NONE },
		{ { 0, 0 }, { 0, 0 }, false, false, DOUBT_ORDER },
		{ { 100, 100 }, { 0, 0 }, true, true, DOUBT_ORDER },
		{ { 100, 101 }, { 0, 0 }, true, true, DOUBT_ORDER },
		{ { 100, 102 }, { 0, 0 }, true, true, DOUBT_NONE },
		{ { 100, 100 }, { 7, 8 }, true, true, DOUBT_NONE },
		{ { 100, 101 }, { 8, 7 }, true, true, DOUBT_ORDER },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		struct candidate c[] = { process(10, 700, 0), process(11, 700, 0) };
		struct predict p;
		struct kill_choice v;
		char name[16];

		for (size_t k = 0; k < 2; k++) {
			c[k].is_placed = cases[i].is_placed;
			c[k].task.start_ticks = cases[i].start[k];
			c[k].task.fork_id = cases[i].fork_id[k];
			c[k].task.has |= cases[i].start[k] ? TASK_START : 0;
			c[k].task.has |= cases[i].fork_id[k] ? TASK_FORK_ID : 0;
		}
		p = world(c, 2, VERSION(6, 1, 0));
		p.by_age = cases[i].by_age;
		assert_true(predict_next(&p, &v));
		snprintf(name, sizeof(name), "case %zu", i);
		unit_number(name, v.doubt, cases[i].doubt);
		unit_number(name, c[v.victim].task.pid, 11);
		unit_number(name, (int64_t)v.n_rivals, cases[i].doubt != DOUBT_NONE);
	}
}

/*
 * 10 leads by 100. An error as large as the lead makes a tie, which the later process wins since
 * 5.3.
 */
static void a_lead_within_the_error_is_close(void **state)
{
	static const struct {
		uint64_t fuzz[2], move[2], drop[2];
		enum predict_doubt doubt;
	} cases[] = {
		{ { 0, 0 }, { 0, 0 }, { 0, 0 }, DOUBT_NONE },
		{ { 49, 50 }, { 0, 0 }, { 0, 0 }, DOUBT_NONE },
		{ { 50, 50 }, { 0, 0 }, { 0, 0 }, DOUBT_COUNTERS },
		{ { 0, 101 }, { 0, 0 }, { 0, 0 }, DOUBT_COUNTERS },
		{ { 0, 0 }, { 0, 99 }, { 0, 0 }, DOUBT_NONE },
		{ { 0, 0 }, { 60, 60 }, { 0, 0 }, DOUBT_MOVING },
		{ { 40, 0 }, { 60, 0 }, { 0, 0 }, DOUBT_MOVING },
		/* Reclaim from a rival only increases the lead. */
		{ { 0, 0 }, { 0, 0 }, { 0, 5000 }, DOUBT_NONE },
		{ { 0, 0 }, { 0, 0 }, { 99, 0 }, DOUBT_NONE },
		{ { 0, 0 }, { 0, 0 }, { 101, 0 }, DOUBT_RECLAIM },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		struct candidate c[] = { process(10, 1100, 0), process(11, 1000, 0) };
		struct predict p;
		struct kill_choice v;
		char name[16];

		for (size_t k = 0; k < 2; k++) {
			c[k].error_pages = cases[i].fuzz[k];
			c[k].rss_change_pages = cases[i].move[k];
			c[k].reclaim_pages = cases[i].drop[k];
		}
		p = world(c, 2, VERSION(6, 1, 0));
		assert_true(predict_next(&p, &v));
		snprintf(name, sizeof(name), "case %zu", i);
		unit_number(name, c[v.victim].task.pid, 10);
		unit_number(name, v.doubt, cases[i].doubt);
	}
}

/* A process that wins ties has no doubt about a rival that can only reach a tie. */
static void a_rival_that_would_lose_the_tie_is_no_doubt(void **state)
{
	struct candidate c[] = { process(10, 1000, 0), process(11, 1100, 0) };
	struct predict p = world(c, 2, VERSION(6, 1, 0));
	struct kill_choice v;

	(void)state;
	c[0].error_pages = 100;
	assert_true(predict_next(&p, &v));
	unit_number("victim", c[v.victim].task.pid, 11);
	unit_number("doubt", v.doubt, DOUBT_NONE);
}

static void rivals_are_sorted_by_points(void **state)
{
	static const int32_t want[] = { 20, 19, 18, 17, 16, 15, 14, 12 };
	struct candidate c[12];
	struct predict p;
	struct kill_choice v;

	(void)state;
	for (int i = 0; i < 12; i++) {
		c[i] = process(10 + i, 1000 + (uint64_t)i, 0);
		c[i].error_pages = 50;
	}
	c[3].task.rss = 500;
	p = world(c, 12, VERSION(6, 1, 0));
	assert_true(predict_next(&p, &v));
	unit_number("victim", c[v.victim].task.pid, 21);
	unit_number("rivals", (int64_t)v.n_rivals, 10);
	for (size_t i = 0; i < UNIT_LENGTH(want); i++)
		unit_number("rival", c[v.rivals[i]].task.pid, want[i]);
}

/*
 * Shared memory is freed once, and its users die together: also inside vfork(), and with -1000
 * since 4.8.
 */
static void sharers_die_together(void **state)
{
	struct candidate c[] = { process(10, 900, 0), process(11, 900, 0), process(12, 900, 0),
				 process(13, 899, 0), process(14, 900, -1000) };
	struct predict p;

	(void)state;
	c[0].mm = c[1].mm = c[2].mm = c[4].mm = 5;
	c[0].task.unkillable = UNKILLABLE_KERNEL;
	p = world(c, UNIT_LENGTH(c), VERSION(6, 1, 0));
	expect(&p,
	       (const struct want[]){ { 12, 1, DOUBT_NONE, 4, 900 },
				      { 13, 0, DOUBT_NONE, 1, 899 } },
	       2);
	p = world(c, UNIT_LENGTH(c), VERSION(4, 7, 0));
	predict_reset(&p);
	expect(&p, (const struct want[]){ { 12, 1, DOUBT_NONE, 3, 900 } }, 1);
	/* Before 2.6.37 the victim died alone. */
	p = world(c, UNIT_LENGTH(c), VERSION(2, 6, 36));
	predict_reset(&p);
	assert_true(predict_next(&p, &(struct kill_choice){ 0 }));
	unit_number("alone", c[1].dies_in + c[2].dies_in, 1);
}

/* They share their counters, so no error makes them differ. */
static void sharers_are_no_rivals_by_error(void **state)
{
	struct candidate c[] = { process(10, 900, 0), process(11, 900, 0), process(12, 100, 0) };
	struct predict p;

	(void)state;
	c[0].mm = c[1].mm = 5;
	c[0].error_pages = c[1].error_pages = 300;
	p = world(c, UNIT_LENGTH(c), VERSION(6, 1, 0));
	expect(&p, (const struct want[]){ { 11, 800, DOUBT_NONE, 2, 900 } }, 1);
}

/*
 * memory.oom.group: all except -1000, and all processes that share memory with them, also outside
 * the group.
 */
static void groups_die_together(void **state)
{
	struct candidate c[] = { process(10, 900, 0), process(11, 100, 0), process(12, 50, -1000),
				 process(13, 70, 0),  process(14, 100, 0), process(15, 800, 0) };
	struct predict p;

	(void)state;
	c[0].group = c[1].group = c[2].group = c[3].group = 1;
	c[1].mm = c[4].mm = 9; /* 14 is outside the group */
	p = world(c, UNIT_LENGTH(c), VERSION(6, 12, 0));
	expect(&p,
	       (const struct want[]){ { 10, 100, DOUBT_NONE, 4, 900 + 100 + 70 },
				      { 15, 0, DOUBT_NONE, 1, 800 } },
	       2);
	unit_number("the sharer outside died", c[4].dies_in, 1);
	unit_number("-1000 lives", c[2].dies_in, 0);
	p = world(c, UNIT_LENGTH(c), VERSION(4, 19, 0));
	predict_reset(&p);
	expect(&p, (const struct want[]){ { 10, 100, DOUBT_NONE, 4, 900 + 100 + 70 } }, 1);
	p = world(c, UNIT_LENGTH(c), VERSION(4, 18, 0));
	predict_reset(&p);
	expect(&p, (const struct want[]){ { 10, 100, DOUBT_NONE, 1, 900 } }, 1);
}

/*
 * If the first choice between 10 and 11 is uncertain, the third is still certain, unless a kill
 * took several processes.
 */
static void an_uncertain_choice_affects_later_ones(void **state)
{
	struct candidate c[] = { process(10, 1000, 0), process(11, 1000, 0), process(12, 500, 0) };
	struct predict p = world(c, 3, VERSION(6, 1, 0));

	(void)state;
	c[0].error_pages = c[1].error_pages = 5;
	expect(&p,
	       (const struct want[]){ { 11, 0, DOUBT_COUNTERS, 1, 1000 },
				      { 10, 500, DOUBT_EARLIER, 1, 1000 },
				      { 12, 0, DOUBT_NONE, 1, 500 } },
	       3);
	predict_reset(&p);
	c[0].group = c[1].group = 3;
	expect(&p,
	       (const struct want[]){ { 11, 500, DOUBT_COUNTERS, 2, 2000 },
				      { 12, 0, DOUBT_EARLIER, 1, 500 } },
	       2);
}

/*
 * Until 5.0 the child with the most points dies instead of the chosen process, the first of equal
 * ones; children that share memory are excluded.
 */
static void a_child_is_sacrificed(void **state)
{
	static const struct {
		int version;
		int32_t victim;
	} cases[] = {
		{ VERSION(3, 5, 0), 12 }, { VERSION(3, 10, 0), 12 }, { VERSION(5, 0, 0), 12 },
		{ VERSION(5, 1, 0), 10 }, { VERSION(5, 2, 0), 10 },  { VERSION(6, 1, 0), 10 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		struct candidate c[] = { process(10, 90000, 0), process(11, 90000, -1),
					 process(12, 2000, 0),  process(13, 2000, 0),
					 process(14, 1000, 0),  process(15, 50000, 0) };
		struct predict p;
		struct kill_choice v;
		char name[32];

		for (int k = 1; k < 5; k++)
			c[k].task.ppid = 10;
		c[0].mm = c[1].mm = 1;
		p = world(c, UNIT_LENGTH(c), cases[i].version);
		assert_true(predict_next(&p, &v));
		snprintf(name, sizeof(name), "version %#x", (unsigned int)cases[i].version);
		unit_number(name, c[v.victim].task.pid, cases[i].victim);
		unit_number(name, c[v.chosen].task.pid, 10);
	}
}

/* Children are in the order in which they got their parent, which is not that of their age. */
static void of_equal_children_each_can_be_the_first(void **state)
{
	struct candidate c[] = { process(10, 90000, 0), process(12, 2000, 0), process(13, 2000, 0),
				 process(14, 1000, 0) };
	struct predict p;

	(void)state;
	for (int k = 1; k < 4; k++)
		c[k].task.ppid = 10;
	p = world(c, UNIT_LENGTH(c), VERSION(4, 19, 0));
	expect(&p,
	       (const struct want[]){ { 12, 88000, DOUBT_ORDER, 1, 2000 },
				      { 13, 89000, DOUBT_EARLIER, 1, 2000 } },
	       2);
	/* Within the error of the counters. */
	predict_reset(&p);
	c[2].task.rss = c[2].task.rss_anon = 1996;
	c[1].error_pages = 5;
	assert_int_equal(predict_weigh(&p), 0);
	expect(&p, (const struct want[]){ { 12, 88004, DOUBT_COUNTERS, 1, 2000 } }, 1);
	/* Further apart than that. */
	predict_reset(&p);
	c[2].task.rss = c[2].task.rss_anon = 1994;
	assert_int_equal(predict_weigh(&p), 0);
	expect(&p,
	       (const struct want[]){ { 12, 88006, DOUBT_NONE, 1, 2000 },
				      { 13, 89000, DOUBT_NONE, 1, 1994 } },
	       2);
	/* No child is killed in place of its parent. */
	predict_reset(&p);
	p = world(c, UNIT_LENGTH(c), VERSION(5, 1, 0));
	expect(&p, (const struct want[]){ { 10, 88000, DOUBT_NONE, 1, 90000 } }, 1);
}

static void a_general_doubt_applies_to_every_choice(void **state)
{
	struct candidate c[] = { process(10, 500, 0), process(11, 900, 0) };
	struct predict p = world(c, 2, VERSION(6, 1, 0));

	(void)state;
	p.doubt = DOUBT_UNSEEN;
	expect(&p,
	       (const struct want[]){ { 11, 400, DOUBT_UNSEEN, 1, 900 },
				      { 10, 0, DOUBT_UNSEEN, 1, 500 } },
	       2);
}

static void changes_move_ranks(void **state)
{
	struct candidate c[] = { process(10, 500, 0), process(11, 900, 0), process(12, 100, -1000),
				 process(13, 500, 0) };
	struct predict p = world(c, 4, VERSION(6, 1, 0));

	(void)state;
	unit_number("place", (int64_t)whatif_place(&p, 0, 500), 3);
	unit_number("level with the first, but older", (int64_t)whatif_place(&p, 0, 900), 2);
	unit_number("ahead", (int64_t)whatif_place(&p, 0, 901), 1);
	whatif_set_adj(&p, 2, 3);
	c[0].mm = c[3].mm = 1;
	whatif_grow(&p, 0, 2000);
	assert_int_equal(predict_weigh(&p), 0);
	/* 10 and 13 have grown to 2,500, and 12 may be killed now: 100 + 3,000. */
	expect(&p,
	       (const struct want[]){ { 12, 600, DOUBT_NONE, 1, 100 },
				      { 13, 1600, DOUBT_NONE, 2, 2500 },
				      { 11, 0, DOUBT_NONE, 1, 900 } },
	       3);
	predict_reset(&p);
	whatif_set_adj(&p, 0, -1000);
	assert_int_equal(predict_weigh(&p), 0);
	expect(&p,
	       (const struct want[]){ { 12, 2200, DOUBT_NONE, 1, 100 },
				      { 11, 0, DOUBT_NONE, 1, 900 } },
	       2);
	predict_reset(&p);
	c[2].is_gone = true;
	expect(&p, (const struct want[]){ { 11, 0, DOUBT_NONE, 1, 900 } }, 1);
	unit_number("found", (int64_t)predict_find(&p, 13), 3);
	assert_true(predict_find(&p, 99) == PREDICT_NONE);
}

/*
 * 11 and 12 share 10's memory, and 13 too, before its exec: 13 keeps its adj (before 4.8 all keep
 * theirs).
 */
static void sharers_change_together(void **state)
{
	struct candidate c[] = { process(10, 500, 8), process(11, 500, 8), process(12, 500, 8),
				 process(13, 500, 8), process(14, 900, 0), process(15, 500, 8) };
	struct predict p;
	int64_t points;

	(void)state;
	c[0].mm = c[1].mm = c[2].mm = c[3].mm = 1;
	c[3].task.unkillable = UNKILLABLE_KERNEL;
	c[0].possible_mm = c[4].possible_mm = c[5].possible_mm = 2;
	c[5].task.unkillable = UNKILLABLE_ADJ;
	p = world(c, UNIT_LENGTH(c), VERSION(4, 7, 0));
	whatif_set_adj(&p, 0, 9);
	unit_number("4.7: itself", c[0].task.adj, 9);
	unit_number("4.7: a sharer", c[1].task.adj, 8);
	unit_number("4.7: followers", (int64_t)whatif_exclude_sharers(&p, 0), 0);
	p = world(c, UNIT_LENGTH(c), VERSION(4, 8, 0));
	whatif_set_adj(&p, 0, 8);
	whatif_set_adj(&p, 1, 7);
	unit_number("a sharer", c[0].task.adj, 7);
	unit_number("inside vfork()", c[3].task.adj, 8);
	unit_number("killable", (int64_t)whatif_count(&p), 4);
	unit_number("possible_mm", (int64_t)whatif_count_possible_sharers(&p, 0), 1);
	unit_number("possible_mm to none", (int64_t)whatif_count_possible_sharers(&p, 1), 0);
	unit_number("place among all", (int64_t)whatif_place(&p, 0, 7500), 3);
	unit_number("followers", (int64_t)whatif_exclude_sharers(&p, 0), 2);
	unit_number("place without them", (int64_t)whatif_place(&p, 0, 7500), 1);
	unit_number("killable without them", (int64_t)whatif_count(&p), 2);
	assert_int_equal(whatif_points(&p, 0, 0, &points), 0);
	unit_number("behind 14", (int64_t)whatif_place(&p, 0, points), 2);
}

/*
 * The points with another adj follow the version's rules: 2.6.36 counts thousandths, with 30 less
 * for root.
 */
static void points_with_another_adj(void **state)
{
	struct candidate c[] = { process(10, 2500, 4) };
	struct predict p = world(c, 1, VERSION(6, 1, 0));
	int64_t points;

	(void)state;
	assert_int_equal(whatif_points(&p, 0, -2, &points), 0);
	unit_number("pages", points, 500);
	c[0].task.is_admin = true;
	p = world(c, 1, VERSION(2, 6, 36));
	assert_int_equal(whatif_points(&p, 0, 50, &points), 0);
	unit_number("thousandths", points, 22);
	unit_number("it keeps its own", c[0].task.adj, 4);
}

/*
 * 10 has 6 thousandths, 11 has 3: an error of 2,000 pages can be 3 thousandths, which makes a tie
 * that the first wins.
 */
static void errors_in_thousandths(void **state)
{
	struct candidate c[] = { process(10, 2500, 4), process(11, 1000, 2) };
	struct predict p = world(c, 2, VERSION(2, 6, 36));

	(void)state;
	c[1].error_pages = 2000;
	expect(&p, (const struct want[]){ { 10, 3, DOUBT_NONE, 1, 2500 } }, 1);
	predict_reset(&p);
	c[1].error_pages = 3000;
	expect(&p, (const struct want[]){ { 10, 3, DOUBT_COUNTERS, 1, 2500 } }, 1);
}

/* 10 and 11 share memory that was read twice; in between, a page was added or removed. */
static void one_memory(void *arg, struct predict *p, size_t nth)
{
	(void)arg;
	if (nth > 1 || p->candidates[0].mm)
		return;
	p->candidates[0].mm = p->candidates[1].mm = 7;
	p->candidates[!nth].task.rss = p->candidates[nth].task.rss;
}

static void sharers_read_at_two_moments_are_a_tie(void **state)
{
	static const uint64_t sizes[][2] = { { 500, 499 }, { 499, 500 }, { 500, 500 } };

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(sizes); i++) {
		struct candidate c[] = { process(10, sizes[i][0], 0), process(11, sizes[i][1], 0),
					 process(12, 90, 0), process(13, 80, 0) };
		struct predict p = world(c, UNIT_LENGTH(c), VERSION(6, 1, 0));
		struct kill_choice v;

		p.reveal = one_memory;
		/* All of 11's cgroup is killed, but not 10's. */
		c[1].group = c[3].group = 3;
		assert_true(predict_next(&p, &v));
		unit_number("victim", c[v.victim].task.pid, 11);
		unit_number("killed", (int64_t)v.n_killed, 3);
		unit_number("doubt", v.doubt, DOUBT_NONE);
		assert_true(predict_next(&p, &v));
		unit_number("victim", c[v.victim].task.pid, 12);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_most_points_first),
		cmocka_unit_test(frees_is_an_upper_bound),
		cmocka_unit_test(ties_follow_the_kernel_version),
		cmocka_unit_test(ties_of_unknown_order_are_rivals),
		cmocka_unit_test(a_lead_within_the_error_is_close),
		cmocka_unit_test(a_rival_that_would_lose_the_tie_is_no_doubt),
		cmocka_unit_test(rivals_are_sorted_by_points),
		cmocka_unit_test(sharers_die_together),
		cmocka_unit_test(sharers_are_no_rivals_by_error),
		cmocka_unit_test(groups_die_together),
		cmocka_unit_test(an_uncertain_choice_affects_later_ones),
		cmocka_unit_test(a_child_is_sacrificed),
		cmocka_unit_test(of_equal_children_each_can_be_the_first),
		cmocka_unit_test(a_general_doubt_applies_to_every_choice),
		cmocka_unit_test(changes_move_ranks),
		cmocka_unit_test(sharers_change_together),
		cmocka_unit_test(points_with_another_adj),
		cmocka_unit_test(sharers_read_at_two_moments_are_a_tie),
		cmocka_unit_test(errors_in_thousandths),
	};

	return UNIT_RUN(argc, argv, tests);
}
