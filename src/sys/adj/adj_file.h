/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * adj_file: /proc/PID/oom_score_adj, or oom_adj on a kernel that has it alone. One bare decimal,
 * one write(2): the kernel takes no more than 12 bytes of a write and lets the rest become a second
 * one (fs/proc/base.c).
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
 * Opens the file in a directory: /proc/PID's handle, or /proc's with prefix "PID/". can_write
 * false: only to read. -ESRCH: no such process. -EACCES: neither its owner nor root; -EROFS: /proc
 * is mounted read-only.
 */
int adj_file_open(int dir, const char *prefix, bool can_write, struct adj_file *f);

void adj_file_close(struct adj_file *f);

int adj_file_read(const struct adj_file *f, int *adj);

/* The same of the process of a handle, in one go. */
int adj_file_read_held(int dir, int *adj);

/* The same of process pid; proc: a handle of /proc. */
int adj_file_read_pid(int proc, pid_t pid, int *adj);

/*
 * -EACCES: lower than the kernel allows without CAP_SYS_RESOURCE. -EINVAL: out of range. -EIO: a
 * short write, of which nobody knows what the kernel made.
 */
int adj_file_write(const struct adj_file *f, int adj);

/* The same with CAP_SYS_RESOURCE; as privilege_write() too. */
int adj_file_write_raised(const struct adj_file *f, int adj, struct privilege *p);

/* Whose the process is at this moment; dir: its handle. */
int adj_file_read_owner(int dir, const struct adj_file *f, uid_t *owner);
