/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record: what adj a process had before it was protected, in /run/oomctl, one file a process, for root alone. A record
 * belongs to a PID and a start time, so that a newcomer with the same PID never gets another's value; a record that
 * somebody else could have written is not believed (tests/lab/protect.bats).
 */
#ifndef SYS_RECORD_H
#define SYS_RECORD_H

#include "sys/pidref.h"

/*
 * Remembers adj for the process. -EEXIST: something is remembered already, and stays. -EPERM: the caller is not root.
 * -EBADF: the directory is not root's alone. Others as the system gives them.
 */
int record_save(const struct pidref *ref, int adj);

/* -ENOENT: nothing is known of this process. -EBADF: there is a record, but not to be believed. */
int record_read(const struct pidref *ref, int *adj);

void record_forget(const struct pidref *ref);

/* Forgets those of processes that have ended. */
void record_sweep(int proc);

#endif
