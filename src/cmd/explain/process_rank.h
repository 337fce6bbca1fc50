/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process_rank: the rank of one process, and what would change it. */
#pragma once

#include "cmd/explain/origin.h"

/* One process. Without its memory sharers, which have the same adj. */
struct process_rank {
	const struct candidates *a;
	const struct predict *p;
	size_t nth;
	const struct task *t;
	size_t place, count; /* its rank, and the number of killable processes */
	size_t n_sharers, n_possible;
	const struct task *other; /* ranked first, or second if this ranks first; NULL: none */
	bool is_first;
	int first, last;    /* to rank first, at least; ADJ_MAX + 1: none. To rank last, at most */
	int64_t grow_pages; /* to rank first */
	struct origin origin;
};

/* Computes all values for the nth candidate. */
void process_rank_find(const struct candidates *a, size_t nth, struct process_rank *e);

/* The bytes that one unit of adj adds, rounded down as in the kernel. */
int64_t process_rank_adj_unit(const struct predict *p);

/* The rank of a process in one cgroup with a limit. */
struct process_rank_cgroup {
	uint64_t limit, used;
	size_t place, count;
	int64_t unit; /* what a unit of adj adds, in bytes */
	bool is_unseen;
};

/*
 * The cgroups with a limit that contain the process, innermost first: path has room for
 * CGROUP_PATH_MAX bytes. false: there are no more.
 */
bool process_rank_first_cgroup(const struct process_rank *e, char *path,
			       struct process_rank_cgroup *g);
bool process_rank_next_cgroup(const struct process_rank *e, char *path,
			      struct process_rank_cgroup *g);
