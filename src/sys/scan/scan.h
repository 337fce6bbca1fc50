/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan: reads the processes of the machine, as much of each as was asked for.
 *
 * It runs where memory is short: it opens only files that take no mmap lock, and allocates nothing
 * for a process but its place in the list of scores and, for those that matter, one struct task.
 */
#pragma once

#include <sys/types.h>

#include "sys/bpf/tasks.h"
#include "sys/proc/machine.h"

#define SCAN_ALL SIZE_MAX

struct scan_want {
	/*
	 * Details of all that can be among the first top, ties at the edge included: the kernel's
	 * score never falls when points rise, so that the score alone tells who can't be. SCAN_ALL:
	 * of all.
	 */
	size_t top;
	/*
	 * Details of these processes too, and of those with the same scores, so that their places
	 * are exact.
	 */
	const pid_t *pids;
	size_t n_pids;
	bool spared; /* also those that are never killed */
	bool stat;   /* also what only /proc/PID/stat tells: start, CPU, the approximate RSS */
	/*
	 * also the order of forks within one tick of start_ticks, where the kernel tells; needs
	 * stat
	 */
	bool ages;
	const struct bpf_tasks *census; /* to be read instead of /proc; NULL: there is none */
};

struct scan_score {
	pid_t pid;
	/* its details were read, or it has ended: what is not done is known by its score alone */
	bool is_done;
	int64_t score; /* with has_points its points, and only of those that may be killed */
};

struct scan {
	/* of all processes seen, highest score first; the scan owns it */
	struct scan_score *scores;
	size_t n_scores;
	struct task *tasks; /* in no order; the scan owns it */
	size_t n_tasks;
	size_t n_seen;    /* processes that were listed and had not ended */
	size_t n_unseen;  /* of those the ones that may not be looked at */
	int unseen_error; /* why, if not that they are hidden: a negative errno; 0: they are */
	/* processes of the whole machine as the kernel counts them; 0: not known */
	size_t n_machine;
	bool sees_init; /* PID 1 was listed */
	/* from a census: RSS and swap are the counts that the kernel's choice reads */
	bool has_points;
	uint64_t counted_ms; /* with has_points: when they were counted, on CLOCK_MONOTONIC */
};

/*
 * proc: a handle of /proc. 0, or a negative errno: -ENOMEM, or what reading /proc itself gave. A
 * process that ends meanwhile is left out. s is to be freed by scan_free(), also after an error.
 *
 * From a census all is known at once, and only some scores are read, to see whether the rules hold.
 *
 * With SCAN_ALL on a kernel from 5.9 on, where the score follows from the points, only the scores
 * that tell more are read: those of some dozens of processes, to find the kernel's rules by, and of
 * those that it might pass over although they have memory. The others lack TASK_SCORE, and scores
 * is empty; see scan_read_scores().
 */
int scan_read(int proc, const struct machine *m, const struct scan_want *want, struct scan *s);

/*
 * Reads want->pids alone, with their scores, in their order; 0 among them is one that can't be
 * seen. 0 or -ENOMEM.
 */
int scan_read_pids(int proc, const struct machine *m, const struct scan_want *want, struct scan *s);

/* Reads the scores that scan_read() left out. */
void scan_read_scores(int proc, const struct machine *m, struct scan *s);

void scan_free(struct scan *s);
