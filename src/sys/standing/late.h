/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * late: children that a process forked before the rules changed its adj. They get what they would
 * have inherited otherwise.
 */
#pragma once

#include "sys/standing/pass.h"

#define LATE_MAX 512 /* processes that one change can concern, and children of each */

struct late_parent {
	pid_t pid;
	uint64_t start;
	int before, after;
	size_t rule;
};

/* Large: not on the stack. */
struct late {
	struct pass *p;
	int64_t since_ns; /* on CLOCK_BOOTTIME: children that are older did not inherit from it */
	void (*found)(void *arg, const struct pass_result *r, bool has_inherited);
	void *arg;
	struct late_parent parents[LATE_MAX];
	pid_t children[LATE_MAX];
	size_t n_parents, n_children;
};

/*
 * Looks at the children that the process of r, which was changed, forked since since_ns, and at
 * theirs if they are changed. A rule of their own decides; without one, a child that has the adj
 * that r had before gets the one that it has now. Set p, since_ns, found and arg before; found is
 * called for each child that was changed, or could not be. Allocates nothing. false: there were
 * too many; others were not reached.
 */
bool late_apply(struct late *l, const struct pass_result *r);
