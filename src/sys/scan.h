/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan: reads the processes of the machine, as much of each as was asked for.
 *
 * It runs where memory is short: it opens only files that take no mmap lock, holds one buffer, and allocates
 * nothing for a process but its place in the list of scores and, for those that matter, one struct task.
 */
#ifndef SYS_SCAN_H
#define SYS_SCAN_H

#include <sys/types.h>

#include "sys/machine.h"

#define SCAN_ALL SIZE_MAX

struct scan_want {
	/*
	 * Details of all that can be among the first top, ties at the edge included: the kernel's score never
	 * falls when points rise, so that the score alone tells who can't be. SCAN_ALL: of all.
	 */
	size_t top;
	/* Details of these processes too, and of those with the same scores, so that their places are exact. */
	const pid_t *pids;
	size_t n_pids;
	bool spared; /* also those that are never killed */
	bool stat;   /* also what only /proc/PID/stat tells: start, CPU, the approximate RSS */
};

struct scan_score {
	pid_t pid;
	int64_t score;
	bool is_done; /* its details were read, or it has ended: what is not done is known by its score alone */
};

struct scan {
	struct scan_score *scores; /* of all processes seen, highest score first; the scan owns it */
	size_t n_scores;
	struct task *tasks; /* in no order; the scan owns it */
	size_t n_tasks;
	size_t n_unseen; /* processes that exist, but may not be looked at; as far as can be known */
};

/*
 * proc: a handle of /proc. 0, or a negative errno: -ENOMEM, or what reading /proc itself gave. A process that
 * ends meanwhile is left out. s is to be freed by scan_free(), also after an error.
 */
int scan_read(int proc, const struct machine *m, const struct scan_want *want, struct scan *s);

void scan_free(struct scan *s);

/* Adds start_ticks and what else is in /proc/PID/stat to t. false: it has ended. */
bool scan_read_stat(int proc, struct task *t);

#endif
