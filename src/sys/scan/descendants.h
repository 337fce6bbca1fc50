/* SPDX-License-Identifier: GPL-2.0-or-later */
/* descendants: finds the descendants of processes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sys/proc/identity.h"

/*
 * Finds the descendants of n settled processes, roots, which it sorts by PID in place. The caller
 * frees *found: parents before their children, each settled, none of them a root. A child counts
 * only if its parent existed before and after the child named it, so that the PID was not reused. A
 * process that is forked during the search may be left out. 0 or a negative errno.
 *
 * has_orphans: the last *n_orphans of them were forked since the start of this program and lost
 * their parent, as after a double fork. Their origin is likely, but not certain.
 */
int descendants_find(int proc, struct identity *roots, size_t n, bool has_orphans,
		     struct identity **found, size_t *n_found, size_t *n_orphans);

/* Finds pid in a list that is sorted by PID, or returns NULL. */
const struct identity *descendants_lookup(const struct identity *list, size_t n, pid_t pid);

void descendants_sort(struct identity *list, size_t n);
