/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * internal: what the ways to scan share: by score as far as needed (scan.c), everything
 * (scan_all.c), from a census.
 */
#pragma once

#include "base/array.h"
#include "sys/proc/task.h"
#include "sys/scan/scan.h"

/* One run: the caller's wishes and the result so far. */
struct scan_run {
	int proc;
	const struct machine *m;
	const struct scan_want *want;
	struct scan *s;
	size_t scores_room, tasks_room;
	size_t first; /* the first of the scores whose details are read in one go */
	/* why processes could not be read, where it is not that they are hidden */
	_Atomic int error;
};

/*
 * What a process that could not be read has as its score: it has ended, or it is there and counts
 * as unseen.
 */
enum { GONE = -1, UNSEEN = -2 };

/* A reader for one thread; the caller frees it. NULL: no memory. */
struct task_reader *scan_new_reader(const struct scan_run *r);

/*
 * For workers_run(): details of the scores from r->first on, each to the task of its number behind
 * the list; one that failed has pid 0 and its reason as score.
 */
void scan_read_details(void *arg, size_t first, size_t end);

/* So many scores find the kernel's rules; see rules_fit(). */
#define SCAN_SAMPLE 64

/* From want->census; its rules are those of the version. */
int scan_counted(struct scan_run *r);

/* All processes, their scores only where they tell more than the points do. */
int scan_everything(struct scan_run *r);
