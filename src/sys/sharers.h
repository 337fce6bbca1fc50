/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sharers: processes that share the memory of others (CLONE_VM without CLONE_THREAD), whose adj the kernel ties. */
#ifndef SYS_SHARERS_H
#define SYS_SHARERS_H

#include <stddef.h>
#include <sys/types.h>

struct sharer {
	pid_t pid, with;
};

/*
 * Finds the processes that share memory with one of n given ones and are not among them. *found, of *n_found, is the
 * caller's to free. Only what kcmp(2) can tell this caller is found,
 * where the kernel has it, and the work is bounded. 0 or a negative errno.
 */
int sharers_find(int proc, const pid_t *pids, size_t n, struct sharer **found, size_t *n_found);

/*
 * 1: the two threads share their memory; 0: they don't; a negative errno: the caller is not told. The first thread of a
 * process has none any more once it has ended: name one that lives.
 */
int sharers_compare(pid_t a, pid_t b);

#endif
