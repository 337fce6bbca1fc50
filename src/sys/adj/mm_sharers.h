/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mm_sharers: processes that share the memory of others (CLONE_VM without CLONE_THREAD), whose adj
 * the kernel ties.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sharer {
	pid_t pid, with;
};

/* Who may share memory with some, and the adj of each before that of those is changed. */
struct mm_sharers_watch {
	bool is_needed; /* the kernel has no kcmp(2), or forbids it to this caller */
	struct watched *list;
	size_t n;
};

/*
 * To be called before the adj of n given processes is changed, since Linux 4.8 gives those that
 * share memory the new one, too: without kcmp(2) they are told by that. Costs next to nothing with
 * it. To be ended by mm_sharers_unwatch().
 */
int mm_sharers_watch(int proc, const pid_t *pids, size_t n, struct mm_sharers_watch *watch);

void mm_sharers_unwatch(struct mm_sharers_watch *watch);

/*
 * Finds the processes that share memory with one of n given ones, which have been changed, and are
 * not among them. *found, of *n_found, is the caller's to free. The work is bounded; without
 * kcmp(2) only who has another adj than before is found. 0 or a negative errno.
 */
int mm_sharers_find(int proc, const struct mm_sharers_watch *watch, const pid_t *pids, size_t n,
		    struct sharer **found, size_t *n_found);

/*
 * 1: the two threads share their memory; 0: they don't; a negative errno: the caller is not told.
 * The first thread of a process has none any more once it has ended: name one that old_stats.
 */
int mm_sharers_compare(pid_t a, pid_t b);

/*
 * The same as an order of memories, -1, 0 or 1 in *order, which stays the same until reboot. 0 or a
 * negative errno.
 */
int mm_sharers_order(pid_t a, pid_t b, int *order);
