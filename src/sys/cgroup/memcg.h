/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memcg: the memory cgroups of the machine: where they are mounted, their limits, who is in them.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The hierarchy with the memory controller. */
struct memcg_tree {
	int root; /* handle of its mount point; -1: none */
	bool is_v1;
};

/*
 * -ENODEV: no hierarchy with a memory controller is mounted; others: it can't be told. proc: a
 * handle of /proc.
 */
int memcg_open(int proc, struct memcg_tree *tree);
void memcg_close(struct memcg_tree *tree);

/*
 * A handle of the cgroup at path, which counts from the root of the hierarchy, or a negative errno.
 * -ENOENT: no such cgroup. -EXDEV: the path leads out of this cgroup namespace.
 */
int memcg_open_group(const struct memcg_tree *tree, const char *path);

/*
 * The limit of the cgroup that dir is a handle of, in bytes; UINT64_MAX: none. -ENOENT: the memory
 * controller is not in it.
 */
int memcg_read_own_limit(const struct memcg_tree *tree, int dir, uint64_t *bytes);

/* A file of a cgroup that holds a number of bytes, or "max": UINT64_MAX. 0 or a negative errno. */
int memcg_read_bytes(int dir, const char *name, uint64_t *bytes);

bool memcg_exists(const struct memcg_tree *tree, const char *path);

/* The limit of the cgroup at path in bytes; UINT64_MAX: none. -ENOENT: no such cgroup. */
int memcg_read_limit(const struct memcg_tree *tree, const char *path, uint64_t *bytes);

/* What a file or a directory of a cgroup gives that was removed meanwhile. */
static inline bool memcg_is_gone(int err)
{
	return err == -ENOENT || err == -ENODEV;
}

/*
 * Calls found for the processes of one cgroup, dir; stops when it returns non-zero and returns
 * that. Or a negative errno.
 */
int memcg_each_member(int dir, int (*found)(void *arg, pid_t pid), void *arg);

/* A cgroup on the way down to the one that is visited. */
struct memcg_level {
	size_t mark; /* the visitor's, 0 before it enters, as are the next two */
	uint32_t group;
	bool is_mixed;
	ino_t inode; /* from here on the walk's */
	struct memcg_child *children;
	size_t n, room, next;
};

struct memcg_visit {
	/*
	 * dir: its directory; name: NULL of the top; above: of the cgroup above; NULL: the top.
	 * More than 0 or -ENOMEM ends the walk, and is what it returns; another negative errno is
	 * returned at its end.
	 */
	int (*enter)(void *arg, int dir, const char *name, struct memcg_level *level,
		     struct memcg_level *above);
	void (*leave)(void *arg,
		      struct memcg_level *level); /* all below was visited; NULL: nothing to do */
	void *arg;
};

/*
 * Visits the cgroup top and all below it, at any depth, those of one cgroup in the order of their
 * making. It takes four descriptors. 0, or see enter(); a negative errno: not all could be visited.
 */
int memcg_walk(int top, const struct memcg_visit *visit);

/* Calls found for the processes of the cgroup at path and of all below it. As memcg_walk(). */
int memcg_each_process(const struct memcg_tree *tree, const char *path,
		       int (*found)(void *arg, pid_t pid), void *arg);

/*
 * Calls found for each cgroup with a limit: its path, the limit, and what it uses. 0; a negative
 * errno: not for all.
 */
int memcg_each_limited(const struct memcg_tree *tree,
		       void (*found)(void *arg, const char *path, uint64_t limit, uint64_t usage),
		       void *arg);
