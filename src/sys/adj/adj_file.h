/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * adj_file: /proc/PID/oom_score_adj, or oom_adj on kernels that have only this file. The value is
 * written as a decimal number in one write(2), of which the kernel reads 12 bytes (fs/proc/base.c).
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "sys/priv/privilege.h"

struct adj_file {
	int fd;      /* bound to the process: -ESRCH after it has exited; -1: none */
	bool is_old; /* oom_adj: values are -17...15 */
};

/*
 * Opens the file of process pid; dir: a handle of /proc, or, if pid is 0, of /proc/PID itself.
 * can_write false: only for reading. -ESRCH: no such process. -EACCES: the caller is neither its
 * owner nor root. -EROFS: /proc is mounted read-only.
 */
int adj_file_open(int dir, pid_t pid, bool can_write, struct adj_file *f);

void adj_file_close(struct adj_file *f);

int adj_file_read(const struct adj_file *f, int *adj);

/* Opens, reads and closes the file. */
int adj_file_read_pid(int dir, pid_t pid, int *adj);

/*
 * -EACCES: lower than the kernel allows without CAP_SYS_RESOURCE. -EINVAL: out of range. -EIO: a
 * short write, with an unknown result. p not NULL: writes with that capability, and returns the
 * errors of privilege_write() too.
 */
int adj_file_write(const struct adj_file *f, int adj, struct privilege *p);

/* The owner of the process at this moment; dir: its handle. */
int adj_file_read_owner(int dir, const struct adj_file *f, uid_t *owner);
