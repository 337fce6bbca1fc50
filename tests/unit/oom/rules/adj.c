/* SPDX-License-Identifier: GPL-2.0-or-later */
/* adj: both scales, against what kernels 5.10 to 7.3 printed when each value was written to them. */
#include "unit.h"

#include "oom/rules/adj.h"
#include "oom/rules/version.h"

/* Written to oom_adj, then read from oom_score_adj, then read back from oom_adj. */
static const struct {
	int old, adj, back;
} written[] = {
	{ -17, -1000, -17 }, { -16, -941, -15 }, { -15, -882, -14 }, { -14, -823, -13 },
	{ -13, -764, -12 },  { -12, -705, -11 }, { -11, -647, -10 }, { -10, -588, -9 },
	{ -9, -529, -8 },    { -8, -470, -7 },   { -7, -411, -6 },   { -6, -352, -5 },
	{ -5, -294, -4 },    { -4, -235, -3 },   { -3, -176, -2 },   { -2, -117, -1 },
	{ -1, -58, 0 },      { 0, 0, 0 },        { 1, 58, 0 },       { 2, 117, 1 },
	{ 3, 176, 2 },       { 4, 235, 3 },      { 5, 294, 4 },      { 6, 352, 5 },
	{ 7, 411, 6 },       { 8, 470, 7 },      { 9, 529, 8 },      { 10, 588, 9 },
	{ 11, 647, 10 },     { 12, 705, 11 },    { 13, 764, 12 },    { 14, 823, 13 },
	{ 15, 1000, 15 },
};

/* oom_score_adj from...to reads as oom_adj, since 5.10. */
static const struct {
	int from, to, old;
} ranges[] = {
	{ -1000, -1000, -17 }, { -999, -942, -16 }, { -941, -883, -15 }, { -882, -824, -14 },
	{ -823, -765, -13 },   { -764, -706, -12 }, { -705, -648, -11 }, { -647, -589, -10 },
	{ -588, -530, -9 },    { -529, -471, -8 },  { -470, -412, -7 },  { -411, -353, -6 },
	{ -352, -295, -5 },    { -294, -236, -4 },  { -235, -177, -3 },  { -176, -118, -2 },
	{ -117, -59, -1 },     { -58, 58, 0 },      { 59, 117, 1 },      { 118, 176, 2 },
	{ 177, 235, 3 },       { 236, 294, 4 },     { 295, 352, 5 },     { 353, 411, 6 },
	{ 412, 470, 7 },       { 471, 529, 8 },     { 530, 588, 9 },     { 589, 647, 10 },
	{ 648, 705, 11 },      { 706, 764, 12 },    { 765, 823, 13 },    { 824, 882, 14 },
	{ 883, 1000, 15 },
};

static void name_of(char *buf, size_t size, const char *what, int value)
{
	snprintf(buf, size, "%s %d", what, value);
}

static void converts_old_to_new(void **state)
{
	char name[32];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(written); i++) {
		name_of(name, sizeof(name), "oom_adj", written[i].old);
		unit_number(name, adj_from_old(written[i].old), written[i].adj);
		unit_number(name, adj_to_old(written[i].adj, VERSION(6, 1, 0)), written[i].back);
	}
}

static void converts_new_to_old(void **state)
{
	static const int versions[] = { 0, VERSION(5, 10, 0), VERSION(6, 18, 0), VERSION(7, 3, 0) };
	int covered = 0;
	char name[32];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(ranges); i++) {
		for (int adj = ranges[i].from; adj <= ranges[i].to; adj++, covered++) {
			name_of(name, sizeof(name), "oom_score_adj", adj);
			for (size_t k = 0; k < UNIT_LENGTH(versions); k++)
				unit_number(name, adj_to_old(adj, versions[k]), ranges[i].old);
		}
	}
	assert_int_equal(covered, 2001);
}

/* From 3.7 to 5.9 nothing held 942...999 at 15. */
static void shows_16_before_5_10(void **state)
{
	static const int versions[] = { VERSION(3, 7, 0), VERSION(4, 4, 0), VERSION(5, 9, 255) };
	char name[32];

	(void)state;
	for (size_t k = 0; k < UNIT_LENGTH(versions); k++) {
		for (int adj = 883; adj <= 1000; adj++) {
			name_of(name, sizeof(name), "oom_score_adj", adj);
			unit_number(name, adj_to_old(adj, versions[k]),
				    adj >= 942 && adj <= 999 ? 16 : 15);
		}
		unit_number("-1000", adj_to_old(-1000, versions[k]), -17);
		unit_number("500", adj_to_old(500, versions[k]), 8);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(converts_old_to_new),
		cmocka_unit_test(converts_new_to_old),
		cmocka_unit_test(shows_16_before_5_10),
	};

	return UNIT_RUN(argc, argv, tests);
}
