/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memcg: the memory cgroups of the machine: where they are mounted, their limits, who is in them. */
#ifndef SYS_MEMCG_H
#define SYS_MEMCG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The hierarchy with the memory controller. */
struct memcg_tree {
	int root; /* handle of its mount point; -1: none */
	bool is_v1;
};

/* -ENODEV: no hierarchy with a memory controller is mounted. proc: a handle of /proc. */
int memcg_open(int proc, struct memcg_tree *tree);
void memcg_close(struct memcg_tree *tree);

/*
 * A handle of the cgroup at path, which counts from the root of the hierarchy, or a negative errno. -ENOENT: no such
 * cgroup. -EXDEV: the path leads out of this cgroup namespace.
 */
int memcg_open_group(const struct memcg_tree *tree, const char *path);

/* The limit of the cgroup that dir is a handle of, in bytes; UINT64_MAX: none. -ENOENT: the memory controller is not in it. */
int memcg_read_own_limit(const struct memcg_tree *tree, int dir, uint64_t *bytes);

/* A file of a cgroup that holds a number of bytes, or "max": UINT64_MAX. 0 or a negative errno. */
int memcg_read_bytes(int dir, const char *name, uint64_t *bytes);

bool memcg_exists(const struct memcg_tree *tree, const char *path);

/* The limit of the cgroup at path in bytes; UINT64_MAX: none. -ENOENT: no such cgroup. */
int memcg_read_limit(const struct memcg_tree *tree, const char *path, uint64_t *bytes);

/*
 * Calls found for the processes of the cgroup at path and of all below it, in no order; stops at a non-zero result
 * and returns it. Bounded in depth by what the kernel allows.
 */
int memcg_each_process(const struct memcg_tree *tree, const char *path,
		       int (*found)(void *arg, pid_t pid), void *arg);

/*
 * Calls found for each cgroup with a limit: its path, the limit, and what it uses; in no order. Bounded in depth by what
 * the kernel allows.
 */
void memcg_each_limited(const struct memcg_tree *tree,
			void (*found)(void *arg, const char *path, uint64_t limit, uint64_t usage),
			void *arg);

#endif
