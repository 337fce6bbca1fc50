/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memcg: the memory cgroups of the machine: mount point, limits, processes. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What -ENODEV of memcg_open() means. */
#define MEMCG_MISSING                                                                     \
	"no hierarchy with the memory controller is mounted, or the kernel has none (no " \
	"CONFIG_MEMCG, or booted with cgroup_disable=memory)"

/* The hierarchy with the memory controller. */
struct memcg_tree {
	int root; /* handle of its mount point; -1: none */
	bool is_v1;
	pid_t self; /* this process; 0: unknown */
};

/*
 * proc: a handle of /proc. -ENODEV: no hierarchy with the memory controller is mounted; others: it
 * is unknown.
 */
int memcg_open(int proc, struct memcg_tree *tree);
void memcg_close(struct memcg_tree *tree);

/*
 * A handle of the cgroup at path, from the root of the hierarchy, or a negative errno. -ENOENT: no
 * such cgroup. -EXDEV: outside of this cgroup namespace.
 */
int memcg_open_group(const struct memcg_tree *tree, const char *path);

/* The limit of the cgroup dir in bytes; UINT64_MAX: none. -ENOENT: it lacks the controller. */
int memcg_read_own_limit(const struct memcg_tree *tree, int dir, uint64_t *bytes);

/* A file with a number of bytes, or "max": UINT64_MAX. 0 or a negative errno. */
int memcg_read_bytes(int dir, const char *name, uint64_t *bytes);

/*
 * memory.oom.group of the cgroup dir, since Linux 4.19. -ENOENT: the root, a cgroup without the
 * memory controller, an older kernel, or version 1.
 */
int memcg_read_group(int dir, bool *is_group);
int memcg_write_group(int dir, bool is_group);

bool memcg_exists(const struct memcg_tree *tree, const char *path);

/* The limit of the cgroup at path in bytes; UINT64_MAX: none. -ENOENT: no such cgroup. */
int memcg_read_limit(const struct memcg_tree *tree, const char *path, uint64_t *bytes);

/* Errors for a cgroup that was removed meanwhile. */
static inline bool memcg_is_gone(int err)
{
	return err == -ENOENT || err == -ENODEV;
}

/*
 * Calls found for the processes of one cgroup, dir. Stops at a non-zero result and returns it, or a
 * negative errno.
 */
int memcg_each_member(int dir, int (*found)(void *arg, pid_t pid), void *arg);

/* A cgroup on the path to the one that is visited. */
struct memcg_level {
	size_t mark; /* for the visitor, like the next two; 0 before enter() */
	uint32_t group;
	bool is_mixed;
	ino_t inode; /* the following are for the walk */
	struct memcg_child *children;
	char *names;
	size_t n, next, room, names_room;
};

/* The memory of a walk, which the next one uses again; all 0 before the first. */
struct memcg_levels {
	struct memcg_level *list;
	size_t n, room;
};

struct memcg_visit {
	/*
	 * name and above, the cgroup above, are NULL for the top. A result above 0 or -ENOMEM ends
	 * the walk, which returns it; another negative errno is returned at its end.
	 */
	int (*enter)(void *arg, int dir, const char *name, struct memcg_level *level,
		     struct memcg_level *above);
	/* Called when all cgroups below were visited. NULL: nothing to do. */
	void (*leave)(void *arg, struct memcg_level *level);
	void *arg;
	struct memcg_levels *levels; /* NULL: each walk has its own */
};

/*
 * Visits the cgroup top and all below it, at any depth, siblings in the order of their creation. It
 * needs four descriptors. 0, or see enter(); a negative errno: not all could be visited.
 */
int memcg_walk(int top, const struct memcg_visit *visit);

void memcg_free_levels(struct memcg_levels *levels);

/*
 * Calls found for the processes of the cgroup at path and of all below it, but not for this
 * process: it will have exited when memory runs out. As memcg_walk().
 */
int memcg_each_process(const struct memcg_tree *tree, const char *path,
		       int (*found)(void *arg, pid_t pid), void *arg);

/* Calls found for each cgroup with a limit. 0; a negative errno: not for all. */
int memcg_each_limited(const struct memcg_tree *tree,
		       void (*found)(void *arg, const char *path, uint64_t limit, uint64_t usage),
		       void *arg);
