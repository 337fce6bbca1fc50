/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memcg_state: the limit of a memory cgroup, and its processes in the kernel's order. */
#pragma once

#include <stddef.h>

#include "oom/rules/memcg_limit.h"
#include "sys/cgroup/memcg.h"

struct memcg_state_member {
	pid_t pid;      /* 0: of another PID namespace */
	uint32_t group; /* equal and not 0: killed together by memory.oom.group */
	bool is_placed; /* its place in the order is known */
};

struct memcg_state {
	struct memcg_limit limit;
	uint64_t usage_bytes;
	bool is_kill_disabled;              /* by memory.oom_control of version 1 */
	uint64_t reclaim_file;              /* pages of files that can be reclaimed before a kill */
	uint64_t reclaim_shmem;             /* pages of shared memory that can be swapped out */
	uint64_t swap_left;                 /* pages that can still be swapped out */
	struct memcg_state_member *members; /* in the order of the kernel's scan */
	size_t n, room;
	int unread; /* a negative errno: not all of it could be read */
	struct memcg_levels levels;
};

/*
 * Reads the cgroup at path and those below it. swap_bytes, page_size: the machine's. -ENOENT: no
 * such cgroup; -EXDEV: outside of this cgroup namespace; -EOPNOTSUPP: it lacks the memory
 * controller; -ENOMEM; others as the system gives them. Free d by memcg_state_free(), also after an
 * error.
 */
int memcg_state_read(int proc, const struct memcg_tree *tree, const char *path, uint64_t swap_bytes,
		     uint64_t page_size, struct memcg_state *d);

/*
 * The same for a program that reads often: d was read before, and memory is allocated only if there
 * is more of the cgroup now. dir: its handle.
 */
int memcg_state_read_again(int proc, const struct memcg_tree *tree, int dir, uint64_t swap_bytes,
			   uint64_t page_size, struct memcg_state *d);

void memcg_state_free(struct memcg_state *d);

/*
 * Finds the topmost cgroup with memory.oom.group from path up, without the root: 1, with its path
 * in top; 0: none; or a negative errno.
 */
int memcg_state_find_group(const struct memcg_tree *tree, const char *path, char *top, size_t size);
