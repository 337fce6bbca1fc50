/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * procfs: reads /proc without heap memory, and no file that takes the mmap lock. Names are relative
 * to a handle of /proc or of the directory of one process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Enough for /proc/PID/status on the largest machine, without the lists that procfs_read()
 * removes.
 */
#define PROCFS_BUF 16384

/* The PID of this process in /proc, which can belong to another PID namespace; 0: none. */
pid_t procfs_self(int proc);

/* A handle of /proc, or a negative errno. -ENODEV: there is no procfs. */
int procfs_open(void);

/*
 * Opens, to read it without blocking, the file that held leads to, a descriptor by O_PATH, and
 * closes held; held may be -1 with errno. check returns 0 if the file may be opened, or a negative
 * errno, because opening a device can have an effect. -ENODEV: there is no procfs.
 */
int procfs_reopen(int held, int (*check)(const struct stat *st));

/* For the above: -EINVAL if it is no regular file. */
int procfs_check_regular(const struct stat *st);

/*
 * Reads a file with one read(2) into buf and adds a NUL. Returns the length or a negative errno:
 * -ESRCH and -ENOENT: the process has ended; -EFBIG: the file does not fit. If a status file does
 * not fit, its lists of groups and CPUs are removed.
 */
ssize_t procfs_read(int dir, const char *name, char *buf, size_t size);

/* The same, with as many read(2) as needed. */
ssize_t procfs_read_all(int dir, const char *name, char *buf, size_t size);

/* A file of process pid, or of its thread tid if that is not 0. */
ssize_t procfs_read_pid(int proc, pid_t pid, pid_t tid, const char *name, char *buf, size_t size);

/* A file that contains one decimal number. -EINVAL: something else. */
int procfs_read_number(int dir, const char *name, int64_t *value);

/*
 * Calls found for each number in a file of any length, such as cgroup.procs. Stops at a non-zero
 * result and returns it, or a negative errno.
 */
int procfs_each_number(int dir, const char *name, int (*found)(void *arg, pid_t n), void *arg);

/* The number after key at the start of a line, as in "MemTotal: 123 kB" or "oom_kill 5". */
bool procfs_find_number(const char *text, const char *key, uint64_t *value);

/*
 * Calls found for each name in a directory that is a number from 1 on, in the kernel's order. Stops
 * at a non-zero result and returns it. n_others: NULL, or counts directories with other names.
 */
int procfs_each(int dir, int (*found)(void *arg, pid_t id), void *arg, size_t *n_others);

/*
 * The number of processes of the machine, even of those that hidepid or a PID namespace hides; 0:
 * unknown. n_others: of procfs_each().
 */
size_t procfs_count_all(int proc, size_t n_others);

/* procfs_each() for the threads of process pid; proc: a handle of /proc. */
int procfs_each_thread(int proc, pid_t pid, int (*found)(void *arg, pid_t tid), void *arg);
