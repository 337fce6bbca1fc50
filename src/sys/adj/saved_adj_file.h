/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * saved_adj_file: the files in /run/oomctl, one a process of one PID namespace: "START BEFORE AFTER
 * [LAST]".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The process that it is about, what it had before, and what protect makes of it. A record is
 * written before the adj is, which until then is last: BEFORE, where that is not in the file.
 */
struct saved_adj {
	pid_t pid;
	uint64_t start; /* in ticks, as pidref_read_start() gives it */
	int before, after, last;
};

/*
 * A handle of the directory. -EPERM: it may be made by root alone. -EBADF: it is not root's alone.
 * Others as open(2).
 */
int saved_adj_file_open_dir(bool create);

/*
 * Waits, a few seconds at most, until no other run has the directory locked, and locks it: to be
 * released by close(2). Only root can lock it. -EPERM: the caller is not root. -EBUSY: the other
 * one takes too long. Others as open(2).
 */
int saved_adj_file_lock(bool create);

/*
 * Whether open_dir(true) and a write would succeed, as far as that shows without doing it: 0 or a
 * negative errno.
 */
int saved_adj_file_probe(void);

/*
 * The record of pid. -ENOENT: there is none. -EBADF: it is damaged, or others could have written
 * it.
 */
int saved_adj_file_read(int proc, int dir, pid_t pid, struct saved_adj *rec);

/* Whole or not at all. */
int saved_adj_file_write(int proc, int dir, const struct saved_adj *rec);

void saved_adj_file_remove(int proc, int dir, pid_t pid);

/* Removes what runs that were killed while they wrote have left. No other run may be at work. */
void saved_adj_file_sweep(int dir);

/*
 * Calls found for the PID of each record of this namespace; stops at a non-zero result and returns
 * it.
 */
int saved_adj_file_each(int proc, int dir, int (*found)(void *arg, pid_t pid), void *arg);
