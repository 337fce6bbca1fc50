/* SPDX-License-Identifier: GPL-2.0-or-later */
/* command: the executable and the command line of a process. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Reads the path of the executable; a deleted one ends in " (deleted)". Since Linux 4.1 this takes
 * no mmap lock. dir: a handle of /proc; if pid is 0, of /proc/PID. 0; -ENOENT: none; -EACCES.
 */
int command_read_exe(int dir, pid_t pid, char *path, size_t size);

/* Bytes of a command line that are read, as in pgrep(1). */
#define COMMAND_LINE_MAX 131072

/*
 * Reads command lines in a child process, because the read can block for as long as the mmap lock
 * of the process is held, or, before Linux 4.18, a file system does not answer. Zeroed at first.
 */
struct command_reader {
	pid_t child; /* 0: none */
	int socket;
	char *text;       /* shared with the child */
	bool is_cut;      /* the command line may go on after text */
	size_t n_blocked; /* reads that were abandoned */
};

/*
 * Reads the command line of process pid into r->text, with blanks between the arguments, ended by a
 * NUL. 0; -ETIMEDOUT: the read blocks, or several did; -ESRCH, -ENOENT: no such process, or no
 * command line. proc: a handle of /proc.
 */
int command_read_line(struct command_reader *r, int proc, pid_t pid);

void command_close(struct command_reader *r);
