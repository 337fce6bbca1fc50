/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: shared by the ways to scan. */
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
	size_t scores_limit; /* more are reduced by scan_drop_scores() */
	size_t first;        /* of the scores whose details are read */
	bool has_scores;     /* all scores have been read */
	_Atomic int error;   /* why processes could not be read, if they are not hidden */
	/*
	 * For a BPF scan: for scores and values that rows lack; the rules of the kernel's
	 * version.
	 */
	struct task_reader *reader;
	const struct rules *rules;
};

/*
 * Sorts the scores, highest first, and calls add for ranges of them, to add their details: the
 * first ones that are wanted, with all that tie with them, and those that tie with a named process.
 */
int scan_add_wanted(struct scan_run *r, int (*add)(struct scan_run *r, size_t first, size_t end));

/*
 * Drops low scores before all are known, if there are many: the first want->top and their ties
 * remain. Drops none if processes are named, because their places depend on all.
 */
void scan_drop_scores(struct scan_run *r);

/* This many scores show which rules the kernel has; see rules_fit(). */
#define SCAN_SAMPLE 64

/* Gets the processes from want->bpf. */
int scan_bpf(struct scan_run *r);

/* Reads only want->pids, with scores. 0 or -ENOMEM. */
int scan_pids(struct scan_run *r);
