/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * predict: which processes the kernel would kill, in turn, and how certain each choice is. Pure: a
 * callback finds out which processes are killed together.
 */
#pragma once

#include <stddef.h>

#include "oom/rules/badness_old.h"
#include "oom/rules/rules.h"

/* One process in the kernel's scan. An unkillable one can still be killed with another. */
struct candidate {
	struct task task; /* a copy, which changes */
	/* The kernel may count this much more or less than task, */
	uint64_t error_pages;
	/* but this part of it, more or less, is excluded by other facts */
	uint64_t error_reduced_up_pages, error_reduced_down_pages;
	uint64_t error_growth_pages;   /* reclaim may add this much to the error of the counters */
	uint64_t rss_change_pages;     /* it may have changed by this much since it was read */
	uint64_t sharers_change_pages; /* the part of this that other processes do */
	uint64_t reclaim_pages;        /* reclaim may take this much before the kernel chooses */
	uint64_t uncounted_pages;      /* of anonymous memory and swap, that task may lack */
	uint32_t mm;                   /* not 0: equal numbers share memory */
	uint32_t possible_mm;          /* not 0: equal numbers may share memory; kcmp(2) fails */
	uint32_t group;   /* not 0: equal numbers are killed together by memory.oom.group */
	bool is_placed;   /* its place in the scan is known, not assumed; see by_age */
	bool is_gone;     /* excluded from the choice */
	bool is_outside;  /* not in the cgroup: is never chosen, but can be killed with another */
	bool was_chosen;  /* it had the most points in some round */
	uint32_t dies_in; /* the round that kills it; 0: none */
};

/* Further values of a candidate for the rules before 2.6.36. */
struct predict_old_stats {
	struct badness_old facts; /* oom_adj follows from the task */
	size_t parent;            /* number of its parent; PREDICT_NONE: not a candidate */
	uint64_t children_pages;
};

/* HZ of another kernel is not known; this is the default from 2.6.13 on. */
#define PREDICT_HZ 250

/* Why a choice is not certain. */
enum predict_doubt {
	DOUBT_NONE,
	DOUBT_COUNTERS,  /* a rival is within the margin of error of the kernel's counters */
	DOUBT_MOVING,    /* a rival is within the change of a running process since it was read */
	DOUBT_RECLAIM,   /* a rival is ahead if the victim's reclaimable pages are taken first */
	DOUBT_ORDER,     /* a rival has as many points, and the kernel's order is not known */
	DOUBT_EARLIER,   /* an earlier choice is uncertain */
	DOUBT_DYING,     /* a process is being killed already: the kernel may wait for it */
	DOUBT_UNSEEN,    /* some processes are not visible */
	DOUBT_SHARERS,   /* others may share the victim's memory and die with it */
	DOUBT_OLD_STATS, /* run times count, as far as this kernel shows them */
	DOUBT_SETTINGS,  /* whether the kernel kills by points at all is not visible */
	DOUBT_NODES,     /* the victim may not use all memory nodes, on which it depends */
};

struct predict {
	const struct rules *rules;
	enum rules_rss rss;
	enum rules_tie tie;
	struct totals totals;         /* the machine's, or the cgroup's */
	int version;                  /* VERSION() of the kernel that chooses */
	bool by_age;                  /* the scan is in fork order, known from start and fork_id */
	enum predict_doubt doubt;     /* applies to every choice */
	struct candidate *candidates; /* in scan order; owned by the caller */
	size_t n;
	/* One for each candidate; NULL: with rules before 2.6.36, points are the scores. */
	struct predict_old_stats *old_stats;
	/*
	 * Completes mm and group of all that are killed with the nth, and copies its counts to
	 * processes that share its memory. Called more than once. NULL: they are complete.
	 */
	void (*reveal)(void *arg, struct predict *p, size_t nth);
	void *arg;
	uint32_t rounds;      /* rounds so far */
	bool has_open_choice; /* an uncertain choice may have left others alive */
};

#define PREDICT_NONE   SIZE_MAX
#define PREDICT_RIVALS 8

/* One choice. Candidates are given by number; PREDICT_NONE: none. */
struct kill_choice {
	size_t victim;
	size_t chosen;  /* the victim, or its parent that it is killed in place of */
	size_t next;    /* has the most points of the survivors */
	int64_t margin; /* points of the chosen process minus those of the next */
	enum predict_doubt doubt;
	size_t n_rivals;               /* other possible choices */
	size_t rivals[PREDICT_RIVALS]; /* the first of them, most points first */
	size_t n_killed;               /* the victim included */
	uint64_t frees_pages; /* at most: anonymous memory, swap and page tables of all killed */
};

/*
 * Computes the points of all candidates; to be called after any change. -EOPNOTSUPP: the
 * rules need values that are missing.
 */
int predict_weigh(struct predict *p);

/* Kills the next victim. false: no killable candidate remains. */
bool predict_next(struct predict *p, struct kill_choice *choice);

/* The killable candidate with the most points other than except; PREDICT_NONE. */
size_t predict_find_best(const struct predict *p, size_t except);

/* Makes all candidates alive again. */
void predict_reset(struct predict *p);

/* Completes mm and group of all that are killed with the nth. */
void predict_reveal(struct predict *p, size_t nth);

/* Whether it is alive and the kernel may choose it. */
bool predict_is_killable(const struct candidate *c);

bool predict_is_same_mm(const struct candidate *a, const struct candidate *b);

/* Whether the kernel chooses a rather than b if both have equal points (oom_evaluate_task()). */
bool predict_wins_tie(const struct predict *p, size_t a, size_t b);

/* The number of process pid, or PREDICT_NONE. */
size_t predict_find(const struct predict *p, int32_t pid);
