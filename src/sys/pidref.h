/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pidref: a process held by a handle of its /proc directory. Whatever is read or written through the handle is that
 * process's or fails with -ESRCH: a newcomer with the same PID is never met (tests/lab/recycle.bats).
 */
#ifndef SYS_PIDREF_H
#define SYS_PIDREF_H

#include <stdint.h>
#include <sys/types.h>

#include "oom/task.h"

struct pidref {
	pid_t pid;    /* the process, also when a thread's id was opened */
	int dir;      /* handle of /proc/PID; -1: none */
	uint32_t uid; /* real */
	pid_t ppid;
	enum task_spared
		spared; /* init, kernel threads and zombies are never killed, whatever their adj */
	bool is_thread; /* the id that was opened is another thread's than the first */
	char name[TASK_NAME_MAX];
};

/* -ESRCH: there is no such process. -EACCES and others as open(2) gives them. ref is to be closed in any case. */
int pidref_open(int proc, pid_t id, struct pidref *ref);

/* Where a thread's id was opened: ref->name becomes the name of the process. */
void pidref_take_name(struct pidref *ref);

void pidref_close(struct pidref *ref);

/* When it was started, in ticks since boot, in all time namespaces the same; -ENOTSUP: that can't be told in this one. */
int pidref_read_start(int proc, const struct pidref *ref, uint64_t *start_ticks);

/*
 * Calls found for each child that its threads have; stops at a non-zero result and returns it. A kernel without
 * CONFIG_PROC_CHILDREN tells none.
 */
int pidref_each_child(const struct pidref *ref, int (*found)(void *arg, pid_t child), void *arg);

#endif
