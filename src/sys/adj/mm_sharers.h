/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mm_sharers: finds processes that share memory (CLONE_VM without CLONE_THREAD). The kernel ties
 * their adj, and kills them together. proc: a handle of /proc.
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
	pid_t mm_pid; /* its thread that holds the memory: the first one, unless that has ended */
	pid_t with;   /* the given process whose memory it shares */
	int adj;      /* of a watched process: before the adj of the given ones was changed */
	uint64_t total_vm; /* pages; 0: not known */
};

/* The result of a search, to be freed by mm_sharers_free(). */
struct mm_sharers {
	struct mm_sharer *list;
	size_t n;
	bool lacks_kcmp;    /* kcmp(2) is missing, or forbidden to this caller */
	bool is_incomplete; /* there may be more: something could not be read, or was too much */
};

/*
 * To be called before the adj of n processes is changed. Without kcmp(2) it lists the processes of
 * the same sizes with their adj: since Linux 4.8 a write changes the adj of sharers too, which
 * identifies them. Does next to nothing with kcmp(2). 0 or a negative errno.
 */
int mm_sharers_watch(int proc, const pid_t *pids, size_t n, struct mm_sharers *watched);

/*
 * Finds the processes that share memory with one of n processes, whose adj was changed, and are not
 * among them. Without kcmp(2): those of watched that got the adj of one of their size meanwhile. 0
 * or a negative errno.
 */
int mm_sharers_find(int proc, const struct mm_sharers *watched, const pid_t *pids, size_t n,
		    struct mm_sharers *found);

/*
 * Finds the parents and children of n tasks, theirs, and so on, that share memory with them and are
 * not among them; where kcmp(2) fails, those of the same size. Reads nothing of other processes,
 * unless the kernel does not list children (CONFIG_PROC_CHILDREN). 0 or -ENOMEM.
 */
int mm_sharers_find_relatives(int proc, const struct task *tasks, size_t n,
			      struct mm_sharers *found);

void mm_sharers_free(struct mm_sharers *s);

/*
 * 1: the two threads share their memory; 0: they don't; a negative errno: kcmp(2) does not tell. A
 * thread that has ended has no memory, which compares as equal to none.
 */
int mm_sharers_compare(pid_t a, pid_t b);

/* An order of memories, -1, 0 or 1 in *order, fixed until reboot. 0 or a negative errno. */
int mm_sharers_order(pid_t a, pid_t b, int *order);

/* Sorts n elements of this size, each of which begins with a pid_t, by the memory of these. */
void mm_sharers_sort(void *list, size_t n, size_t size);

#define MM_SHARERS_START SIZE_MAX

/*
 * The next element of a list sorted so, from *at on, whose process shares the memory of pid, or is
 * pid itself; NULL: there are no more. *at begins with MM_SHARERS_START.
 */
void *mm_sharers_next(void *list, size_t n, size_t size, pid_t pid, size_t *at);
