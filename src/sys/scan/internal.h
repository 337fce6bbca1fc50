/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: what the ways to scan share. */
#pragma once

#include "base/array.h"
#include "sys/proc/task.h"
#include "sys/scan/scan.h"

/* One run: what the caller asks for, and the result so far. */
struct scan_run {
	int proc;
	const struct machine *m;
	const struct scan_want *want;
	struct scan *s;
	size_t scores_room, tasks_room;
	size_t first;      /* see scan_read_details() */
	_Atomic int error; /* why processes could not be read, if not that they are hidden */
};

/* Scores of processes that could not be read: it has ended, or it counts as unseen. */
enum { GONE = -1, UNSEEN = -2 };

/* GONE or UNSEEN, by a negative errno. */
int64_t scan_failed_score(struct scan_run *r, int err);

/* A reader for one thread, which the caller frees; NULL: no memory. */
struct task_reader *scan_new_reader(const struct scan_run *r);

/*
 * For workers_run(), arg is a struct scan_run: reads the details of the scores from r->first on
 * into the tasks behind the list. A task that failed has pid 0, and GONE or UNSEEN as its score.
 */
void scan_read_details(void *arg, size_t first, size_t end);

/* Highest first. */
void scan_sort_scores(struct scan *s);

/* This many scores tell which rules the kernel has; see rules_fit(). */
#define SCAN_SAMPLE 64

/* Reads all scores, and then details from the highest score down. */
int scan_top(struct scan_run *r);

/* Reads details of all processes, and scores only where they tell more than the points do. */
int scan_all(struct scan_run *r);

/* Takes the processes from want->census. */
int scan_bpf(struct scan_run *r);
