/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * find: finds processes by name, user and cgroup. libproc2 does it; it is loaded when it is first
 * needed, as it maps much memory.
 */
#pragma once

#include <regex.h>
#include <stddef.h>
#include <sys/types.h>

#include "sys/proc/pidref.h"

#define FIND_MAX 64

#define FIND_PATTERN_MAX 256 /* bytes of a pattern, and of the reason why one is refused */
#define FIND_GROUPS_MAX  16  /* regcomp(3) calls itself for each group */
#define FIND_SIZE_MAX \
	2048 /* bytes of a pattern with its repetitions written out, as regcomp(3) does */

/*
 * Compiles an extended regular expression from an untrusted user, for regexec(3). Every option that
 * takes a pattern MUST use it: without the bounds above, and with back-references, the stack,
 * memory and time of regcomp(3) are unlimited. 0, or -EINVAL with the reason in why.
 */
int find_compile(regex_t *re, const char *pattern, char why[FIND_PATTERN_MAX]);

/* A process must match one pattern of each kind that is used. */
struct find_patterns {
	regex_t names[FIND_MAX];       /* process name, as for pgrep */
	uid_t users[FIND_MAX];         /* real uid */
	const char *cgroups[FIND_MAX]; /* memory cgroup, or an ancestor; not owned */
	size_t n_names, n_users, n_cgroups;
};

struct find_found {
	pid_t *pids; /* the caller frees it */
	size_t n, room;
	size_t n_unread; /* the kernel does not tell their cgroup */
};

/*
 * Finds all processes that match. -ELIBACC: libproc2 can't be loaded, and *why says why (a static
 * or the library's string). -ENOMEM, or what the library gave.
 */
int find_processes(int proc, const struct find_patterns *m, struct find_found *found,
		   const char **why);

/* Whether the process that ref holds matches; its cgroup is read through the handle. */
bool find_still_matches(const struct find_patterns *m, const struct pidref *ref);

void find_free(struct find_patterns *m);
