/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * adjfile: /proc/PID/oom_score_adj, or oom_adj on a kernel that has it alone. One bare decimal, one write(2): the
 * kernel takes no more than 12 bytes of a write and lets the rest become a second one (fs/proc/base.c).
 */
#ifndef SYS_ADJFILE_H
#define SYS_ADJFILE_H

#include <stdbool.h>
#include <sys/types.h>

struct adjfile {
	int fd;      /* bound to the process: -ESRCH once it has ended; -1: none */
	bool is_old; /* oom_adj: values are -17...15 */
};

/*
 * Opens the file in a directory: /proc/PID's handle, or /proc's with prefix "PID/". can_write false: only to read.
 * -ESRCH: no such process. -EACCES: neither its owner nor root; -EROFS: /proc is mounted read-only.
 */
int adjfile_open(int dir, const char *prefix, bool can_write, struct adjfile *f);

void adjfile_close(struct adjfile *f);

int adjfile_read(const struct adjfile *f, int *adj);

/*
 * -EACCES: lower than the kernel allows without CAP_SYS_RESOURCE. -EINVAL: out of range. -EIO: a short write, of
 * which nobody knows what the kernel made.
 */
int adjfile_write(const struct adjfile *f, int adj);

#endif
