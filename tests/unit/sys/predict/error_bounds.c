/* SPDX-License-Identifier: GPL-2.0-or-later */
/* error_bounds: how much memory counters may hide, worked out by hand for two CPUs. */
#include "unit.h"

#include "oom/rules/version.h"
#include "sys/predict/internal.h"

/*
 * A CPU keeps at most 31 pages of each counter, so two CPUs 62. Anonymous memory and swap have a
 * counter each; without the split of RSS, its three counters and swap.
 */
static void counters_hide_memory(void **state)
{
	enum { BPF = 1, STATUS, STAT };
	static const struct {
		const char *name;
		int version, source;
		uint32_t has, threads;
		uint64_t pages;
	} cases[] = {
		{ "a BPF scan", VERSION(6, 12, 0), BPF, TASK_RSS_SPLIT, 3, 124 },
		{ "a BPF scan, RSS as a whole", VERSION(6, 12, 0), BPF, 0, 1, 248 },
		{ "a BPF scan that adds the parts", VERSION(7, 0, 0), BPF, TASK_RSS_SPLIT, 1, 0 },
		{ "status is approximate", VERSION(6, 2, 0), STATUS, TASK_RSS_SPLIT, 1, 124 },
		{ "status has sums", VERSION(6, 16, 0), STAT, TASK_RSS_SPLIT, 1, 0 },
		{ "status has sums since 7.0", VERSION(7, 0, 0), STATUS, TASK_RSS_SPLIT, 1, 0 },
		/* A thread flushes its cache when it begins its 66th page fault. */
		{ "threads cache", VERSION(6, 1, 0), STATUS, TASK_RSS_SPLIT, 3, 195 },
		{ "threads cache, BPF", VERSION(6, 1, 0), BPF, TASK_RSS_SPLIT, 1, 65 },
		{ "threads began to cache", VERSION(2, 6, 34), STATUS, 0, 1, 65 },
		{ "exact", VERSION(2, 6, 33), STATUS, 0, 4, 0 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		struct snapshot s = { .proc = -1,
				      .machine.version = cases[i].version,
				      .scan.has_points = cases[i].source == BPF,
				      .rules = rules_find(cases[i].version),
				      .rss = cases[i].source == STAT ? RSS_STAT : RSS_STATUS };
		struct task t = { .has = cases[i].has, .threads = cases[i].threads };
		struct error_bounds b = { .cpus = 2 };

		error_bounds_read(&b, &s);
		unit_number(cases[i].name, (int64_t)error_bounds_uncounted(&b, &t),
			    (int64_t)cases[i].pages);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_hide_memory),
	};

	return UNIT_RUN(argc, argv, tests);
}
