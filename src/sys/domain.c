/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domain: what a choice within one memory cgroup depends on. */
#include "sys/domain.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/procfs.h"

#define MAX_DEPTH 64

struct walk {
	const struct memcg_tree *tree;
	struct domain *d;
	size_t max;
	uint32_t groups; /* numbers given so far */
};

/* A cgroup below, to be visited by the number of its directory: the kernel visits in the order of their making. */
struct child {
	ino_t inode;
	char *name;
};

static bool is_one(int dir, const char *name)
{
	char buf[16];

	return procfs_read(dir, name, buf, sizeof(buf)) > 0 && buf[0] == '1';
}

static int add_member(struct walk *w, pid_t pid, uint32_t group)
{
	struct domain *d = w->d;

	if (d->n == w->max) {
		size_t more = w->max ? 2 * w->max : 64;
		struct domain_member *grown = reallocarray(d->members, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		d->members = grown;
		w->max = more;
	}
	/* Version 1 shows its processes by PID, which says nothing of the scan. */
	d->members[d->n++] = (struct domain_member){ pid, group, !w->tree->is_v1 };
	return 0;
}

static int add_members(struct walk *w, int dir, uint32_t group)
{
	int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC), err = 0, pid;
	FILE *procs = fd >= 0 ? fdopen(fd, "r") : NULL;

	while (!err && procs && fscanf(procs, "%d", &pid) == 1)
		err = add_member(w, pid, group);
	if (procs)
		fclose(procs);
	return err;
}

static int compare_children(const void *va, const void *vb)
{
	const struct child *a = va, *b = vb;

	return (a->inode > b->inode) - (a->inode < b->inode);
}

static int list_children(int dir, struct child **children, size_t *n)
{
	DIR *list = fdopendir(dup(dir));
	struct child *grown;
	struct dirent *d;
	int err = 0;

	while (!err && list && (d = readdir(list))) {
		if (d->d_type != DT_DIR || d->d_name[0] == '.')
			continue;
		grown = reallocarray(*children, *n + 1, sizeof(*grown));
		if (grown) {
			*children = grown;
			grown[*n] = (struct child){ d->d_ino, strdup(d->d_name) };
		}
		err = grown && grown[*n].name ? 0 : -ENOMEM;
		*n += !err;
	}
	if (list)
		closedir(list);
	if (*n)
		qsort(*children, *n, sizeof(**children), compare_children);
	return err;
}

static int visit(struct walk *w, int dir, uint32_t group, int depth);

/* Without the memory controller its processes are the parent's, mixed with them in an order that is not shown. */
static int visit_child(struct walk *w, int dir, const char *name, uint32_t group, int depth,
		       bool *is_mixed)
{
	int sub = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), err;
	uint64_t limit;

	if (sub < 0)
		return 0;
	if (memcg_read_own_limit(w->tree, sub, &limit) == -ENOENT)
		*is_mixed = true;
	err = visit(w, sub, group, depth + 1);
	close(sub);
	return err;
}

static int visit(struct walk *w, int dir, uint32_t group, int depth)
{
	struct child *children = NULL;
	size_t first = w->d->n, n = 0;
	bool is_mixed = false;
	int err;

	if (!group && is_one(dir, "memory.oom.group"))
		group = ++w->groups;
	err = add_members(w, dir, group);
	if (!err && depth < MAX_DEPTH)
		err = list_children(dir, &children, &n);
	for (size_t i = 0; i < n; i++) {
		if (!err)
			err = visit_child(w, dir, children[i].name, group, depth, &is_mixed);
		free(children[i].name);
	}
	free(children);
	for (size_t i = first; is_mixed && i < w->d->n; i++)
		w->d->members[i].is_placed = false;
	return err;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Pages of the inactive and active lists of files, those freed lazily by their owner among them. */
static void read_reclaimable(int dir, uint64_t page_size, struct domain *d)
{
	static const char *const files[] = { "active_file", "inactive_file", "total_active_file",
					     "total_inactive_file" };
	char buf[PROCFS_BUF];
	uint64_t bytes;

	if (procfs_read_all(dir, "memory.stat", buf, sizeof(buf)) <= 0) {
		d->reclaim_file = d->reclaim_shmem = UINT64_MAX / page_size;
		return;
	}
	/* Version 1 has the sums of the tree under names of their own, larger than those without. */
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (procfs_find_number(buf, files[i], &bytes))
			d->reclaim_file += bytes / page_size;
	if (procfs_find_number(buf, "total_shmem", &bytes) ||
	    procfs_find_number(buf, "shmem", &bytes))
		d->reclaim_shmem = smaller(bytes / page_size, d->swap_left);
}

static int read_limits(int proc, const struct memcg_tree *tree, int dir, uint64_t swap_bytes,
		       uint64_t page_size, struct domain *d)
{
	struct limit *l = &d->limit;
	uint64_t used = 0, allowed;
	char buf[64];
	int err;

	*l = (struct limit){ tree->is_v1, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, 60 };
	err = memcg_read_own_limit(tree, dir, &l->memory);
	if (err)
		return err == -ENOENT ? -EOPNOTSUPP : err;
	memcg_read_bytes(dir, tree->is_v1 ? "memory.usage_in_bytes" : "memory.current",
			 &d->usage_bytes);
	if (tree->is_v1) {
		memcg_read_bytes(dir, "memory.memsw.limit_in_bytes", &l->memsw);
		procfs_read_number(dir, "memory.swappiness", &l->swappiness);
		/* "oom_kill_disable 1" */
		d->is_kill_disabled = procfs_read(dir, "memory.oom_control", buf, sizeof(buf)) >
					      17 &&
				      buf[17] == '1';
	} else {
		memcg_read_bytes(dir, "memory.swap.max", &l->swap);
		procfs_read_number(proc, "sys/vm/swappiness", &l->swappiness);
	}
	/* memory.memsw.usage_in_bytes includes memory: the rest of its limit is what swap may take. */
	if (tree->is_v1)
		memcg_read_bytes(dir, "memory.memsw.usage_in_bytes", &used);
	else
		memcg_read_bytes(dir, "memory.swap.current", &used);
	allowed = tree->is_v1 ? l->memsw : l->swap;
	d->swap_left = smaller(allowed > used ? allowed - used : 0, swap_bytes) / page_size;
	return 0;
}

int domain_read(int proc, const struct memcg_tree *tree, const char *path, uint64_t swap_bytes,
		uint64_t page_size, struct domain *d)
{
	struct walk w = { .tree = tree, .d = d };
	int dir, err;

	memset(d, 0, sizeof(*d));
	dir = memcg_open_group(tree, path);
	if (dir < 0)
		return dir == -ENOTDIR ? -ENOENT : dir;
	err = read_limits(proc, tree, dir, swap_bytes, page_size, d);
	if (!err)
		read_reclaimable(dir, page_size, d);
	if (!err)
		err = visit(&w, dir, 0, 0);
	close(dir);
	return err;
}

void domain_free(struct domain *d)
{
	free(d->members);
	memset(d, 0, sizeof(*d));
}

bool domain_find_group(const struct memcg_tree *tree, const char *path, char *top, size_t size)
{
	size_t len = 0;

	/* From the top down: the first that says so is the topmost. */
	for (len += strspn(path, "/"); path[len]; len += strspn(path + len, "/")) {
		bool found;
		int dir;

		len += strcspn(path + len, "/");
		if (len >= size)
			return false;
		memcpy(top, path, len);
		top[len] = '\0';
		dir = memcg_open_group(tree, top);
		if (dir < 0)
			return false;
		found = is_one(dir, "memory.oom.group");
		close(dir);
		if (found)
			return true;
	}
	return false;
}
