/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memcg_state: the limit of a memory cgroup, and its processes in the kernel's order. */
#include "sys/cgroup/memcg_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "sys/proc/procfs.h"

struct state_walk {
	const struct memcg_tree *tree;
	struct memcg_state *d;
	uint32_t groups; /* numbers given so far */
	uint32_t group;  /* of the visited cgroup */
};

/* 1, 0 or a negative errno. */
static int is_one(int dir, const char *name)
{
	char buf[16];
	ssize_t n = procfs_read(dir, name, buf, sizeof(buf));

	if (n <= 0)
		return memcg_is_gone((int)n) ? 0 : n ? (int)n : -EIO;
	return buf[0] == '1';
}

static int add_member(void *arg, pid_t pid)
{
	struct state_walk *w = arg;
	struct memcg_state *d = w->d;

	if (array_grow(&d->members, &d->room, d->n + 1))
		return -ENOMEM;
	/* Version 1 lists processes by PID, not in the kernel's order. */
	d->members[d->n++] = (struct memcg_state_member){ pid, w->group, !w->tree->is_v1 };
	return 0;
}

static int enter(void *arg, int dir, const char *name, struct memcg_level *level,
		 struct memcg_level *above)
{
	struct state_walk *w = arg;
	int has_limit = 0, is_group = 0, err;
	uint64_t limit;

	(void)name;
	level->mark = w->d->n;
	/* Without the controller its processes are the parent's, mixed in an unknown order. */
	if (above) {
		level->group = above->group;
		has_limit = memcg_read_own_limit(w->tree, dir, &limit);
		above->is_mixed |= has_limit != 0;
	}
	if (!level->group)
		is_group = is_one(dir, "memory.oom.group");
	if (is_group > 0)
		level->group = ++w->groups;
	w->group = level->group;
	err = memcg_each_member(dir, add_member, w);
	if (err)
		return err;
	return is_group < 0 ? is_group : memcg_is_gone(has_limit) ? 0 : has_limit;
}

static void leave(void *arg, struct memcg_level *level)
{
	const struct state_walk *w = arg;

	for (size_t i = level->mark; level->is_mixed && i < w->d->n; i++)
		w->d->members[i].is_placed = false;
}

/* The lists of file pages contain lazily freed pages (MADV_FREE), too. */
static void read_reclaimable(int dir, uint64_t page_size, struct memcg_state *d)
{
	static const char *const files[] = { "active_file", "inactive_file", "total_active_file",
					     "total_inactive_file" };
	char buf[PROCFS_BUF];
	uint64_t bytes, cache = 0, shmem = 0, fixed = 0;

	/* From 5.13 to 6.15, the kernel then adds up the counts of all CPUs in any case. */
	procfs_read_all(dir, "cpu.stat", buf, sizeof(buf));
	if (procfs_read_all(dir, "memory.stat", buf, sizeof(buf)) <= 0) {
		d->reclaim_file = d->reclaim_shmem = UINT64_MAX / page_size;
		return;
	}
	/* Version 1 has other names for the sums of the tree, which include the cgroup's own. */
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (procfs_find_number(buf, files[i], &bytes))
			d->reclaim_file += bytes / page_size;
	if (!procfs_find_number(buf, "total_shmem", &shmem))
		procfs_find_number(buf, "shmem", &shmem);
	if (!procfs_find_number(buf, "total_cache", &cache))
		procfs_find_number(buf, "file", &cache);
	if (!procfs_find_number(buf, "total_unevictable", &fixed))
		procfs_find_number(buf, "unevictable", &fixed);
	/* Pages are on no list at first: each CPU has some that it will add (lru_add_drain()). */
	if (cache > shmem + fixed && (cache - shmem - fixed) / page_size > d->reclaim_file)
		d->reclaim_file = (cache - shmem - fixed) / page_size;
	d->reclaim_shmem = memcg_limit_min(shmem / page_size, d->swap_left);
}

/* A file that may be missing, which leaves *value unchanged. */
static int read_optional(int dir, const char *name, uint64_t *value)
{
	int err = memcg_read_bytes(dir, name, value);

	return err == -ENOENT ? 0 : err;
}

static int read_limits(int proc, const struct memcg_tree *tree, int dir, uint64_t swap_bytes,
		       uint64_t page_size, struct memcg_state *d)
{
	struct memcg_limit *l = &d->limit;
	uint64_t used = 0, allowed;
	char buf[128];
	ssize_t n;
	int err;

	*l = (struct memcg_limit){ tree->is_v1, MEMCG_LIMIT_NONE, MEMCG_LIMIT_NONE,
				   MEMCG_LIMIT_NONE, 60 };
	err = memcg_read_own_limit(tree, dir, &l->memory);
	if (err)
		return err == -ENOENT ? -EOPNOTSUPP : err;
	/* memory.memsw.usage_in_bytes includes memory. */
	if (tree->is_v1) {
		err = read_optional(dir, "memory.usage_in_bytes", &d->usage_bytes);
		err = err ? err : read_optional(dir, "memory.memsw.limit_in_bytes", &l->memsw);
		err = err ? err : read_optional(dir, "memory.memsw.usage_in_bytes", &used);
		err = err ? err : read_optional(dir, "memory.swappiness", &l->swappiness);
		/* "oom_kill_disable 1" */
		n = procfs_read(dir, "memory.oom_control", buf, sizeof(buf));
		d->is_kill_disabled = n > 17 && buf[17] == '1';
		if (n < 0 && n != -ENOENT)
			err = (int)n;
	} else {
		err = read_optional(dir, "memory.current", &d->usage_bytes);
		err = err ? err : read_optional(dir, "memory.swap.max", &l->swap);
		err = err ? err : read_optional(dir, "memory.swap.current", &used);
		err = err ? err : read_optional(proc, "sys/vm/swappiness", &l->swappiness);
	}
	allowed = tree->is_v1 ? l->memsw : l->swap;
	allowed -= memcg_limit_min(used, allowed);
	d->swap_left = memcg_limit_min(allowed, swap_bytes) / page_size;
	return err;
}

int memcg_state_read_again(int proc, const struct memcg_tree *tree, int dir, uint64_t swap_bytes,
			   uint64_t page_size, struct memcg_state *d)
{
	struct state_walk w = { .tree = tree, .d = d };
	const struct memcg_visit visit = { .enter = enter,
					   .leave = leave,
					   .arg = &w,
					   .levels = &d->levels };
	int err;

	*d = (struct memcg_state){ .members = d->members, .room = d->room, .levels = d->levels };
	err = read_limits(proc, tree, dir, swap_bytes, page_size, d);
	if (err)
		return err;
	read_reclaimable(dir, page_size, d);
	d->unread = memcg_walk(dir, &visit);
	return d->unread == -ENOMEM ? -ENOMEM : 0;
}

int memcg_state_read(int proc, const struct memcg_tree *tree, const char *path, uint64_t swap_bytes,
		     uint64_t page_size, struct memcg_state *d)
{
	int dir, err;

	memset(d, 0, sizeof(*d));
	dir = memcg_open_group(tree, path);
	if (dir < 0)
		return dir == -ENOTDIR ? -ENOENT : dir;
	err = memcg_state_read_again(proc, tree, dir, swap_bytes, page_size, d);
	close(dir);
	return err;
}

void memcg_state_free(struct memcg_state *d)
{
	free(d->members);
	memcg_free_levels(&d->levels);
	memset(d, 0, sizeof(*d));
}

int memcg_state_find_group(const struct memcg_tree *tree, const char *path, char *top, size_t size)
{
	size_t len = 0;

	/* From the top down: the first one found is the topmost. */
	for (len += strspn(path, "/"); path[len]; len += strspn(path + len, "/")) {
		int dir, found;

		len += strcspn(path + len, "/");
		if (len >= size)
			return -ENAMETOOLONG;
		memcpy(top, path, len);
		top[len] = '\0';
		dir = memcg_open_group(tree, top);
		if (dir < 0)
			return dir;
		found = is_one(dir, "memory.oom.group");
		close(dir);
		if (found)
			return found;
	}
	return 0;
}
