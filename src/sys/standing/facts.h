/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts: what rules compare of one process. Each fact is read when it is first asked for, into
 * buffers of the caller: no heap memory, and no file that takes the mmap lock but for the command
 * line, which command_read_line() reads.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "sys/cgroup/container.h"
#include "sys/proc/command.h"
#include "sys/proc/pidref.h"

/* Bytes of a command line that are compared: regexec(3) can take the square of its length. */
#define FACTS_LINE_MAX 4096

#define FACTS_NAME 16 /* bytes of a name in the kernel, with the NUL */

/* A fact that is read on demand. */
struct facts_state {
	bool is_known; /* it was tried */
	int err;       /* 0, or why it cannot be read, as a negative errno */
};

struct facts {
	int proc;          /* a handle of /proc */
	struct pidref ref; /* its uid and ppid are known after facts_read_uid(), _ppid() */
	int dir;           /* where its files are: ref.dir, or proc if at is its PID, not 0 */
	pid_t at;
	struct facts_state uid_state, ppid_state, parent_state, cgroup_state, exe_state, line_state;
	char parent[TASK_NAME_MAX];
	char memory[CGROUP_PATH_MAX], systemd[CGROUP_PATH_MAX]; /* cgroup paths */
	char exe[PATH_MAX];                                     /* "": none */
	char bare_exe[PATH_MAX]; /* without the kernel's " (deleted)"; "": it has none */
	char line[FACTS_LINE_MAX];
	bool line_is_cut;              /* the command line goes on after line */
	struct command_reader *reader; /* of the caller; NULL: command lines are not read */
	struct container_names names;  /* kept for later processes; the caller clears it */
};

/*
 * Begins with a process. 1: it is init, a kernel thread, a zombie or this program, to which rules
 * never apply. -ESRCH: there is no such process. Others as open(2). Close it in any case.
 */
int facts_open(struct facts *f, int proc, pid_t pid, struct command_reader *reader);

/*
 * The same without a handle, and only with its name; never 1. A PID that is reused can mix the
 * facts of two processes, so it only finds out which ones to look at. There is nothing to close.
 */
int facts_glance(struct facts *f, int proc, pid_t pid);

/*
 * The same with facts that are known already: the user; then also the names of the process and its
 * parent, which can be replaced by those of another process with the same files.
 */
void facts_begin(struct facts *f, int proc, pid_t pid, uint32_t uid);
void facts_rename(struct facts *f, const char name[FACTS_NAME], const char parent[FACTS_NAME],
		  pid_t ppid);

void facts_close(struct facts *f);

/*
 * The functions below return 0 or a negative errno: the fact is unknown. "": the process has none.
 */
int facts_read_uid(struct facts *f);
int facts_read_ppid(struct facts *f);
int facts_read_parent(struct facts *f);
int facts_read_cgroup(struct facts *f);
int facts_read_exe(struct facts *f);
int facts_read_line(struct facts *f);
