/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * saved_adj: the adj of processes before protect, in /run/oomctl, one file per process, written
 * only by root. A record belongs to a PID of one PID namespace and a start time: another process
 * with the same PID never gets the value. A record that others can write to is rejected
 * (tests/lab/records.bats). proc: a handle of /proc.
 */
#pragma once

#include <stdbool.h>

#include "sys/proc/pidref.h"

/*
 * The adj of a process before and after protect. The record is written before adj; last is the adj
 * until then. If LAST is not in the file, it is BEFORE.
 */
struct saved_adj {
	pid_t pid;
	uint64_t start; /* in ticks, as pidref_read_start() gives it */
	int before, after, last;
};

/* A saved record, and the record that it replaced. */
struct saved_adj_change {
	struct saved_adj rec, earlier;
	bool has_earlier;
};

/*
 * A handle of the directory of all records. -EPERM: only root can create it. -EBADF: others can
 * write to it. -ENOENT: there is none.
 */
int saved_adj_open_dir(bool create);

/*
 * Locks the directory, after waiting for another run, up to a few seconds; close(2) releases it.
 * -EPERM: the caller is not root. -EBUSY: another run still holds the lock. Others as open(2).
 */
int saved_adj_lock(bool create);

/* The same, but never waits. */
int saved_adj_try_lock(bool create);

/* Predicts whether a record could be saved: 0 or a negative errno. */
int saved_adj_probe(void);

/*
 * Saves before, the adj before this run, because protect is about to set after; if the program is
 * killed, nothing is lost. last is the current adj, which the change of a sharer can have set. The
 * value of an earlier record is kept if before is the adj that protect set then. Call
 * saved_adj_finish() or saved_adj_undo() later. -EPERM: the caller is not root. -EBADF: others can
 * write to the directory. -ENOTSUP: this time namespace hides start times. Others from the system.
 */
int saved_adj_save(int proc, const struct pidref *ref, int before, int last, int after,
		   struct saved_adj_change *c);

/* The adj was changed to after: completes the record, and those of sharers. Errors as above. */
int saved_adj_finish(int proc, const struct pidref *ref, int after, struct saved_adj_change *c);

/* The adj could not be changed: restores the earlier record, unless the process has ended. */
void saved_adj_undo(int proc, const struct saved_adj_change *c, bool has_ended);

/*
 * Reads the saved adj of a process whose adj was adj before this run; any user can. *is_current:
 * NULL, or whether protect set that adj, and nothing has changed it since. Records of
 * sharers are used too, if kcmp(2) identifies them. -ENOENT: there is no record. -EBADF: it is
 * damaged, or others can write to it. Other errors as for saved_adj_save(): it is unknown whether
 * there is a record.
 */
int saved_adj_read(int proc, const struct pidref *ref, int adj, int *before, bool *is_current);

/*
 * After value is restored: removes the records of the process and its sharers, if the caller is
 * allowed to. A negative value stays saved, so that unprotect can be repeated. 0, or a negative
 * errno: the records of sharers could not be read.
 */
int saved_adj_forget(int proc, const struct pidref *ref, int value);

/* Why a record cannot be saved or read; err: a negative errno of these functions. */
const char *saved_adj_error(int err);

/*
 * Removes the records of exited processes of this PID namespace; with a lock also unfinished files.
 */
void saved_adj_sweep(int proc, int lock);
