/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * saved_adj: what adj a process had before it was protected, in /run/oomctl, one file a process,
 * for root alone. A record belongs to a PID of one PID namespace and a start time, so that a
 * newcomer with the same PID never gets another's value; a record that somebody else could have
 * written is not believed (tests/lab/records.bats). proc: a handle of /proc.
 */
#pragma once

#include "sys/proc/pidref.h"
#include "sys/adj/saved_adj_file.h"

/* A record that was saved, and what it replaced. */
struct saved_adj_change {
	struct saved_adj rec, earlier;
	bool has_earlier;
};

/*
 * Remembers that protect is about to change the process's adj from before to after, so that a run
 * that is killed anywhere forgets nothing; last is what it has now, which one that shares its
 * memory may have changed since before. What was remembered earlier stays if before is what protect
 * left then. To be followed by saved_adj_finish() or saved_adj_undo(). -EPERM: the caller is not
 * root. -EBADF: the directory is not root's alone. -ENOTSUP: the time namespace does not tell when
 * it was started. Others as the system gives them.
 */
int saved_adj_save(int proc, const struct pidref *ref, int before, int last, int after,
		   struct saved_adj_change *c);

/*
 * It is changed to after; what is remembered of those that share its memory is brought to the same.
 * Errors as above.
 */
int saved_adj_finish(int proc, const struct pidref *ref, int after, struct saved_adj_change *c);

/* It could not be changed: what was remembered before is again, unless the process has ended. */
void saved_adj_undo(int proc, const struct saved_adj_change *c, bool has_ended);

/*
 * For a run that saves or forgets: until it ends no other one of root's does, so that what one has
 * written is not taken for what a process had before. A handle for saved_adj_unlock(); negative: it
 * goes on without, -EAGAIN because another takes too long.
 */
int saved_adj_lock(bool saves);

void saved_adj_unlock(int lock);

/* What saved_adj_save() would give, as far as that shows without doing it. */
int saved_adj_probe(void);

/*
 * What the process, which has adj now or had it before this run, had before it was protected;
 * anybody may ask. A record of one that shares its memory will do, as far as kcmp(2) tells.
 * -ENOENT: nothing is known of it. -EBADF: there is a record, but not to be believed. Others as for
 * saved_adj_save(): whether there is one is not known.
 */
int saved_adj_read(int proc, const struct pidref *ref, int adj, int *before);

/*
 * The process got value back: forgets its record and those of processes that share its memory. A
 * negative value stays remembered as long as nobody changes it, for unprotect would make it 0 the
 * next time. Nothing happens to a record that the caller can't remove. 0, or a negative errno: the
 * records of sharers could not be read.
 */
int saved_adj_forget(int proc, const struct pidref *ref, int value);

/* Why one can't be saved or read; err: a negative errno of these. */
const char *saved_adj_error(int err);

/*
 * Forgets those of processes of this PID namespace that have ended; with the lock, also unfinished
 * files of killed runs.
 */
void saved_adj_sweep(int proc, int lock);
