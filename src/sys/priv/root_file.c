/* SPDX-License-Identifier: GPL-2.0-or-later */
/* root_file: files that only root can write to, and lock files. */
#include "sys/priv/root_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "sys/proc/procfs.h"

#define MAX_LINKS 40 /* as in the kernel (include/linux/namei.h, MAXSYMLINKS) */

struct walk {
	uid_t owner;    /* the first that is not root */
	bool is_shared; /* the directory is sticky, and others can create files in it */
	unsigned int n_links;
};

static int note_owner(struct walk *w, int fd, struct stat *st)
{
	struct statfs fs;
	bool is_open, is_linked;

	if (fstatfs(fd, &fs) || fstatat(fd, "", st, AT_EMPTY_PATH))
		return -errno;
	/* There a link is no path, and the owner of a file did not write it. */
	if (fs.f_type == PROC_SUPER_MAGIC)
		return -ENOTSUP;
	if (w->owner == 0)
		w->owner = st->st_uid;
	is_open = !S_ISLNK(st->st_mode) && st->st_mode & (S_IWGRP | S_IWOTH);
	/* fs.protected_hardlinks=0 permits links to files of root. */
	is_linked = w->is_shared && S_ISREG(st->st_mode) && st->st_nlink > 1;
	w->is_shared = is_open && S_ISDIR(st->st_mode) && st->st_mode & S_ISVTX;
	return w->owner == 0 && (is_linked || (is_open && !w->is_shared)) ? -EPERM : 0;
}

/* Holds, by O_PATH, what path leads to from the directory; strsep(3) cuts path. */
static int walk(struct walk *w, int from, char *path)
{
	int dir = openat(from, *path == '/' ? "/" : ".", O_PATH | O_CLOEXEC), next;
	char link[PATH_MAX], *name;
	struct stat st;
	int err = dir < 0 ? -errno : note_owner(w, dir, &st);
	ssize_t n;

	while (!err && (name = strsep(&path, "/"))) {
		if (!*name)
			continue;
		next = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		err = next < 0 ? -errno : note_owner(w, next, &st);
		if (!err && S_ISLNK(st.st_mode)) {
			n = readlinkat(next, "", link, sizeof(link) - 1);
			link[n > 0 ? n : 0] = '\0';
			close(next);
			next = n <= 0 || ++w->n_links > MAX_LINKS ? -ELOOP : walk(w, dir, link);
			err = next < 0 ? next : 0;
		}
		close(dir);
		dir = next;
	}
	if (err && dir >= 0)
		close(dir);
	return err ? err : dir;
}

static int open_checked(const char *path, uid_t *owner, int (*check)(const struct stat *st))
{
	char text[2 * PATH_MAX] = "";
	struct walk w = { .owner = 0 };
	size_t len;
	int held;

	/* A relative path depends on who can move the working directory. */
	if (*path != '/' && (!getcwd(text, PATH_MAX) || *text != '/'))
		return -ENOENT;
	len = strlen(text);
	if ((size_t)snprintf(text + len, sizeof(text) - len, "/%s", path) >= sizeof(text) - len)
		return -ENAMETOOLONG;
	held = walk(&w, AT_FDCWD, text);
	*owner = w.owner;
	return held < 0 ? held : procfs_reopen(held, check);
}

int root_file_open(const char *path, uid_t *owner)
{
	return open_checked(path, owner, procfs_check_regular);
}

static int check_dir(const struct stat *st)
{
	return S_ISDIR(st->st_mode) ? 0 : -ENOTDIR;
}

int root_file_open_dir(const char *path, uid_t *owner)
{
	return open_checked(path, owner, check_dir);
}

#define STEP_NS   20000000
#define MAX_TRIES (5 * (1000000000 / STEP_NS))

static int open_lock(int dir, const char *name)
{
	int fd = openat(dir, name,
			O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0)
		return errno == ELOOP || errno == EISDIR ? -EEXIST : -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    !(st.st_mode & (S_IRWXG | S_IRWXO)))
		return fd;
	close(fd);
	return -EEXIST;
}

int root_file_try_lock(int dir, const char *name)
{
	int fd = open_lock(dir, name);
	struct stat named, own;

	if (fd < 0)
		return fd;
	/* The last holder can have removed the file after it was opened here. */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &own) == 0 &&
	    named.st_dev == own.st_dev && named.st_ino == own.st_ino)
		return fd;
	close(fd);
	return -EBUSY;
}

int root_file_lock(int dir, const char *name)
{
	const struct timespec step = { .tv_nsec = STEP_NS };
	int lock = root_file_try_lock(dir, name);

	for (int i = 1; i < MAX_TRIES && lock == -EBUSY; i++) {
		nanosleep(&step, NULL);
		lock = root_file_try_lock(dir, name);
	}
	return lock;
}

void root_file_remove_lock(int dir, const char *name, int lock)
{
	unlinkat(dir, name, 0);
	close(lock);
}

/* On a full disk, only the second write(2) says why the first one was short. */
static int write_text(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	for (; left; text += n, left -= (size_t)n) {
		n = write(fd, text, left);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return n < 0 ? -errno : -EIO;
	}
	return 0;
}

int root_file_replace(int dir, const char *name, const char *text, const struct stat *like)
{
	char next[PATH_MAX];
	int fd, err;

	snprintf(next, sizeof(next), "%s" ROOT_FILE_NEW, name);
	unlinkat(dir, next, 0);
	fd = openat(dir, next, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_text(fd, text);
	if (!err && ((like && fchown(fd, (uid_t)-1, like->st_gid)) ||
		     fchmod(fd, like ? like->st_mode & 07777 : 0644) || (like && fsync(fd))))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && renameat(dir, next, dir, name))
		err = -errno;
	if (err)
		unlinkat(dir, next, 0);
	return err;
}
