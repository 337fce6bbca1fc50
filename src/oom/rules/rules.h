/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules: how each version of Linux weighs processes, as data. One row an era; the rows' home in the
 * kernel is badness()/oom_badness(), proc_oom_score() and select_bad_process() in mm/oom_kill.c and
 * fs/proc/base.c. Everything here is pure.
 */
#pragma once

#include <stddef.h>

#include "oom/rules/task.h"

enum rules_weight {
	/* to 2.6.35: size over run time, shifted by oom_adj; only the kernel can tell */
	WEIGHT_HEURISTIC,
	WEIGHT_PERMILLE, /* 2.6.36 to 3.4: thousandths of RAM + swap */
	WEIGHT_PAGES,    /* since 3.5 */
};

enum rules_root {
	ROOT_NONE,
	ROOT_ADJ_30,    /* adj is 30 less for CAP_SYS_ADMIN */
	ROOT_3_PERCENT, /* 3 % of the pages are forgiven */
};

enum rules_tables {
	TABLES_NONE,
	TABLES_PTES,
	TABLES_PTES_PMDS,
	TABLES_ALL,
};

/* Who of processes with equal points dies, in the order of their forks. */
enum rules_tie {
	TIE_FIRST,
	TIE_LAST,
};

enum rules_rss {
	RSS_STATUS, /* the count that /proc/PID/status shows */
	RSS_STAT,   /* the approximate count of field 24 of /proc/PID/stat, where the two differ */
};

struct rules {
	int since; /* the first mainline version, VERSION() */
	enum rules_weight weight;
	enum rules_root root;
	enum rules_tables tables;
	bool is_floored;      /* points are at least 1 */
	bool is_score_signed; /* score is (1000 + permille) * 2 / 3, not permille */
	enum rules_tie tie_global, tie_memcg;
	const char *summary; /* one phrase on what began with it */
};

/* The memory that a choice is made over, in pages. */
struct totals {
	uint64_t total_pages; /* RAM + swap, or a cgroup's limit + swap */
	uint64_t page_size;   /* bytes */
};

/* All eras, oldest first. */
const struct rules *rules_table(size_t *n);

/* The era of a kernel version. */
const struct rules *rules_find(int version);

/*
 * Points of a process that may be killed; t's members must be known as far as the rules use them,
 * what is not counts as nothing (before 2.6.34 no kernel tells swap). 0 and *points, or -EOPNOTSUPP
 * for WEIGHT_HEURISTIC: there the score is the points. Does not ask whether it is spared.
 */
int rules_points(const struct rules *r, enum rules_rss rss, const struct task *t,
		 const struct totals *of, int64_t *points);

/* What /proc/PID/oom_score prints for these points; of: the machine's totals, never a cgroup's. */
int64_t rules_score(const struct rules *r, int64_t points, const struct totals *of);

/*
 * Finds by trial which rules and which count of RSS the running kernel uses: those that explain
 * best the scores that it printed itself. Distributions carry changes to other versions, so version
 * is only where the search starts: another answer needs more evidence than it. tasks: n processes
 * with score, and as much else as could be read; spared ones are passed over. rss is where it was
 * undecided before and is left as it is where the scores do not tell.
 */
const struct rules *rules_fit(int version, const struct task *tasks, size_t n,
			      const struct totals *of, enum rules_rss *rss);

/*
 * Whether the scores tell beyond doubt that the running kernel's choice uses this count of RSS and
 * not the other.
 */
bool rules_rss_is_reported(const struct rules *r, enum rules_rss rss, const struct task *tasks,
			   size_t n, const struct totals *of);

/* Fewer scores than these prove nothing about the rules. */
#define RULES_EVIDENCE 5

/* How many of the scores that are known the rules explain; *n_evidence: how many are known. */
size_t rules_explained(const struct rules *r, const struct task *tasks, size_t n,
		       const struct totals *of, size_t *n_evidence);
