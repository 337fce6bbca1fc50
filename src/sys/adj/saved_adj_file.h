/* SPDX-License-Identifier: GPL-2.0-or-later */
/* saved_adj_file: /run/oomctl with a file for each process: "START BEFORE AFTER [LAST]". */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The adj of a process before protect, and after. The record is written before the adj, which is
 * last until then; if LAST is not in the file, it is BEFORE.
 */
struct saved_adj {
	pid_t pid;
	uint64_t start; /* in ticks, as pidref_read_start() gives it */
	int before, after, last;
};

/* A handle of the directory. -EPERM: only root may create it. -EBADF: it is not root's alone. */
int saved_adj_file_open_dir(bool create);

/*
 * Waits, a few seconds at most, until no other run has the directory locked, and locks it: to be
 * released by close(2). Only root can lock it. -EPERM: the caller is not root. -EBUSY: the other
 * one takes too long. Others as open(2).
 */
int saved_adj_file_lock(bool create);

/* Predicts whether open_dir(true) and a write would succeed: 0 or a negative errno. */
int saved_adj_file_probe(void);

/* -ENOENT: pid has no record. -EBADF: it is damaged, or others could have written it. */
int saved_adj_file_read(int proc, int dir, pid_t pid, struct saved_adj *rec);

/* Atomic. */
int saved_adj_file_write(int proc, int dir, const struct saved_adj *rec);

void saved_adj_file_remove(int proc, int dir, pid_t pid);

/* Removes what killed runs left unfinished. The caller has the lock. */
void saved_adj_file_sweep(int dir);

/*
 * Calls found for the PID of each record of this namespace; stops when it returns non-zero and
 * returns that. Or a negative errno.
 */
int saved_adj_file_each(int proc, int dir, int (*found)(void *arg, pid_t pid), void *arg);
