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
static int open_group(const struct memcg_tree *tree, const char *path)
{
	path += strspn(path, "/");
	if (leads_up(path))
		return -ENOENT;
	return openat(tree->root, *path ? path : ".",
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

bool memcg_exists(const struct memcg_tree *tree, const char *path)
{
	int dir = open_group(tree, path);

	if (dir >= 0)
		close(dir);
	return dir >= 0;
}

int memcg_read_limit(const struct memcg_tree *tree, const char *path, uint64_t *bytes)
{
	int dir = open_group(tree, path);
	char buf[32];
	ssize_t n;

	if (dir < 0)
		return errno ? -errno : dir;
	n = procfs_read(dir, tree->is_v1 ? "memory.limit_in_bytes" : "memory.max", buf,
			sizeof(buf));
	close(dir);
	/* The root of version 2 has no limit and no such file; that of version 1 shows the largest number. */
	*bytes = UINT64_MAX;
	if (n > 0 && buf[0] >= '0' && buf[0] <= '9')
		*bytes = strtoull(buf, NULL, 10);
	if (tree->is_v1 && *bytes >= INT64_MAX / 4096 * 4096)
		*bytes = UINT64_MAX;
	return n < 0 && n != -ENOENT ? (int)n : 0;
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
	int dir = open_group(tree, path), stop;

	if (dir < 0)
		return -ENOENT;
	stop = each_process(dir, 0, found, arg);
	close(dir);
	return stop;
}
