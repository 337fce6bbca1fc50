/* SPDX-License-Identifier: GPL-2.0-or-later */
/* root_file: files that only root may have written, and files to lock. */
#include "sys/priv/root_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define STEP_NS   20000000
#define MAX_TRIES (5 * (1000000000 / STEP_NS))

enum root_file_fault root_file_check(const struct stat *st, mode_t kind)
{
	if ((st->st_mode & S_IFMT) != kind)
		return ROOT_FILE_KIND;
	if (st->st_uid != 0)
		return ROOT_FILE_OWNER;
	return st->st_mode & (S_IWGRP | S_IWOTH) ? ROOT_FILE_WRITABLE : ROOT_FILE_OK;
}

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

/* The last holder may have removed the file after it was opened here. */
static bool has_name(int fd, int dir, const char *name)
{
	struct stat named, own;

	return fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &own) == 0 &&
	       named.st_dev == own.st_dev && named.st_ino == own.st_ino;
}

int root_file_lock(int dir, const char *name)
{
	const struct timespec step = { .tv_nsec = STEP_NS };

	for (int i = 0; i < MAX_TRIES; i++) {
		int fd = open_lock(dir, name);

		if (fd < 0 || (flock(fd, LOCK_EX | LOCK_NB) == 0 && has_name(fd, dir, name)))
			return fd;
		close(fd);
		nanosleep(&step, NULL);
	}
	return -EBUSY;
}

void root_file_remove_lock(int dir, const char *name, int lock)
{
	unlinkat(dir, name, 0);
	close(lock);
}
