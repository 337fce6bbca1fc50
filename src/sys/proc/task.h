/* SPDX-License-Identifier: GPL-2.0-or-later */
/* task: reads the details of one process from the files of /proc that take no mmap lock. */
#pragma once

#include "sys/proc/machine.h"
#include "sys/proc/procfs.h"

/* Each thread has its own. */
struct task_reader {
	int proc;
	const struct machine *m;
	bool stat; /* read /proc/PID/stat too */
	char buf[PROCFS_BUF];
};

/* A reader with stat unset, which the caller frees; NULL: no memory. */
struct task_reader *task_new(int proc, const struct machine *m);

/*
 * Reads process pid except its score; t need not be initialized. 0; -ESRCH: it has ended; -EACCES:
 * it is hidden; -EIO: a file is incomplete; others as the system gives them.
 */
int task_read(struct task_reader *r, pid_t pid, struct task *t);

/* Reads oom_score. Errors as above. */
int task_score(struct task_reader *r, pid_t pid, int64_t *score);

/* Adds the values in /proc/PID/stat. */
int task_stat(struct task_reader *r, struct task *t);

/* Why the process is unkillable, as far as its other members show it. */
enum task_unkillable task_read_killable(const struct machine *m, const struct task *t, bool has_mm);

/* Stores a score that was read, which can show that the process is unkillable. */
void task_take_score(const struct machine *m, struct task *t, int64_t score);
