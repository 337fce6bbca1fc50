/* SPDX-License-Identifier: GPL-2.0-or-later */
/* descendants: finds the descendants of processes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sys/proc/identity.h"

/* The caller frees list. */
struct descendants {
	struct identity *list; /* parents first, each settled, none of them a root */
	size_t n;
	size_t n_orphans;  /* the last of them: probably descendants */
	size_t n_doubtful; /* after these n: it cannot be decided whether they are */
};

/*
 * Finds the descendants of n settled processes, roots, which it sorts by PID in place. A child
 * counts only if its parent existed before and after the child named it, so that the PID was not
 * reused. A process that is forked during the search may be left out. 0 or a negative errno.
 *
 * has_orphans: also those that were forked since the start of this program and lost their parent,
 * as after a double fork: the kernel does not show their first parent. Session, process group,
 * user and cgroup show which are probably orphans of the roots. Doubtful are the others that an
 * ancestor of a root, or init, can have adopted: it has another session than they, or is init, and
 * they are in the cgroup of a root. They need not be settled.
 */
int descendants_find(int proc, struct identity *roots, size_t n, bool has_orphans,
		     struct descendants *found);

/* Finds pid in a list that is sorted by PID, or returns NULL. */
const struct identity *descendants_lookup(const struct identity *list, size_t n, pid_t pid);

void descendants_sort(struct identity *list, size_t n);
