/* SPDX-License-Identifier: GPL-2.0-or-later */
/* descendants: finds the descendants of processes. */
#pragma once

#include <stddef.h>

#include "sys/proc/pidref.h"

/*
 * Finds the descendants of n settled processes, roots, which are sorted by PID in place. *found, of
 * *n_found, is the caller's to free: parents before their children, each settled, none of them a
 * root. A child counts only where its parent was the very process that was accepted: each parent
 * exists before and after its children name it. A process that is forked during the search may be
 * left out. 0 or a negative errno.
 */
int descendants_find(int proc, struct identity *roots, size_t n, struct identity **found,
		     size_t *n_found);

/* Finds pid among n identities that are sorted by PID; NULL: it is none of them. */
const struct identity *descendants_lookup(const struct identity *list, size_t n, pid_t pid);

void descendants_sort(struct identity *list, size_t n);
