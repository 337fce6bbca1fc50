/* SPDX-License-Identifier: GPL-2.0-or-later */
/* identity: tells a process from a later one with the same PID. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A PID and the start time of its process, in ticks since boot. If the process was settled, that
 * is, started before the tick in which it was identified, no later process has both.
 */
struct identity {
	pid_t pid, ppid, group, session;
	uint64_t start;
};

/* The kernel's clock of start times at the start of the present tick, or a negative errno. */
int64_t identity_clock(void);

/* Waits until that tick is over. */
void identity_wait(void);

/* Reads the task that has pid now. -ESRCH: there is none. */
int identity_read(int proc, pid_t pid, struct identity *id);

/* Reads all but the PID from a stat file. -ESRCH: the task has ended. */
int identity_read_stat(int dir, const char *path, struct identity *id);

/* Whether the process was started before the tick that began at clock, or is this one. */
bool identity_is_settled(const struct identity *id, int64_t clock);

/* Whether the process that was identified, and settled then, still exists. */
bool identity_exists(int proc, const struct identity *id);

/*
 * Converts a start time in ticks, as this process reads it from /proc/PID/stat, to that of the
 * first time namespace. 0; -ENOTSUP: the shift is unknown; or another negative errno: there are no
 * descriptors or no memory to read it. proc: a handle of /proc.
 */
int identity_start_to_host(int proc, uint64_t *ticks);
