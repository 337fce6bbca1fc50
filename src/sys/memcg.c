/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memcg: the memory cgroups of the machine: where they are mounted, their limits, who is in them. */
#include "sys/memcg.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/procfs.h"

#define MAX_DEPTH 64

/* Undoes \040 and the like of /proc/mounts, in place. */
static void unescape_octal(char *p)
{
	char *out = p;

	while (*p) {
		if (p[0] == '\\' && strspn(p + 1, "01234567") >= 3) {
			*out++ = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
			p += 4;
		} else {
			*out++ = *p++;
		}
	}
	*out = '\0';
}

static bool has_option(const char *options, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = options; *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ','))
		if (strcspn(p, ",") == len && strncmp(p, name, len) == 0)
			return true;
	return false;
}

/* A version 2 tree without the controller (hybrid set-ups) does not count. */
static bool has_memory(int dir)
{
	char buf[512], *save = NULL;

	if (procfs_read(dir, "cgroup.controllers", buf, sizeof(buf)) < 0)
		return false;
	for (char *word = strtok_r(buf, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		if (strcmp(word, "memory") == 0)
			return true;
	return false;
}

int memcg_open(int proc, struct memcg_tree *tree)
{
	static char mounts[256 * 1024];
	char *save = NULL;

	tree->root = -1;
	tree->is_v1 = false;
	if (procfs_read_all(proc, "self/mounts", mounts, sizeof(mounts)) < 0)
		return -ENODEV;
	/* Lines such as "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0". */
	for (char *line = strtok_r(mounts, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *inner = NULL, *where, *kind, *options;
		bool is_v1;

		strtok_r(line, " ", &inner);
		where = strtok_r(NULL, " ", &inner);
		kind = strtok_r(NULL, " ", &inner);
		options = strtok_r(NULL, " ", &inner);
		if (!where || !kind || !options || tree->root >= 0)
			continue;
		is_v1 = strcmp(kind, "cgroup") == 0 && has_option(options, "memory");
		if (!is_v1 && strcmp(kind, "cgroup2") != 0)
			continue;
		unescape_octal(where);
		tree->root = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		tree->is_v1 = is_v1;
		if (tree->root >= 0 && !is_v1 && !has_memory(tree->root))
			memcg_close(tree);
	}
	return tree->root < 0 ? -ENODEV : 0;
}

void memcg_close(struct memcg_tree *tree)
{
	if (tree->root >= 0)
		close(tree->root);
	tree->root = -1;
}

/* A cgroup namespace shows what lies outside of it as "/../other". */
static bool leads_up(const char *path)
{
	for (const char *p = path; *p; p += strcspn(p, "/"), p += strspn(p, "/"))
		if (strcspn(p, "/") == 2 && p[0] == '.' && p[1] == '.')
			return true;
	return false;
}

/* Paths begin with '/', but stay below the root's handle. */
int memcg_open_group(const struct memcg_tree *tree, const char *path)
{
	int dir;

	path += strspn(path, "/");
	if (leads_up(path))
		return -EXDEV;
	dir = openat(tree->root, *path ? path : ".",
		     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	return dir;
}

bool memcg_exists(const struct memcg_tree *tree, const char *path)
{
	int dir = memcg_open_group(tree, path);

	if (dir >= 0)
		close(dir);
	return dir >= 0;
}

int memcg_read_bytes(int dir, const char *name, uint64_t *bytes)
{
	char buf[32];
	ssize_t n = procfs_read(dir, name, buf, sizeof(buf));

	if (n < 0)
		return (int)n;
	*bytes = UINT64_MAX;
	if (buf[0] >= '0' && buf[0] <= '9')
		*bytes = strtoull(buf, NULL, 10);
	return 0;
}

/* "No limit" of version 1 is the largest number that is a whole number of pages. */
int memcg_read_own_limit(const struct memcg_tree *tree, int dir, uint64_t *bytes)
{
	int err =
		memcg_read_bytes(dir, tree->is_v1 ? "memory.limit_in_bytes" : "memory.max", bytes);

	if (!err && tree->is_v1 && *bytes >= INT64_MAX / 65536 * 65536)
		*bytes = UINT64_MAX;
	return err;
}

/* The root of version 2 has no limit and no such file; that of version 1 shows the largest number. */
int memcg_read_limit(const struct memcg_tree *tree, const char *path, uint64_t *bytes)
{
	int dir = memcg_open_group(tree, path), err;

	if (dir < 0)
		return dir;
	*bytes = UINT64_MAX;
	err = memcg_read_own_limit(tree, dir, bytes);
	close(dir);
	return err == -ENOENT ? 0 : err;
}

static int each_process(int dir, int depth, int (*found)(void *arg, pid_t pid), void *arg)
{
	int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC), stop = 0, sub;
	FILE *procs = fd >= 0 ? fdopen(fd, "r") : NULL;
	struct dirent *d;
	int pid;
	DIR *list;

	while (!stop && procs && fscanf(procs, "%d", &pid) == 1)
		stop = found(arg, pid);
	if (procs)
		fclose(procs);
	list = !stop && depth < MAX_DEPTH ? fdopendir(dup(dir)) : NULL;
	while (list && !stop && (d = readdir(list))) {
		if (d->d_type != DT_DIR || d->d_name[0] == '.')
			continue;
		sub = openat(dir, d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub < 0)
			continue;
		stop = each_process(sub, depth + 1, found, arg);
		close(sub);
	}
	if (list)
		closedir(list);
	return stop;
}

int memcg_each_process(const struct memcg_tree *tree, const char *path,
		       int (*found)(void *arg, pid_t pid), void *arg)
{
	int dir = memcg_open_group(tree, path), stop;

	if (dir < 0)
		return -ENOENT;
	stop = each_process(dir, 0, found, arg);
	close(dir);
	return stop;
}

/* One walk over the tree, a path that grows and shrinks. */
struct walk {
	const struct memcg_tree *tree;
	void (*found)(void *arg, const char *path, uint64_t limit, uint64_t usage);
	void *arg;
	char path[4096];
};

static void visit(struct walk *w, int dir, int depth)
{
	size_t len = strlen(w->path);
	uint64_t limit, usage = 0;
	struct dirent *d;
	DIR *list;
	int sub;

	if (memcg_read_own_limit(w->tree, dir, &limit) == 0 && limit != UINT64_MAX &&
	    memcg_read_bytes(dir, w->tree->is_v1 ? "memory.usage_in_bytes" : "memory.current",
			     &usage) == 0)
		w->found(w->arg, w->path, limit, usage);
	list = depth < MAX_DEPTH ? fdopendir(dup(dir)) : NULL;
	while (list && (d = readdir(list))) {
		if (d->d_type != DT_DIR || d->d_name[0] == '.' ||
		    len + strlen(d->d_name) + 2 > sizeof(w->path))
			continue;
		sub = openat(dir, d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub < 0)
			continue;
		snprintf(w->path + len, sizeof(w->path) - len, "/%s", d->d_name);
		visit(w, sub, depth + 1);
		w->path[len] = '\0';
		close(sub);
	}
	if (list)
		closedir(list);
}

void memcg_each_limited(const struct memcg_tree *tree,
			void (*found)(void *arg, const char *path, uint64_t limit, uint64_t usage),
			void *arg)
{
	struct walk w = { .tree = tree, .found = found, .arg = arg };

	visit(&w, tree->root, 0);
}
