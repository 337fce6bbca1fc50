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
	size_t first;      /* of the scores whose details are read */
	bool has_scores;   /* all scores have been read */
	_Atomic int error; /* why processes could not be read, if not that they are hidden */
};

/* Highest first. */
void scan_sort_scores(struct scan *s);

/* This many scores tell which rules the kernel has; see rules_fit(). */
#define SCAN_SAMPLE 64

/* Takes the processes from want->census. */
int scan_bpf(struct scan_run *r);

/* Reads only want->pids, with scores. 0 or -ENOMEM. */
int scan_pids(struct scan_run *r);

/* Turns rows of the BPF program into tasks as /proc shows them. */
struct bpf_row_reader {
	const struct bpf_tasks *census;
	const struct machine *m;
	struct task_reader *reader; /* for scores, and for what the rows lack */
};

/*
 * Fills t, which need not be initialized, from a row; RSS and its parts are the counts that the OOM
 * killer reads. false: the row is of no process.
 */
bool bpf_row_take(const struct bpf_row_reader *r, size_t nth, struct task *t);

/* Reads a process without a row from /proc, as if it had one. Returns what task_read() does. */
int bpf_row_other(const struct bpf_row_reader *r, pid_t pid, struct task *t);

/*
 * Reads the present score. If it does not follow from the row, and /proc has other counts by now,
 * the process gets TASK_MOVED: its score tells nothing about the rules.
 */
void bpf_row_take_score(const struct bpf_row_reader *r, struct task *t);

/* Reads the full name of a kernel thread, which may be longer than a row holds. */
void bpf_row_name(const struct bpf_row_reader *r, const struct prog_row *row, struct task *t);
