/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pidref: a process held by a handle of its /proc directory. Whatever is read or written through
 * the handle is that process's or fails with -ESRCH: a newcomer with the same PID is never met
 * (tests/lab/recycle.bats).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "oom/rules/task.h"

struct pidref {
	pid_t pid;    /* the process, also when a thread's id was opened */
	int dir;      /* handle of /proc/PID; -1: none */
	uint32_t uid; /* real */
	pid_t ppid;
	enum task_unkillable
		spared; /* init, kernel threads and zombies are never killed, whatever their adj */
	bool is_thread; /* the id that was opened is another thread's than the first */
	char name[TASK_NAME_MAX];
};

/*
 * -ESRCH: there is no such process. -EACCES and others as open(2) gives them. ref is to be closed
 * in any case.
 */
int pidref_open(int proc, pid_t id, struct pidref *ref);

/* Where a thread's id was opened: ref->name becomes the name of the process. */
void pidref_take_name(struct pidref *ref);

void pidref_close(struct pidref *ref);

/*
 * A PID and the start time of its process, in ticks since boot. A PID can go to another process,
 * which has another start time if the first one was settled: started before the tick in which it
 * was identified.
 */
struct identity {
	pid_t pid, ppid;
	uint64_t start;
};

/*
 * The kernel's clock of start times, at the beginning of the present tick; negative: a negative
 * errno.
 */
int64_t identity_clock(void);

/* Waits until that tick is over. */
void identity_wait(void);

/* Reads the task that has pid now. -ESRCH: there is none. */
int identity_read(int proc, pid_t pid, struct identity *id);

/* Whether the process was started before the tick that began at clock, or is this program. */
bool identity_is_settled(const struct identity *id, int64_t clock);

/* Whether the process that was identified, and was settled then, still exists. */
bool identity_exists(int proc, const struct identity *id);

/* Whether the task that was opened is the one that was identified. */
bool pidref_is(const struct pidref *ref, const struct identity *id);

/* The process of the task that was opened. -ESRCH: it has ended. */
int pidref_identify(const struct pidref *ref, struct identity *id);

/*
 * When it was started, in ticks since boot, in all time namespaces the same; -ENOTSUP: that can't
 * be told in this one.
 */
int pidref_read_start(int proc, const struct pidref *ref, uint64_t *start_ticks);

/*
 * Calls found for each child that its threads have; stops at a non-zero result and returns it. A
 * kernel without CONFIG_PROC_CHILDREN tells none.
 */
int pidref_each_child(const struct pidref *ref, int (*found)(void *arg, pid_t child), void *arg);
