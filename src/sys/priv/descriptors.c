/* SPDX-License-Identifier: GPL-2.0-or-later */
/* descriptors: files that the caller left open or closed. */
#include "sys/priv/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <unistd.h>

#include "sys/proc/procfs.h"

/* The usual use of 0, 1 and 2 fails. */
static const int wrong_way[] = { O_WRONLY, O_RDONLY, O_RDONLY };

int descriptors_fill(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (errno != EBADF || open("/dev/null", wrong_way[fd] | O_CLOEXEC) != fd)
			return -EBADF;
	}
	return 0;
}

void descriptors_mark_fill(void)
{
	struct stat st;

	for (int fd = 0; fd < 3; fd++) {
		int flags = fcntl(fd, F_GETFL);

		if (flags >= 0 && (flags & O_ACCMODE) == wrong_way[fd] && flags & O_NOFOLLOW &&
		    fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && major(st.st_rdev) == 1)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
}

struct closing {
	int dir;
	size_t n;
};

static int close_one(void *arg, pid_t fd)
{
	struct closing *c = arg;

	if (fd > 2 && fd != c->dir && close(fd) == 0)
		c->n++;
	return 0;
}

/* Before Linux 5.9: closes what /proc lists, until it lists nothing more. */
static int close_listed(void)
{
	int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	struct closing c = { .dir = dir, .n = 1 };

	if (dir < 0)
		return -errno;
	while (!err && c.n) {
		c.n = 0;
		err = procfs_each(dir, close_one, &c, NULL);
	}
	close(dir);
	return err;
}

int descriptors_close_others(void)
{
	if (close_range(3, ~0U, 0) == 0)
		return 0;
	return errno == ENOSYS ? close_listed() : -errno;
}
