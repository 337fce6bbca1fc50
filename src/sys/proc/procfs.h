/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * procfs: reading /proc, without memory of its own and without a file that takes the mmap lock.
 * Names are relative to a directory handle: that of /proc, or that of one process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Enough for /proc/PID/status with the widest CPU and node masks, but for the lines that
 * procfs_read() empties.
 */
#define PROCFS_BUF 16384

/* A handle of /proc, or a negative errno. -ENODEV: there is no procfs. */
int procfs_open(void);

/*
 * Reads a file with one read(2) into buf, ended by a NUL: for the files that the kernel gives out
 * whole. Returns the length or a negative errno; -ESRCH and -ENOENT mean that the process has
 * ended, -EFBIG that the file does not fit. A status file that does not fit is read on, and lacks
 * what is in its lines Groups and Cpus_allowed_list.
 */
ssize_t procfs_read(int dir, const char *name, char *buf, size_t size);

/* The same with as many read(2) as it takes. */
ssize_t procfs_read_all(int dir, const char *name, char *buf, size_t size);

/* A file of process pid, or of thread tid of it if tid is not 0. */
ssize_t procfs_read_pid(int proc, pid_t pid, pid_t tid, const char *name, char *buf, size_t size);

/* A file that holds one decimal number. -EINVAL if it holds anything else. */
int procfs_read_number(int dir, const char *name, long *value);

/*
 * Calls found for each number in a file of any length that holds nothing else, as cgroup.procs or a
 * list of children; stops when it returns non-zero and returns that. Or a negative errno.
 */
int procfs_each_number(int dir, const char *name, int (*found)(void *arg, pid_t n), void *arg);

/*
 * The number behind key at the start of a line, as in "MemTotal: 123 kB" or "oom_kill 5". false: no
 * such line.
 */
bool procfs_find_number(const char *text, const char *key, uint64_t *value);

/*
 * Calls found for each name in a directory that is a number from 1 up, in the kernel's order; stops
 * when it returns non-zero and returns that. n_others: if not NULL, counts the directories with
 * other names.
 */
int procfs_each(int dir, int (*found)(void *arg, pid_t id), void *arg, size_t *n_others);

/* procfs_each() for the threads of process pid; proc: a handle of /proc. */
int procfs_each_thread(int proc, pid_t pid, int (*found)(void *arg, pid_t tid), void *arg);
