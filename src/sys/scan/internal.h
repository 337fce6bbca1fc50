/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: shared by the ways to scan, and to select. */
#pragma once

#include "base/array.h"
#include "sys/proc/command.h"
#include "sys/proc/task.h"
#include "sys/scan/find.h"
#include "sys/scan/scan.h"

/* One run: what the caller asks for, and the result so far. */
struct scan_run {
	int proc;
	const struct machine *m;
	const struct scan_want *want;
	struct scan *s;
	size_t scores_room, tasks_room;
	size_t scores_limit; /* more are reduced by scan_drop_scores() */
	size_t tasks_limit;  /* more are reduced by scan_reduce() */
	size_t n_read;       /* tasks that were read, also those that were removed */
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

/* If some processes are not needed: so many are read at a time, and so many are kept at least. */
#define SCAN_CHUNK 2048
#define SCAN_KEPT  1024

/* Calls want->reduce if there are many tasks. 0 or -ENOMEM. */
int scan_reduce(struct scan_run *r);

/* This many scores show which rules the kernel has; see rules_fit(). */
#define SCAN_SAMPLE 64

/* Gets the processes from want->bpf. */
int scan_bpf(struct scan_run *r);

/* Adds the tasks of the others that are wanted, which are sorted by PID. 0 or -ENOMEM. */
int scan_bpf_add_others(struct scan_run *r);

struct scan_other *scan_find_other(const struct scan *s, pid_t pid);

/* Reads only want->pids, with scores. 0 or -ENOMEM. */
int scan_pids(struct scan_run *r);

/* A process that is compared. Its files are in dir/at, or in dir if at is 0. */
struct find_process {
	pid_t pid, ppid;
	uid_t uid;
	const char *name;
	int dir, proc; /* proc: a handle of /proc */
	pid_t at;
	bool has_adj; /* adj is known */
	long adj;
};

/*
 * Whether the process matches: 1, 0, or a negative errno: unknown. -EOVERFLOW: the full name;
 * -EDOM: the same, but it probably does not match; -ENOKEY: a container's name.
 */
int find_fits(const struct find_patterns *m, const struct find_process *p,
	      struct command_reader *reader);
