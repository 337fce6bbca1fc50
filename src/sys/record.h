/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record: what adj a process had before it was protected, in /run/oomctl, one file a process, for root alone. A record
 * belongs to a PID of one PID namespace and a start time, so that a newcomer with the same PID never gets another's
 * value; a record that somebody else could have written is not believed (tests/lab/records.bats). proc: a handle of
 * /proc.
 */
#ifndef SYS_RECORD_H
#define SYS_RECORD_H

#include "sys/pidref.h"

/*
 * Remembers that protect has changed the process's adj from before to after; what is remembered of those that share its
 * memory is brought to the same. What was remembered earlier stays if that is what protect then left: before is protect's
 * own work. -EPERM: the caller is not root. -EBADF: the directory is not root's alone. -ENOTSUP: the time namespace does
 * not tell when it was started. Others as the system gives them.
 */
int record_save(int proc, const struct pidref *ref, int before, int after);

/*
 * For a run that saves or forgets: until it ends no other one of root's does, so that what one has written is not taken for what
 * a process had before. A handle for record_unlock(); negative: it goes on without, -EAGAIN because another takes too long.
 */
int record_lock(bool saves);

void record_unlock(int lock);

/* What record_save() would give, as far as that shows without doing it. */
int record_probe(void);

/*
 * What the process, which has adj now or had it before this run, had before it was protected; anybody may ask. A record of
 * one that shares its memory will do, as far as kcmp(2) tells. -ENOENT: nothing is known of it. -EBADF: there is a record,
 * but not to be believed. Others as for record_save(): whether there is one is not known.
 */
int record_read(int proc, const struct pidref *ref, int adj, int *before);

/* Forgets that of a process and of those that share its memory; nothing happens to one that the caller can't remove. */
void record_forget(int proc, const struct pidref *ref);

/* Why one can't be saved or read; err: a negative errno of these. */
const char *record_error(int err);

/* Forgets those of processes of this PID namespace that have ended. */
void record_sweep(int proc);

#endif
