/* SPDX-License-Identifier: GPL-2.0-or-later */
/* adj_file: /proc/PID/oom_score_adj, or oom_adj on kernels that have only this file. */
#include "sys/adj/adj_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"

int adj_file_open(int dir, pid_t pid, bool can_write, struct adj_file *f)
{
	int flags = (can_write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY;
	char prefix[16] = "", name[64];

	if (pid)
		snprintf(prefix, sizeof(prefix), "%d/", (int)pid);
	f->is_old = false;
	snprintf(name, sizeof(name), "%soom_score_adj", prefix);
	f->fd = openat(dir, name, flags);
	if (f->fd < 0 && errno == ENOENT) {
		/* Before 2.6.36, or the process has exited. */
		f->is_old = true;
		snprintf(name, sizeof(name), "%soom_adj", prefix);
		f->fd = openat(dir, name, flags);
	}
	if (f->fd >= 0)
		return 0;
	return errno == ENOENT ? -ESRCH : -errno;
}

void adj_file_close(struct adj_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

int adj_file_read(const struct adj_file *f, int *adj)
{
	char buf[16];
	ssize_t n = pread(f->fd, buf, sizeof(buf) - 1, 0);
	int64_t value;

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	if (num_parse(buf, INT_MIN, INT_MAX, &value))
		return -EIO;
	*adj = (int)value;
	return 0;
}

int adj_file_read_pid(int dir, pid_t pid, int *adj)
{
	struct adj_file file;
	int err = adj_file_open(dir, pid, false, &file);

	if (!err)
		err = adj_file_read(&file, adj);
	adj_file_close(&file);
	return err;
}

int adj_file_write(const struct adj_file *f, int adj, struct privilege *p)
{
	char buf[16];
	size_t len = (size_t)snprintf(buf, sizeof(buf), "%d", adj);
	ssize_t n = p ? privilege_write(p, f->fd, buf, len) : write(f->fd, buf, len);

	if (n < 0)
		return p ? (int)n : -errno;
	return (size_t)n == len ? 0 : -EIO;
}

int adj_file_read_owner(int dir, const struct adj_file *f, uid_t *owner)
{
	struct stat st;

	/* By name: only then the kernel updates the owner (pid_revalidate()). */
	if (fstatat(dir, f->is_old ? "oom_adj" : "oom_score_adj", &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	*owner = st.st_uid;
	return 0;
}
