/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a pass share. */
#pragma once

#include "sys/standing/pass.h"

struct decision {
	size_t match; /* the rule whose conditions match */
	size_t rule;  /* that decides */
	bool is_child;
	struct pass_seen parent; /* if the rules have children, and match can be overridden */
};

#define DECIDE_NOWHERE SIZE_MAX

/* For qsort(3) and bsearch(3). */
int decide_compare_pids(const void *a, const void *b);

/* The index of a process in this pass over all, or DECIDE_NOWHERE. */
size_t decide_find_index(const struct pass *p, pid_t pid);

/*
 * Finds the rule for the process of p->facts. 0, or why it is unknown which rule decides, as a
 * negative errno; then d->rule has the condition that cannot be compared.
 */
int decide_rule(struct pass *p, struct decision *d);

/*
 * Whether the class and the row of the nth process decide without a look at its files: nothing is
 * written, and its record stays as it is. Sets *r, as if they had been read.
 */
bool decide_by_class(struct pass *p, size_t nth, struct pass_result *r);

/* Whether the process of p->facts, a child of a match, shares memory with what has forked it. */
bool decide_shares_memory(const struct pass *p);
