/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * predict: whom the kernel would kill, one after the other, and how sure that is. Pure: what is not
 * known before it matters (who dies together) is asked of the caller.
 */
#pragma once

#include <stddef.h>

#include "oom/rules/badness_old.h"
#include "oom/rules/rules.h"

/* One process in the kernel's scan, also one that is never chosen: it may die with another. */
struct candidate {
	struct task task;     /* a copy, for changes to be tried on */
	uint64_t error_pages; /* so much more or less than the task says may the kernel count */
	/* but by so much not as much more: something else that is known forbids it */
	uint64_t error_reduced_up_pages;
	uint64_t error_reduced_down_pages; /* and by so much not as much less */
	/* by so much may its counters go astray before the kernel chooses */
	uint64_t error_growth_pages;
	uint64_t rss_change_pages; /* so much may a process that runs have changed since it was read */
	uint64_t reclaim_pages; /* so much may reclaim take from it before the kernel chooses */
	uint32_t mm;         /* the same number, not 0: the same memory */
	uint32_t group;      /* the same number, not 0: they die together by memory.oom.group */
	bool is_placed; /* its place in the order of the scan is known, not presumed; see by_age */
	/* the same number, not 0: they may share memory, but the kernel does not tell */
	uint32_t possible_mm;
	bool is_gone;     /* left out of the choice */
	bool is_outside;  /* not of the cgroup: it can't be chosen, but die with another */
	uint32_t dies_in; /* the round that it dies in; 0: it old_stats */
	bool was_chosen;  /* it had the most points in some round */
};

/* What the rules before 2.6.36 ask of a candidate beside its task. */
struct predict_old_stats {
	struct badness_old facts; /* oom_adj follows from the task */
	size_t parent;            /* number of its parent; PREDICT_NONE: not among the candidates */
	uint64_t children_pages;
};

/*
 * HZ of a kernel that does not run here is not known; from 2.6.13 on this was the value unless
 * somebody chose another.
 */
#define PREDICT_HZ 250

/* Why a choice is not certain. */
enum predict_doubt {
	DOUBT_NONE,
	DOUBT_COUNTERS, /* a rival is nearer than the kernel's counters are exact */
	DOUBT_MOVING,   /* a rival is nearer than a process that runs can have moved since */
	DOUBT_RECLAIM,  /* a rival is ahead if the victim's reclaimable pages are taken first */
	/* a rival has as many points, and which of the two the kernel meets last is not known */
	DOUBT_ORDER,
	DOUBT_EARLIER,   /* an earlier choice is open */
	DOUBT_DYING,     /* a process is already dying: the kernel may wait for it */
	DOUBT_UNSEEN,    /* there are processes that can't be seen */
	DOUBT_SHARERS,   /* others may share the victim's memory and die with it */
	DOUBT_OLD_STATS, /* run times count, as far as this kernel tells of them */
	DOUBT_SETTINGS,  /* whether the kernel kills by points at all can't be seen */
	/* the victim may not use all memory nodes: who lacks memory elsewhere does not kill it */
	DOUBT_NODES,
};

struct predict {
	const struct rules *rules;
	enum rules_rss rss;
	enum rules_tie tie;
	struct totals totals; /* the machine's, or the cgroup's */
	int version;          /* VERSION() of the kernel that chooses */
	bool by_age; /* the order is that of forks, known as far as start and fork_id tell */
	enum predict_doubt doubt;     /* what makes every choice doubtful */
	struct candidate *candidates; /* in the order of the scan; the caller's */
	size_t n;
	struct predict_old_stats *
		/* one a candidate; NULL: the scores are the points, if the rules are so old */
		old_stats;
	/*
	 * Completes mm and group of all that die with the nth, and gives those that share its
	 * memory its counts: called before its death is decided on, more than once. NULL: they are
	 * complete.
	 */
	void (*reveal)(void *arg, struct predict *p, size_t nth);
	void *arg;
	uint32_t rounds; /* done so far */
	bool has_open_choice; /* an open choice may have left others alive than it seems */
};

#define PREDICT_NONE   SIZE_MAX
#define PREDICT_RIVALS 8

/* One choice. Numbers of candidates; PREDICT_NONE: there is none. */
struct kill_choice {
	size_t victim;
	size_t chosen;  /* the victim, or its parent that it is sacrificed for */
	size_t next;    /* who has the most points of those that live on */
	int64_t margin; /* points of the chosen minus those of the next */
	enum predict_doubt doubt;
	size_t n_rivals,
		/* who else it might be; the first of them, with the most points first */
		rivals[PREDICT_RIVALS];
	size_t n_killed;      /* the victim included */
	uint64_t frees_pages; /* private memory, swap and page tables of all that die */
};

/*
 * Gives all candidates their points. -EOPNOTSUPP: what these rules need is not there. To be called
 * after any change.
 */
int predict_weigh(struct predict *p);

/* The same for those that share memory with the nth, whose counts have become its own. */
void predict_weigh_sharers(struct predict *p, size_t nth);

/* The next victim, which dies. false: nobody is left that may be killed. */
bool predict_next(struct predict *p, struct kill_choice *v);

/* All live again. */
void predict_reset(struct predict *p);

/* Has mm and group of all that die with the nth completed. */
void predict_reveal(struct predict *p, size_t nth);

bool predict_is_same_mm(const struct candidate *a, const struct candidate *b);

/*
 * Whether the kernel takes candidate a rather than b when both have equal points
 * (oom_evaluate_task()).
 */
bool predict_wins_tie(const struct predict *p, size_t a, size_t b);

/* The number of process pid; PREDICT_NONE. */
size_t predict_find(const struct predict *p, int32_t pid);
