/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memcg_state: what a choice within one memory cgroup depends on: its limit, and its processes in
 * the kernel's order.
 */
#pragma once

#include <stddef.h>

#include "oom/rules/memcg_limit.h"
#include "sys/cgroup/memcg.h"

struct memcg_state_member {
	pid_t pid;      /* 0: of another PID namespace */
	uint32_t group; /* the same number, not 0: die together by memory.oom.group */
	bool is_placed; /* the order among its likes is known */
};

struct memcg_state {
	struct memcg_limit limit;
	uint64_t usage_bytes;
	bool is_kill_disabled;  /* memory.oom_control of version 1: nobody is killed */
	uint64_t reclaim_file;  /* pages of files that may be taken before anybody is killed */
	uint64_t reclaim_shmem; /* pages of shared memory, where they may be swapped out */
	uint64_t swap_left;     /* pages that may still be swapped out */
	struct memcg_state_member *members; /* in the order of the kernel's scan */
	size_t n;
	int unread; /* a negative errno: not all that is in it could be looked at */
};

/*
 * Reads the cgroup at path and those below it, and nothing else. swap_bytes, page_size: the
 * machine's. 0, or: -ENOENT: no such cgroup; -EXDEV: outside of this cgroup namespace; -EOPNOTSUPP:
 * the memory controller is not in it; -ENOMEM; others as the system gives them. d is to be freed by
 * memcg_state_free(), also after an error.
 */
int memcg_state_read(int proc, const struct memcg_tree *tree, const char *path, uint64_t swap_bytes,
		     uint64_t page_size, struct memcg_state *d);

void memcg_state_free(struct memcg_state *d);

/*
 * The topmost cgroup with memory.oom.group from the one at path up to, but without, the root: its
 * path goes to top, and 1 is returned. 0: none. Or a negative errno.
 */
int memcg_state_find_group(const struct memcg_tree *tree, const char *path, char *top, size_t size);
