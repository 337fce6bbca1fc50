/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mm_sharers: finds processes that share memory (CLONE_VM without CLONE_THREAD). The kernel
 * changes their adj together, and kills them together. proc: a handle of /proc.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "oom/rules/task.h"

/* A process with memory. */
struct mm_sharer {
	pid_t pid;
	pid_t mm_pid;      /* its thread that holds the memory: the leader, unless it has exited */
	pid_t with;        /* the given process whose memory it shares */
	int adj;           /* of a watched process: before the adj of given processes was changed */
	uint64_t total_vm; /* pages; 0: unknown */
};

/* The result of a search; free it with mm_sharers_free(). */
struct mm_sharers {
	struct mm_sharer *list;
	size_t n;
	bool lacks_kcmp;    /* kcmp(2) is missing, or forbidden for this caller */
	bool is_incomplete; /* there might be more: read errors, or too many */
	size_t room;        /* in list */
	struct mm_sharer *given;
	size_t given_room;
	/* Of watched: the only processes that can share memory, not owned. NULL: any can. */
	const pid_t *candidates;
	size_t n_candidates;
};

/*
 * Call this before the adj of n processes is changed. Without kcmp(2) it lists processes of the
 * same sizes with their adj: since Linux 4.8 a write changes the adj of sharers too, which
 * identifies them. With kcmp(2) it lists none. 0 or a negative errno.
 */
int mm_sharers_watch(int proc, const pid_t *pids, size_t n, struct mm_sharers *watched);

/*
 * Finds other processes that share memory with one of n processes, whose adj was changed. Without
 * kcmp(2): watched processes that now have the adj of a changed process of their size. 0 or a
 * negative errno.
 */
int mm_sharers_find(int proc, const struct mm_sharers *watched, const pid_t *pids, size_t n,
		    struct mm_sharers *found);

/*
 * Finds other processes that share memory with n tasks, among their parents and children, and the
 * parents and children of these; if kcmp(2) fails, processes of the same size. Reads only these
 * processes, unless the kernel does not list children (CONFIG_PROC_CHILDREN). found: all 0, or of
 * an earlier search, whose memory is used again. 0 or -ENOMEM: then it was freed.
 */
int mm_sharers_find_relatives(int proc, const struct task *tasks, size_t n,
			      struct mm_sharers *found);

void mm_sharers_free(struct mm_sharers *s);

/*
 * 1: the two threads share memory; 0: they do not; a negative errno: kcmp(2) fails. Threads that
 * have exited have no memory, and compare as equal.
 */
int mm_sharers_compare(pid_t a, pid_t b);

/* An order of memories, -1, 0 or 1 in *order, fixed until reboot. 0 or a negative errno. */
int mm_sharers_order(pid_t a, pid_t b, int *order);

/* Sorts n elements of this size, which begin with a pid_t, by the memory of that process. */
void mm_sharers_sort(void *list, size_t n, size_t size);

#define MM_SHARERS_START SIZE_MAX

/*
 * The next element of a list sorted like this, from *at on, whose process shares the memory of pid,
 * or is pid itself; NULL: no more. *at is initially MM_SHARERS_START.
 */
void *mm_sharers_next(void *list, size_t n, size_t size, pid_t pid, size_t *at);
