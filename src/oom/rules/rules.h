/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules: how each version of Linux computes the badness of a process, as data, a row per era. From
 * badness()/oom_badness(), select_bad_process() (mm/oom_kill.c) and proc_oom_score()
 * (fs/proc/base.c). Pure.
 */
#pragma once

#include <stddef.h>

#include "oom/rules/task.h"

enum rules_weight {
	WEIGHT_HEURISTIC, /* until 2.6.35: size over run time, shifted by oom_adj: badness_old.h */
	WEIGHT_PERMILLE,  /* 2.6.36 to 3.4: thousandths of RAM + swap */
	WEIGHT_PAGES,     /* since 3.5 */
};

enum rules_root {
	ROOT_NONE,
	ROOT_ADJ_30,    /* adj is 30 less for CAP_SYS_ADMIN */
	ROOT_3_PERCENT, /* a discount of 3 % of its pages */
};

/* Which page tables are counted. */
enum rules_tables { TABLES_NONE, TABLES_PTES, TABLES_PTES_PMDS, TABLES_ALL };

/* Which of several processes with equal points is killed, in fork order. */
enum rules_tie { TIE_FIRST, TIE_LAST };

enum rules_rss {
	RSS_STATUS, /* the count in /proc/PID/status */
	RSS_STAT,   /* the approximate count in field 24 of /proc/PID/stat, where the two differ */
};

struct rules {
	int since;           /* the first mainline version, VERSION() */
	const char *summary; /* one phrase on what began with it */
	enum rules_weight weight;
	enum rules_root root;
	enum rules_tables tables;
	bool is_floored;      /* points are at least 1 */
	bool is_score_signed; /* the score is (1000 + permille) * 2 / 3, not permille */
	enum rules_tie tie_global, tie_memcg;
};

/* The memory that points are relative to. */
struct totals {
	uint64_t total_pages; /* RAM + swap, or a cgroup's limit + swap */
	uint64_t page_size;   /* bytes */
};

/* The rules of a kernel version. */
const struct rules *rules_find(int version);

/* Points as memory: they are pages since 3.5, thousandths of the total from 2.6.36 to 3.4. */
int64_t rules_points_bytes(const struct rules *r, int64_t points, const struct totals *of);

/* The page tables of t that count, in pages. */
uint64_t rules_table_pages(const struct rules *r, const struct task *t, uint64_t page_size);

/*
 * The points of a process, whether it is killable or not. Members of t that are not known must be 0
 * (before 2.6.34 no kernel shows swap). 0 and *points; -EOPNOTSUPP with WEIGHT_HEURISTIC: there the
 * score is the points.
 */
int rules_points(const struct rules *r, enum rules_rss rss, const struct task *t,
		 const struct totals *of, int64_t *points);

/* What /proc/PID/oom_score shows for these points; of: the machine's totals, never a cgroup's. */
int64_t rules_score(const struct rules *r, int64_t points, const struct totals *of);

/*
 * Finds the rules and the count of RSS that best explain the scores that the running kernel
 * printed, because distributions backport changes. The rules of version are preferred: others need
 * more evidence. tasks: n processes with score, and other values as far as known. *rss: the count
 * to assume without evidence; it changes only if the scores prove the other one.
 */
const struct rules *rules_fit(int version, const struct task *tasks, size_t n,
			      const struct totals *of, enum rules_rss *rss);

/* Whether the scores prove that the running kernel's choice uses this count of RSS. */
bool rules_rss_is_reported(const struct rules *r, enum rules_rss rss, const struct task *tasks,
			   size_t n, const struct totals *of);

/* Fewer scores than these prove nothing about the rules. */
#define RULES_EVIDENCE 5

/* How many of the known scores the rules explain; *n_evidence: how many are known. */
size_t rules_explained(const struct rules *r, const struct task *tasks, size_t n,
		       const struct totals *of, size_t *n_evidence);
