/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kill_set: the processes that die together: those that share memory, and those of a cgroup with
 * memory.oom.group.
 */
#pragma once

#include "oom/predict/predict.h"
#include "sys/cgroup/memcg.h"

struct kill_set {
	int proc;                      /* handle of /proc; borrowed, like the tree */
	const struct memcg_tree *tree; /* NULL: the groups of the candidates are known already */
	uint32_t mms, groups;          /* numbers given so far */
	size_t n_compared;             /* pairs compared so far */
};

/* For struct predict: arg is a struct kill_set. */
void kill_set_reveal(void *arg, struct predict *p, size_t nth);
