/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * forks: waits until forks that are under way have ended. fork(2) copies the adj at its start
 * (copy_signal() in kernel/fork.c), then all page tables, and only then the child can be found.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* A thread that perhaps forks, and its user time when it was first read, in ticks. */
struct fork_thread {
	pid_t pid, tid; /* tid 0: the only thread */
	unsigned long user;
};

struct forks {
	struct fork_thread *list;
	size_t n;
};

/* Adds the threads of a process that perhaps fork now. proc: a handle of /proc. */
void forks_add(struct forks *f, int proc, pid_t pid);

/*
 * Waits until none of them can be in a fork(2) that began before it was added: until it was seen
 * asleep, has run in user mode, or has ended. At most ms milliseconds. Then the list is those left.
 */
void forks_wait(struct forks *f, int proc, int ms);

void forks_free(struct forks *f);
