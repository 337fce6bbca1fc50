/* SPDX-License-Identifier: GPL-2.0-or-later */
/* task: reads the details of one process from the files of /proc that take no mmap lock. */
#pragma once

#include "sys/proc/machine.h"
#include "sys/proc/procfs.h"

/* What reading needs; a thread has its own. */
struct task_reader {
	int proc;
	const struct machine *m;
	bool stat; /* read /proc/PID/stat too */
	char buf[PROCFS_BUF];
};

/* A reader without the wish for stat, which free() ends; NULL: no memory. */
struct task_reader *task_new(int proc, const struct machine *m);

/*
 * Reads process pid; t need not be initialized. Its score stays unknown, so that what the kernel
 * passes over without a visible reason is not found here. 0; -ESRCH: it has ended; -EACCES: hidden;
 * -EIO: what was read is not whole; others as the system gives them.
 */
int task_read(struct task_reader *r, pid_t pid, struct task *t);

/* Reads oom_score; errors as above. */
int task_score(struct task_reader *r, pid_t pid, int64_t *score);

/* Adds what is in /proc/PID/stat. */
int task_stat(struct task_reader *r, struct task *t);

/* Why the process is never killed, as far as its other members tell. */
enum task_unkillable task_read_killable(const struct machine *m, const struct task *t, bool has_mm);

/* Takes a score that was read, and with it the kernel's word that it passes the process over. */
void task_take_score(const struct machine *m, struct task *t, int64_t score);
