/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * find: finds processes by what people know of them, with libproc2's eyes. The library is loaded
 * when it is first asked: it maps a good deal of memory, and ranking needs none of it.
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
 * Compiles an extended regular expression that anybody may have written, for regexec(3); every
 * option that takes a pattern goes through here. regcomp(3) must not be given more than the bounds
 * above, nor back-references: its stack, memory and time know none. 0, or -EINVAL with the reason
 * in why.
 */
int find_compile(regex_t *re, const char *pattern, char why[FIND_PATTERN_MAX]);

/* Within a kind one must fit; of the kinds that are used, all. */
struct find_patterns {
	regex_t names[FIND_MAX];       /* the process's name, as pgrep matches it */
	uid_t users[FIND_MAX];         /* real uid */
	const char *cgroups[FIND_MAX]; /* memory cgroup, or one above it; borrowed */
	size_t n_names, n_users, n_cgroups;
};

struct find_found {
	pid_t *pids; /* the caller frees it */
	size_t n, room;
};

/*
 * All processes that match. -ELIBACC: libproc2 can't be loaded, *why says why (a static or
 * library's string). -ENOMEM, or what the library gave.
 */
int find_find(int proc, const struct find_patterns *m, struct find_found *found, const char **why);

/*
 * Whether a process that was found, and is held now, still matches. It is looked at anew, through
 * its handle.
 */
bool find_still_fits(const struct find_patterns *m, const struct pidref *ref);

void find_free(struct find_patterns *m);
