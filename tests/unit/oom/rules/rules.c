/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules: points and scores of each era. The numbers were worked out by hand from the formulas in the sources of
 * Linux 2.6.36, 2.6.39, 3.5, 3.14, 4.0, 4.15, 4.17 and 5.9.
 */
#include "unit.h"

#include <errno.h>

#include "oom/rules/rules.h"
#include "oom/rules/version.h"

static void eras_begin_where_the_kernel_changed(void **state)
{
	static const struct {
		int version;
		enum rules_weight weight;
		enum rules_root root;
		enum rules_tables tables;
		bool is_floored, is_score_signed;
		enum rules_tie global, memcg;
	} cases[] = {
		{ VERSION(2, 6, 18), WEIGHT_HEURISTIC, ROOT_NONE, TABLES_NONE, 0, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(2, 6, 35), WEIGHT_HEURISTIC, ROOT_NONE, TABLES_NONE, 0, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(2, 6, 36), WEIGHT_PERMILLE, ROOT_ADJ_30, TABLES_NONE, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(2, 6, 38), WEIGHT_PERMILLE, ROOT_ADJ_30, TABLES_NONE, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(2, 6, 39), WEIGHT_PERMILLE, ROOT_ADJ_30, TABLES_PTES, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(3, 4, 113), WEIGHT_PERMILLE, ROOT_ADJ_30, TABLES_PTES, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(3, 5, 0), WEIGHT_PAGES, ROOT_ADJ_30, TABLES_PTES, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(3, 13, 11), WEIGHT_PAGES, ROOT_ADJ_30, TABLES_PTES, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(3, 14, 0), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(3, 19, 8), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(4, 0, 0), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES_PMDS, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(4, 6, 7), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES_PMDS, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(4, 7, 0), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES_PMDS, 1, 0, TIE_LAST,
		  TIE_FIRST },
		{ VERSION(4, 8, 17), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES_PMDS, 1, 0, TIE_LAST,
		  TIE_FIRST },
		{ VERSION(4, 9, 0), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES_PMDS, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(4, 14, 255), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_PTES_PMDS, 1, 0,
		  TIE_FIRST, TIE_FIRST },
		{ VERSION(4, 15, 0), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_ALL, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(4, 16, 18), WEIGHT_PAGES, ROOT_3_PERCENT, TABLES_ALL, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(4, 17, 0), WEIGHT_PAGES, ROOT_NONE, TABLES_ALL, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(5, 2, 21), WEIGHT_PAGES, ROOT_NONE, TABLES_ALL, 1, 0, TIE_FIRST,
		  TIE_FIRST },
		{ VERSION(5, 3, 0), WEIGHT_PAGES, ROOT_NONE, TABLES_ALL, 1, 0, TIE_LAST, TIE_LAST },
		{ VERSION(5, 8, 18), WEIGHT_PAGES, ROOT_NONE, TABLES_ALL, 1, 0, TIE_LAST,
		  TIE_LAST },
		{ VERSION(5, 9, 0), WEIGHT_PAGES, ROOT_NONE, TABLES_ALL, 0, 1, TIE_LAST, TIE_LAST },
		{ VERSION(7, 3, 0), WEIGHT_PAGES, ROOT_NONE, TABLES_ALL, 0, 1, TIE_LAST, TIE_LAST },
	};
	char name[32];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		const struct rules *r = rules_find(cases[i].version);

		snprintf(name, sizeof(name), "version %#x", (unsigned int)cases[i].version);
		unit_number(name, r->weight, cases[i].weight);
		unit_number(name, r->root, cases[i].root);
		unit_number(name, r->tables, cases[i].tables);
		/* The heuristic has neither: the kernel's score is used as points. */
		if (r->weight != WEIGHT_HEURISTIC) {
			unit_number(name, r->is_floored, cases[i].is_floored);
			unit_number(name, r->is_score_signed, cases[i].is_score_signed);
		}
		unit_number(name, r->tie_global, cases[i].global);
		unit_number(name, r->tie_memcg, cases[i].memcg);
	}
}

static void eras_are_in_order(void **state)
{
	int since = 0;

	(void)state;
	for (int version = VERSION(2, 6, 0); version < VERSION(8, 0, 0); version++) {
		const struct rules *era = rules_find(version);

		assert_true(era->since >= since && era->since <= version);
		assert_ptr_equal(rules_find(era->since), era);
		assert_true(era->summary && *era->summary);
		since = era->since;
	}
	assert_int_equal(since, VERSION(5, 9, 0));
}

/* On a machine with 1048999 pages a thousandth is 1048: the fraction is dropped first. */
static const struct totals machine = { .total_pages = 1048999, .page_size = 4096 };

static const int eras[] = {
	VERSION(2, 6, 36), VERSION(2, 6, 39), VERSION(3, 5, 0),  VERSION(3, 14, 0),
	VERSION(4, 0, 0),  VERSION(4, 15, 0), VERSION(4, 17, 0), VERSION(5, 9, 0),
};

#define N_ERAS (sizeof(eras) / sizeof(eras[0]))

struct size {
	uint64_t rss, swap, ptes, pmds, tables_bytes;
	int16_t adj;
	bool is_admin;
};

/* clang-format off */
static const struct {
	const char *name;
	struct size size;
	int64_t points[N_ERAS], score[N_ERAS];
} weighed[] = {
	{ "idle", { 300, 0, 12, 2, 57344, 0, 0 },
	  { 1, 1, 312, 312, 314, 314, 314, 314 },
	  { 1, 1, 0, 0, 0, 0, 0, 666 } },
	/* 618596 bytes of tables are 151.02 pages. */
	{ "big", { 523000, 1400, 130, 7, 618596, 0, 0 },
	  { 499, 500, 524530, 524530, 524537, 524551, 524551, 524551 },
	  { 499, 500, 500, 500, 500, 500, 500, 1000 } },
	{ "big root", { 523000, 1400, 130, 7, 618596, 0, 1 },
	  { 469, 470, 493090, 508795, 508801, 508815, 524551, 524551 },
	  { 469, 470, 470, 485, 485, 485, 500, 1000 } },
	{ "small root", { 1000, 50, 9, 2, 45056, 0, 1 },
	  { 1, 1, 1, 1028, 1030, 1030, 1061, 1061 },
	  { 1, 1, 0, 0, 0, 0, 1, 667 } },
	{ "raised", { 10000, 2000, 30, 5, 163840, 200, 0 },
	  { 211, 211, 221630, 221630, 221635, 221640, 221640, 221640 },
	  { 211, 211, 211, 211, 211, 211, 211, 807 } },
	{ "raised root", { 10000, 2000, 30, 5, 163840, 200, 1 },
	  { 181, 181, 190190, 221270, 221274, 221279, 221640, 221640 },
	  { 181, 181, 181, 210, 210, 210, 211, 807 } },
	{ "most", { 10000, 2000, 30, 5, 163840, 1000, 0 },
	  { 1000, 1000, 1060030, 1060030, 1060035, 1060040, 1060040, 1060040 },
	  { 1000, 1000, 1010, 1010, 1010, 1010, 1010, 1340 } },
	{ "lowered", { 300000, 0, 600, 3, 2498560, -100, 0 },
	  { 185, 186, 195800, 195800, 195803, 195810, 195810, 195810 },
	  { 185, 186, 186, 186, 186, 186, 186, 790 } },
	{ "far below", { 10000, 0, 30, 5, 163840, -500, 0 },
	  { 1, 1, 1, 1, 1, 1, 1, -513960 },
	  { 1, 1, 0, 0, 0, 0, 0, 340 } },
	{ "last", { 10000, 0, 30, 5, 163840, -999, 0 },
	  { 1, 1, 1, 1, 1, 1, 1, -1036912 },
	  { 1, 1, 0, 0, 0, 0, 0, 8 } },
	{ "last root", { 10000, 0, 30, 5, 163840, -999, 1 },
	  { 1, 1, 1, 1, 1, 1, 1, -1036912 },
	  { 1, 1, 0, 0, 0, 0, 0, 8 } },
	{ "all of it", { 1048000, 900, 2100, 10, 8683520, 1000, 0 },
	  { 1000, 1000, 2099000, 2099000, 2099010, 2099020, 2099020, 2099020 },
	  { 1000, 1000, 2000, 2000, 2000, 2000, 2000, 2000 } },
};
/* clang-format on */

static struct task task_of(const struct size *size)
{
	return (struct task){
		.rss = size->rss,
		.swap = size->swap,
		.nr_ptes = size->ptes,
		.nr_pmds = size->pmds,
		.pgtables_bytes = size->tables_bytes,
		.adj = size->adj,
		.is_admin = size->is_admin,
		.has = TASK_RSS | TASK_SWAP | TASK_PTES | TASK_PMDS | TASK_PGTABLES | TASK_ADJ |
		       TASK_ADMIN_KNOWN | TASK_SCORE,
	};
}

static void computes_points_in_each_era(void **state)
{
	char name[64];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(weighed); i++) {
		for (size_t k = 0; k < N_ERAS; k++) {
			const struct rules *r = rules_find(eras[k]);
			struct task t = task_of(&weighed[i].size);
			int64_t points = 0;

			snprintf(name, sizeof(name), "%s in era %zu", weighed[i].name, k);
			assert_int_equal(rules_points(r, RSS_STATUS, &t, &machine, &points), 0);
			unit_number(name, points, weighed[i].points[k]);
			unit_number(name, rules_score(r, points, &machine), weighed[i].score[k]);
		}
	}
}

static void the_heuristic_takes_the_score_as_points(void **state)
{
	const struct rules *r = rules_find(VERSION(2, 6, 32));
	struct task t = task_of(&weighed[1].size);
	int64_t points = 77;

	(void)state;
	assert_int_equal(rules_points(r, RSS_STATUS, &t, &machine, &points), -EOPNOTSUPP);
	assert_int_equal(points, 77);
	assert_int_equal(rules_score(r, 31337, &machine), 31337);
}

/* A cgroup of less than 1000 pages has no thousandths: adj has no effect there. */
static void small_totals(void **state)
{
	const struct rules *r = rules_find(VERSION(6, 1, 0));
	struct totals of = { .total_pages = 999, .page_size = 4096 };
	struct task t = { .rss = 120, .swap = 5, .pgtables_bytes = 12288, .adj = -999 };
	int64_t points;

	(void)state;
	assert_int_equal(rules_points(r, RSS_STATUS, &t, &of, &points), 0);
	assert_int_equal(points, 128);
	of.total_pages = 1999;
	assert_int_equal(rules_points(r, RSS_STATUS, &t, &of, &points), 0);
	assert_int_equal(points, 128 - 999);
	/* The kernel counts no memory at all as one page. */
	of.total_pages = 0;
	assert_int_equal(rules_points(r, RSS_STATUS, &t, &of, &points), 0);
	assert_int_equal(points, 128);
	assert_int_equal(rules_score(r, 128, &of), 86000); /* (1000 + 128000) * 2 / 3 */
}

static void large_pages(void **state)
{
	const struct rules *r = rules_find(VERSION(5, 14, 0));
	const struct totals of = { .total_pages = 261637, .page_size = 65536 };
	/* 458753 bytes of tables are 7 pages and a byte. */
	struct task t = { .rss = 4000, .swap = 100, .pgtables_bytes = 458753, .adj = 10 };
	int64_t points;

	(void)state;
	assert_int_equal(rules_points(r, RSS_STATUS, &t, &of, &points), 0);
	assert_int_equal(points, 4107 + 2610);
	assert_int_equal(rules_score(r, points, &of), 683); /* (1000 + 25) * 2 / 3 */
}

static void uses_the_requested_count(void **state)
{
	const struct rules *r = rules_find(VERSION(6, 18, 0));
	struct task t = { .rss = 5000, .rss_stat = 4900, .swap = 7, .has = TASK_RSS };
	int64_t points;

	(void)state;
	assert_int_equal(rules_points(r, RSS_STAT, &t, &machine, &points), 0);
	assert_int_equal(points, 5007); /* there is no other count */
	t.has |= TASK_RSS_STAT;
	assert_int_equal(rules_points(r, RSS_STAT, &t, &machine, &points), 0);
	assert_int_equal(points, 4907);
	assert_int_equal(rules_points(r, RSS_STATUS, &t, &machine, &points), 0);
	assert_int_equal(points, 5007);
}

/* Every score that an idle process can have since 5.9, at the ends of the scale. */
static void scores_without_memory(void **state)
{
	const struct rules *r = rules_find(VERSION(5, 10, 0));
	static const struct {
		int64_t points, score;
	} cases[] = {
		{ 0, 666 },       { 1048999, 1333 }, { 2 * 1048999, 2000 },
		{ -1048999, 0 },  { -524499, 334 }, /* -499.9995 thousandths are -499: 501 * 2 / 3 */
		{ -524500, 333 },                   /* -500.0004: 500 * 2 / 3 */
		{ 1048, 666 },                      /* 0.999 */
		{ 1049, 667 },                      /* 1.000001: 1001 * 2 / 3 = 667.3 */
		{ -1049, 666 },                     /* 999 * 2 / 3 */
		{ -1050, 666 },                     /* -1.0009 is -1: 999 * 2 / 3 */
		{ -2098, 665 },                     /* -2.00 : 998 * 2 / 3 = 665.3 */
	};
	char name[32];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		snprintf(name, sizeof(name), "points %" PRId64, cases[i].points);
		unit_number(name, rules_score(r, cases[i].points, &machine), cases[i].score);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(eras_begin_where_the_kernel_changed),
		cmocka_unit_test(eras_are_in_order),
		cmocka_unit_test(computes_points_in_each_era),
		cmocka_unit_test(the_heuristic_takes_the_score_as_points),
		cmocka_unit_test(small_totals),
		cmocka_unit_test(large_pages),
		cmocka_unit_test(uses_the_requested_count),
		cmocka_unit_test(scores_without_memory),
	};

	return UNIT_RUN(argc, argv, tests);
}
