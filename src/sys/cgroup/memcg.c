/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memcg: the memory cgroups of the machine: mount point, limits, processes. */
#include "sys/cgroup/memcg.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "sys/proc/procfs.h"

/* -ENODEV: not the wanted hierarchy. */
static int try_mount(const struct mntent *mount, struct memcg_tree *tree)
{
	char buf[512], *save = NULL;
	bool has_memory = false;
	ssize_t n = 0;

	tree->is_v1 = strcmp(mount->mnt_type, "cgroup") == 0 && hasmntopt(mount, "memory");
	if (!tree->is_v1 && strcmp(mount->mnt_type, "cgroup2") != 0)
		return -ENODEV;
	tree->root = open(mount->mnt_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree->root < 0)
		return errno == ENOENT ? -ENODEV : -errno;
	if (tree->is_v1)
		return 0;
	/* A version 2 tree may lack the controller (hybrid set-ups). */
	n = procfs_read(tree->root, "cgroup.controllers", buf, sizeof(buf));
	for (char *word = n > 0 ? strtok_r(buf, " \n", &save) : NULL; word && !has_memory;
	     word = strtok_r(NULL, " \n", &save))
		has_memory = strcmp(word, "memory") == 0;
	if (has_memory)
		return 0;
	memcg_close(tree);
	return n < 0 && n != -ENOENT ? (int)n : -ENODEV;
}

int memcg_open(int proc, struct memcg_tree *tree)
{
	int fd = openat(proc, "self/mounts", O_RDONLY | O_CLOEXEC), err = -ENODEV, tried;
	FILE *mounts = fd >= 0 ? fdopen(fd, "r") : NULL;
	/* A path of PATH_MAX bytes, each written as \ooo. The rest of a longer line is dropped. */
	char line[5 * PATH_MAX];
	struct mntent mount;

	*tree = (struct memcg_tree){ .root = -1 };
	if (!mounts) {
		err = errno == ENOENT ? -ENODEV : -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	tree->self = procfs_self(proc);
	while (tree->root < 0 && getmntent_r(mounts, &mount, line, sizeof(line))) {
		tried = try_mount(&mount, tree);
		if (tried != -ENODEV)
			err = tried;
	}
	if (tree->root < 0 && !feof(mounts))
		err = -EIO;
	fclose(mounts);
	return err;
}

void memcg_close(struct memcg_tree *tree)
{
	if (tree->root >= 0)
		close(tree->root);
	tree->root = -1;
}

/* Paths begin with '/', but are relative to the root's handle. */
int memcg_open_group(const struct memcg_tree *tree, const char *path)
{
	int dir;

	path += strspn(path, "/");
	/* A cgroup outside of the namespace is shown as "/../other". */
	for (const char *p = path; *p; p += strcspn(p, "/"), p += strspn(p, "/"))
		if (strcspn(p, "/") == 2 && p[0] == '.' && p[1] == '.')
			return -EXDEV;
	dir = openat(tree->root, *path ? path : ".",
		     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return dir < 0 ? -errno : dir;
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
	else if (strncmp(buf, "max", 3) != 0)
		return -EIO;
	return 0;
}

#define GROUP_FILE "memory.oom.group"

int memcg_read_group(int dir, bool *is_group)
{
	uint64_t number = 0;
	int err = memcg_read_bytes(dir, GROUP_FILE, &number);

	*is_group = number == 1;
	return err;
}

int memcg_write_group(int dir, bool is_group)
{
	int fd = openat(dir, GROUP_FILE, O_WRONLY | O_NOFOLLOW | O_CLOEXEC), err;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, is_group ? "1" : "0", 1);
	err = n < 0 ? -errno : n == 1 ? 0 : -EIO;
	close(fd);
	return err;
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

/* The root of version 2 has no such file; that of version 1 has the largest number. */
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

/*
 * A cgroup that is being removed has no files; processes of a threaded cgroup are listed in a
 * parent.
 */
int memcg_each_member(int dir, int (*found)(void *arg, pid_t pid), void *arg)
{
	int stop = procfs_each_number(dir, "cgroup.procs", found, arg);

	return memcg_is_gone(stop) || stop == -EOPNOTSUPP ? 0 : stop;
}

/* Inode numbers are in the order of creation, in which the kernel visits siblings. */
struct memcg_child {
	ino_t inode;
	size_t name; /* in names */
};

/* Moves a child down until none below it was created later. */
static void sift(struct memcg_child *list, size_t at, size_t n)
{
	struct memcg_child moved = list[at];

	for (size_t next; (next = 2 * at + 1) < n; at = next) {
		next += next + 1 < n && list[next + 1].inode > list[next].inode;
		if (list[next].inode <= moved.inode)
			break;
		list[at] = list[next];
	}
	list[at] = moved;
}

/* By heapsort, as qsort(3) can allocate memory. */
static void sort_children(struct memcg_child *list, size_t n)
{
	for (size_t at = n / 2; at > 0; at--)
		sift(list, at - 1, n);
	for (size_t end = n; end > 1; end--) {
		struct memcg_child last = list[0];

		list[0] = list[end - 1];
		list[end - 1] = last;
		sift(list, 0, end - 1);
	}
}

static int add_child(struct memcg_level *level, const struct dirent64 *d, size_t *names)
{
	size_t size = strlen(d->d_name) + 1;

	if (d->d_type != DT_DIR || !strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
		return 0;
	if (array_grow(&level->names, &level->names_room, *names + size) ||
	    array_grow(&level->children, &level->room, level->n + 1))
		return -ENOMEM;
	memcpy(level->names + *names, d->d_name, size);
	level->children[level->n++] = (struct memcg_child){ d->d_ino, *names };
	*names += size;
	return 0;
}

static int list_children(int dir, struct memcg_level *level)
{
	_Alignas(struct dirent64) char buf[8192];
	size_t names = 0;
	ssize_t n;
	int err = 0;

	/* Nothing was read from this handle yet. */
	while (!err && (n = getdents64(dir, buf, sizeof(buf))) != 0) {
		if (n < 0)
			err = -errno;
		for (ssize_t at = 0; !err && at < n;) {
			const struct dirent64 *d = (const struct dirent64 *)(buf + at);

			err = add_child(level, d, &names);
			at += d->d_reclen;
		}
	}
	sort_children(level->children, level->n);
	return memcg_is_gone(err) ? 0 : err;
}

/* Only names of the path to dir are kept; parents are opened again by "..". */
struct tree_walk {
	const struct memcg_visit *visit;
	struct memcg_levels *levels;
	size_t depth;
	int dir, stop; /* what a visit returned */
	int err;       /* the first error */
};

static void note(struct tree_walk *w, int err)
{
	if (err && !w->err)
		w->err = err;
}

/* Replaces the visited directory by its parent or child. */
static void move_to(struct tree_walk *w, int dir)
{
	if (w->dir >= 0)
		close(w->dir);
	w->dir = dir;
}

/* One level more, with the memory that it had before. 0 or -ENOMEM. */
static int add_level(struct tree_walk *w, ino_t inode)
{
	struct memcg_levels *all = w->levels;
	struct memcg_level *level;

	if (array_grow(&all->list, &all->room, w->depth + 1))
		return -ENOMEM;
	level = &all->list[w->depth];
	if (w->depth == all->n) {
		memset(level, 0, sizeof(*level));
		all->n++;
	}
	level->inode = inode;
	level->mark = level->n = level->next = 0;
	level->group = 0;
	level->is_mixed = false;
	w->depth++;
	return 0;
}

/* inode: the number that the directory must have; 0: the top. Consumes dir. */
static void go_down(struct tree_walk *w, int dir, const char *name, ino_t inode)
{
	struct memcg_level *above, *level;
	struct stat st;
	int result;

	/* Another cgroup has the name now, or is mounted over it. */
	if (fstat(dir, &st) || (inode && st.st_ino != inode))
		result = -ESTALE;
	else
		result = add_level(w, st.st_ino);
	if (result) {
		note(w, result);
		close(dir);
		return;
	}
	move_to(w, dir);
	level = &w->levels->list[w->depth - 1];
	above = w->depth > 1 ? level - 1 : NULL;
	result = w->visit->enter(w->visit->arg, dir, name, level, above);
	if (result > 0 || result == -ENOMEM)
		w->stop = result;
	else
		note(w, result);
	if (!w->stop)
		note(w, list_children(dir, level));
}

static void go_up(struct tree_walk *w)
{
	struct stat st;
	int dir;

	if (w->visit->leave)
		w->visit->leave(w->visit->arg, &w->levels->list[w->depth - 1]);
	if (!--w->depth)
		return;
	dir = openat(w->dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0 && fstat(dir, &st) == 0 && st.st_ino == w->levels->list[w->depth - 1].inode) {
		move_to(w, dir);
		return;
	}
	/* The parent cannot be opened, so the rest cannot be visited. */
	note(w, dir < 0 ? -errno : -ESTALE);
	if (dir >= 0)
		close(dir);
	w->depth = 0;
}

void memcg_free_levels(struct memcg_levels *levels)
{
	for (size_t i = 0; i < levels->n; i++) {
		free(levels->list[i].children);
		free(levels->list[i].names);
	}
	free(levels->list);
	*levels = (struct memcg_levels){ .n = 0 };
}

int memcg_walk(int top, const struct memcg_visit *visit)
{
	struct memcg_levels own = { .n = 0 };
	struct tree_walk w = { .visit = visit,
			       .levels = visit->levels ? visit->levels : &own,
			       .dir = -1 };
	int dir = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return -errno;
	go_down(&w, dir, NULL, 0);
	while (w.depth && !w.stop) {
		struct memcg_level *level = &w.levels->list[w.depth - 1];
		const struct memcg_child *child;
		const char *name;

		if (level->next == level->n) {
			go_up(&w);
			continue;
		}
		child = &level->children[level->next++];
		name = level->names + child->name;
		dir = openat(w.dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (dir >= 0)
			go_down(&w, dir, name, child->inode);
		else if (errno != ENOENT)
			note(&w, -errno);
	}
	memcg_free_levels(&own);
	move_to(&w, -1);
	return w.stop ? w.stop : w.err;
}

struct member_visit {
	int (*found)(void *arg, pid_t pid);
	void *arg;
	pid_t self;
};

static int visit_process(void *arg, pid_t pid)
{
	const struct member_visit *m = arg;

	/* 0 is a process of another PID namespace. */
	return pid && pid == m->self ? 0 : m->found(m->arg, pid);
}

static int visit_members(void *arg, int dir, const char *name, struct memcg_level *level,
			 struct memcg_level *above)
{
	(void)name, (void)level, (void)above;
	return memcg_each_member(dir, visit_process, arg);
}

int memcg_each_process(const struct memcg_tree *tree, const char *path,
		       int (*found)(void *arg, pid_t pid), void *arg)
{
	struct member_visit m = { found, arg, tree->self };
	int dir = memcg_open_group(tree, path), stop;

	if (dir < 0)
		return dir;
	stop = memcg_walk(dir, &(struct memcg_visit){ .enter = visit_members, .arg = &m });
	close(dir);
	return stop;
}

/* A path that grows and shrinks. */
struct limits {
	const struct memcg_tree *tree;
	void (*found)(void *arg, const char *path, uint64_t limit, uint64_t usage);
	void *arg;
	char *path;
	size_t room;
};

static int visit_limit(void *arg, int dir, const char *name, struct memcg_level *level,
		       struct memcg_level *above)
{
	struct limits *l = arg;
	size_t len = above ? above->mark : 0, more = len + (name ? strlen(name) : 0) + 2;
	uint64_t limit, usage;
	int err;

	if (array_grow(&l->path, &l->room, more))
		return -ENOMEM;
	level->mark = len + (size_t)snprintf(l->path + len, more, "%s%s", name ? "/" : "",
					     name ? name : "");
	err = memcg_read_own_limit(l->tree, dir, &limit);
	if (err || limit == UINT64_MAX)
		return memcg_is_gone(err) ? 0 : err;
	err = memcg_read_bytes(dir, l->tree->is_v1 ? "memory.usage_in_bytes" : "memory.current",
			       &usage);
	if (!err)
		l->found(l->arg, l->path, limit, usage);
	return memcg_is_gone(err) ? 0 : err;
}

int memcg_each_limited(const struct memcg_tree *tree,
		       void (*found)(void *arg, const char *path, uint64_t limit, uint64_t usage),
		       void *arg)
{
	struct limits l = { .tree = tree, .found = found, .arg = arg };
	int err = memcg_walk(tree->root, &(struct memcg_visit){ .enter = visit_limit, .arg = &l });

	free(l.path);
	return err;
}
