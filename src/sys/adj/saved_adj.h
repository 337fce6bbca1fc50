/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * saved_adj: the adj that processes had before they were protected, in /run/oomctl, a file for each
 * process, for root alone. A record belongs to a PID of one PID namespace and a start time: another
 * process with the same PID never gets the value. A record that others could have written is
 * rejected (tests/lab/records.bats). proc: a handle of /proc.
 */
#pragma once

#include "sys/adj/saved_adj_file.h"
#include "sys/proc/pidref.h"

/* A record that was saved, and the one that it replaced. */
struct saved_adj_change {
	struct saved_adj rec, earlier;
	bool has_earlier;
};

/*
 * Saves that protect is about to change the adj from before to after, so that no kill of this
 * program loses it; last is the present adj, which the change of a sharer may have made. An earlier
 * record stays in force if before is what protect set then. saved_adj_finish() or saved_adj_undo()
 * must follow. -EPERM: the caller is not root. -EBADF: the directory is not root's alone. -ENOTSUP:
 * this time namespace hides start times. Others as the system gives them.
 */
int saved_adj_save(int proc, const struct pidref *ref, int before, int last, int after,
		   struct saved_adj_change *c);

/* The adj was changed to after: completes the record, and those of sharers. Errors as above. */
int saved_adj_finish(int proc, const struct pidref *ref, int after, struct saved_adj_change *c);

/* The adj could not be changed: restores the earlier record, unless the process has ended. */
void saved_adj_undo(int proc, const struct saved_adj_change *c, bool has_ended);

/*
 * Reads what a process, whose adj was adj before this run, had before it was protected; not for
 * root alone. Records of sharers count too, as far as kcmp(2) identifies them. -ENOENT: there is no
 * record. -EBADF: it is damaged, or others could have written it. Other errors as for
 * saved_adj_save(): it is not known whether there is one.
 */
int saved_adj_read(int proc, const struct pidref *ref, int adj, int *before);

/*
 * The process got value back: removes its record and those of sharers, as far as the caller may. A
 * negative value stays saved, for the next unprotect would make it 0 otherwise. 0, or a negative
 * errno: the records of sharers could not be read.
 */
int saved_adj_forget(int proc, const struct pidref *ref, int value);

/* Why a record can't be saved or read; err: a negative errno of these functions. */
const char *saved_adj_error(int err);

/*
 * Removes the records of this PID namespace whose processes have ended; with a lock also unfinished
 * files.
 */
void saved_adj_sweep(int proc, int lock);
