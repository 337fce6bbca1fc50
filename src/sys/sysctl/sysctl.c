/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl: reads and writes the kernel's present out-of-memory settings. */
#include "sys/sysctl/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "sys/proc/procfs.h"

#define MAX_CHANGES 8

static void name_file(const struct sysctl_setting *s, char *buf, size_t size)
{
	snprintf(buf, size, "sys/vm/%s", s->name);
}

/* Every kernel has files in the directory. */
static int explain_missing(int proc, int err)
{
	return err == -ENOENT && faccessat(proc, "sys/vm", F_OK, 0) ? -ENODEV : err;
}

int sysctl_read(int proc, const struct sysctl_setting *s, long *value)
{
	char name[64];

	name_file(s, name, sizeof(name));
	return explain_missing(proc, procfs_read_number(proc, name, value));
}

int sysctl_try(int proc, const struct sysctl_setting *s)
{
	char name[64];

	name_file(s, name, sizeof(name));
	return faccessat(proc, name, W_OK, AT_EACCESS) ? explain_missing(proc, -errno) : 0;
}

static int write_number(int fd, long value)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%ld\n", value);
	ssize_t n = pwrite(fd, text, (size_t)len, 0);

	return n == len ? 0 : n < 0 ? -errno : -EIO;
}

int sysctl_write(int proc, const struct sysctl_change *changes, size_t n,
		 const struct sysctl_setting **failed)
{
	int fds[MAX_CHANGES], err = 0;
	long before[MAX_CHANGES];
	char name[64];
	size_t n_open, at;

	if (n > MAX_CHANGES)
		return -E2BIG;
	for (n_open = 0; !err && n_open < n; n_open++) {
		*failed = changes[n_open].setting;
		name_file(*failed, name, sizeof(name));
		err = sysctl_read(proc, *failed, &before[n_open]);
		fds[n_open] = openat(proc, name, O_WRONLY | O_CLOEXEC);
		if (!err && fds[n_open] < 0)
			err = -errno;
	}
	for (at = 0; !err && at < n; at++) {
		*failed = changes[at].setting;
		err = write_number(fds[at], changes[at].value);
		if (err)
			break;
	}
	for (size_t i = 0; err && i < at && i < n_open; i++)
		write_number(fds[i], before[i]);
	for (size_t i = 0; i < n_open; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return err;
}
