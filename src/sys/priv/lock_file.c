/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock_file: a file that one process at a time holds, and that is there no longer than it is held.
 */
#include "sys/priv/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STEP_NS    20000000
#define MOST_TRIES (5 * (1000000000 / STEP_NS))

static int open_own(const char *path)
{
	int fd =
		open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0)
		return errno == ELOOP || errno == EISDIR ? -EEXIST : -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    !(st.st_mode & (S_IRWXG | S_IRWXO)))
		return fd;
	close(fd);
	return -EEXIST;
}

/* Who had it before may have removed it after it was opened here. */
static bool is_there(const char *path, int fd)
{
	struct stat st, own;

	return lstat(path, &st) == 0 && fstat(fd, &own) == 0 && st.st_dev == own.st_dev &&
	       st.st_ino == own.st_ino;
}

int lock_file_take(const char *path, int *fd)
{
	const struct timespec step = { .tv_nsec = STEP_NS };

	for (int i = 0; i < MOST_TRIES; i++) {
		*fd = open_own(path);
		if (*fd < 0)
			return *fd;
		if (flock(*fd, LOCK_EX | LOCK_NB) == 0 && is_there(path, *fd))
			return 0;
		close(*fd);
		nanosleep(&step, NULL);
	}
	return -EBUSY;
}

void lock_file_drop(const char *path, int fd)
{
	unlink(path);
	close(fd);
}
