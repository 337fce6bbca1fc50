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
 * Remembers that protect has changed the process's adj from before to after. What was remembered earlier stays if that is
 * what protect then left: before is protect's own work. -EPERM: the caller is not root. -EBADF: the directory is not
 * root's alone. Others as the system gives them.
 */
int record_save(const struct pidref *ref, int before, int after);

/*
 * What the process had before it was protected; anybody may ask. -ENOENT: nothing is known of it. -EBADF: there is a
 * record, but not to be believed.
 */
int record_read(const struct pidref *ref, int *adj);

/* Forgets it; nothing happens to one that the caller can't remove. */
void record_forget(const struct pidref *ref);

/* Forgets those of processes that have ended. */
void record_sweep(int proc);

#endif
