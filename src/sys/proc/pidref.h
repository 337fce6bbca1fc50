/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pidref: a process held by a handle of its /proc directory. Reads and writes through the handle
 * fail with -ESRCH after its end; they never reach another process with the same PID
 * (tests/lab/recycle.bats).
 */
#pragma once

#include "oom/rules/task.h"
#include "sys/proc/identity.h"

struct pidref {
	pid_t pid;    /* the process, also if the id of a thread was opened */
	int dir;      /* handle of /proc/PID; -1: none */
	uint32_t uid; /* real */
	pid_t ppid;
	enum task_unkillable unkillable; /* init, kernel threads and zombies, whatever their adj */
	bool is_thread;                  /* the id of another thread than the first was opened */
	char name[TASK_NAME_MAX];
};

/* -ESRCH: there is no such process. Others as open(2). Close ref in any case. */
int pidref_open(int proc, pid_t id, struct pidref *ref);

/* If the id of a thread was opened: sets ref->name to the name of the process. */
void pidref_take_name(struct pidref *ref);

void pidref_close(struct pidref *ref);

/* Whether ref holds the task that was identified. */
bool pidref_is(const struct pidref *ref, const struct identity *id);

/* Identifies the process of the task that ref holds. -ESRCH: it has ended. */
int pidref_identify(const struct pidref *ref, struct identity *id);

/* Start time in ticks since boot, the same in all time namespaces; -ENOTSUP: unknown here. */
int pidref_read_start(int proc, const struct pidref *ref, uint64_t *start_ticks);

/*
 * Calls found for each child of its threads; stops at a non-zero result and returns it. A kernel
 * without CONFIG_PROC_CHILDREN lists none.
 */
int pidref_each_child(const struct pidref *ref, int (*found)(void *arg, pid_t child), void *arg);
