/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * adj_file: /proc/PID/oom_score_adj, or oom_adj on a kernel that has no other. A bare decimal in
 * one write(2): the kernel takes at most 12 bytes of one (fs/proc/base.c).
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "sys/priv/privilege.h"

struct adj_file {
	int fd;      /* bound to the process: -ESRCH once it has ended; -1: none */
	bool is_old; /* oom_adj: values are -17...15 */
};

/*
 * Opens the file in a directory: the handle of /proc/PID, or of /proc with prefix "PID/". can_write
 * false: only for reading. -ESRCH: no such process. -EACCES: the caller is neither its owner nor
 * root. -EROFS: /proc is mounted read-only.
 */
int adj_file_open(int dir, const char *prefix, bool can_write, struct adj_file *f);

void adj_file_close(struct adj_file *f);

int adj_file_read(const struct adj_file *f, int *adj);

/* Opens, reads and closes the file of a process; dir: its handle. */
int adj_file_read_held(int dir, int *adj);

/* The same for process pid; proc: a handle of /proc. */
int adj_file_read_pid(int proc, pid_t pid, int *adj);

/*
 * -EACCES: lower than the kernel allows without CAP_SYS_RESOURCE. -EINVAL: out of range. -EIO: a
 * short write, with an unknown result.
 */
int adj_file_write(const struct adj_file *f, int adj);

/* The same with CAP_SYS_RESOURCE, by privilege_write(), whose errors it may return too. */
int adj_file_write_raised(const struct adj_file *f, int adj, struct privilege *p);

/* The owner of the process at this moment; dir: its handle. */
int adj_file_read_owner(int dir, const struct adj_file *f, uid_t *owner);
