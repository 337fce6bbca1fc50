/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan: reads the processes of the machine, and only the requested details. It runs when memory is
 * short: it opens only files that take no mmap lock, and allocates for each process one struct
 * scan_score and, if its details are wanted, one struct task.
 */
#pragma once

#include <sys/types.h>

#include "sys/bpf/tasks.h"
#include "sys/proc/machine.h"
#include "sys/proc/task.h"

#define SCAN_ALL     SIZE_MAX
#define SCAN_MAX_ROW 0x7fffffffU

struct scan;

struct scan_want {
	/* Details of the first top processes, with all ties at the edge. SCAN_ALL: of all. */
	size_t top;
	/* Details of these too, and of all with the same scores: then their places are exact. */
	const pid_t *pids;
	size_t n_pids;
	bool only_pids;  /* only these, with scores, in their order; PID 0 counts as unseen */
	bool unkillable; /* also unkillable processes */
	bool stat;       /* also values only in /proc/PID/stat: start, CPU, the approximate RSS */
	bool ages; /* with stat: also the order of forks within a tick, if the kernel shows it */
	const struct bpf_tasks *bpf; /* read instead of /proc; NULL: none */
	/*
	 * Called again and again while details are read: removes tasks that are not needed, so that
	 * few are in memory. The others keep their order unless only the first are wanted. 0 or
	 * -ENOMEM. NULL: all are kept.
	 */
	int (*reduce)(void *arg, struct scan *s);
	void *reduce_arg;
};

struct scan_score {
	pid_t pid;
	bool is_done : 1;  /* its details were read, or it has ended */
	uint32_t row : 31; /* with has_points: its place in bpf->rows */
	int64_t score;     /* with has_points its points; then only killable processes are listed */
};

#define SCAN_NO_POINTS INT64_MIN

/* What remains of a removed task. */
struct scan_other {
	pid_t pid, mm_pid, ppid;
	uint16_t threads; /* UINT16_MAX: at least so many */
	char state;
	bool is_wanted : 1; /* by scan_add_others() */
	bool is_still : 1;  /* for the caller: all threads were seen asleep later */
	int64_t points;     /* for the caller; SCAN_NO_POINTS: cannot be chosen */
	uint64_t total_vm;  /* pages */
	uint64_t memory;    /* scan_memory() */
};

struct scan {
	struct scan_score *scores; /* highest first, see scan_drop_scores(); owned by the scan */
	size_t n_scores;
	struct task *tasks; /* in no order; owned by the scan */
	size_t n_tasks;
	struct scan_other *others; /* sorted by PID, unless has_points; owned by the scan */
	size_t n_others, others_room;
	size_t n_seen;       /* processes that were listed and had not exited */
	size_t n_unseen;     /* those of them that cannot be read */
	int unseen_error;    /* why not, as a negative errno; 0: they are hidden */
	size_t n_machine;    /* processes of the machine, as the kernel counts them; 0: unknown */
	bool sees_init;      /* PID 1 was listed */
	pid_t self;          /* this process in /proc, which is not listed; 0: unknown */
	bool has_points;     /* by BPF: RSS and swap are the counts that the OOM killer reads */
	uint64_t counted_ms; /* with has_points: when, on CLOCK_MONOTONIC */
};

/*
 * proc: a handle of /proc. 0, -ENOMEM, or the error of reading /proc. A process that exits
 * meanwhile is left out. Free s by scan_free(), also after an error.
 *
 * With a BPF scan, only some scores are read, to check the rules. With SCAN_ALL since 5.9 the score
 * follows from the points: only some dozens are read, to find the rules, and those of processes
 * that may be unkillable for no visible reason. The others lack TASK_SCORE, and scores is empty;
 * see scan_read_scores().
 */
int scan_read(int proc, const struct machine *m, const struct scan_want *want, struct scan *s);

/* For reduce: adds the process to the others. The caller removes its task. 0 or -ENOMEM. */
int scan_leave(struct scan *s, const struct task *t, int64_t points);

/*
 * Reads the others that are wanted once more, and moves them to the tasks. want: as for
 * scan_read(). 0 or -ENOMEM.
 */
int scan_add_others(int proc, const struct machine *m, const struct scan_want *want,
		    struct scan *s);

/* By BPF mm_id; else equal for processes with the same RSS, swap and page tables. */
uint64_t scan_memory(const struct scan *s, const struct task *t);

/* Reads the scores that scan_read() left out. */
void scan_read_scores(int proc, const struct machine *m, struct scan *s);

void scan_free(struct scan *s);

/*
 * Fills t, which need not be initialized, from a row of a BPF scan; RSS and its parts are the
 * counts that the OOM killer reads. false: the row belongs to no process.
 */
bool scan_bpf_task(const struct bpf_tasks *bpf, size_t nth, struct task_reader *reader,
		   struct task *t);

/*
 * Whether an equal row of the same scan or a later one makes an equal task. If not, the process is
 * about to end.
 */
bool scan_bpf_is_settled(const struct prog_row *row);
