/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl: reads and writes the kernel's out-of-memory settings, now and for the next boot. */
#include "sys/sysctl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/procfs.h"

#define MAX_CHANGES 8
#define MAX_FILE    (64 * 1024)

static void name_file(const struct setting *s, char *buf, size_t size)
{
	snprintf(buf, size, "sys/vm/%s", s->name);
}

int sysctl_read(int proc, const struct setting *s, long *value)
{
	char name[64];

	name_file(s, name, sizeof(name));
	return procfs_read_number(proc, name, value);
}

int sysctl_try(int proc, const struct setting *s)
{
	char name[64];

	name_file(s, name, sizeof(name));
	return faccessat(proc, name, W_OK, AT_EACCESS) ? -errno : 0;
}

static int write_number(int fd, long value)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%ld\n", value);
	ssize_t n = pwrite(fd, text, (size_t)len, 0);

	return n == len ? 0 : n < 0 ? -errno : -EIO;
}

int sysctl_write(int proc, const struct sysctl_change *changes, size_t n,
		 const struct setting **failed)
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

/* The present text, which the caller frees; NULL with 0: there is no file. */
static int read_file(char **text)
{
	int fd = open(SYSCTL_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	*text = NULL;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != 0 ||
	    st.st_mode & (S_IWGRP | S_IWOTH)) {
		close(fd);
		return -EPERM;
	}
	*text = malloc(MAX_FILE + 1);
	n = *text ? read(fd, *text, MAX_FILE + 1) : -1;
	close(fd);
	if (n < 0 || n > MAX_FILE) {
		free(*text);
		*text = NULL;
		return n > MAX_FILE ? -EFBIG : -ENOMEM;
	}
	(*text)[n] = '\0';
	return 0;
}

static int write_file(const char *text)
{
	static const char next[] = SYSCTL_FILE ".new";
	size_t len = strlen(text);
	int fd, err = 0;

	unlink(next);
	fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	errno = EIO;
	if (fchmod(fd, 0644) || write(fd, text, len) != (ssize_t)len || fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(next, SYSCTL_FILE))
		err = -errno;
	if (err)
		unlink(next);
	return err;
}

int sysctl_persist(const struct sysctl_change *changes, size_t n)
{
	char *text, *edited;
	int err;

	if (geteuid() != 0)
		return -EPERM;
	err = read_file(&text);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		edited = setting_edit(text, changes[i].setting, changes[i].value);
		free(text);
		text = edited;
		if (!text)
			return -ENOMEM;
	}
	if (mkdir("/etc/sysctl.d", 0755) && errno != EEXIST)
		err = -errno;
	if (!err)
		err = write_file(text);
	free(text);
	return err;
}

/* Whether the last line of a file that sets it sets it to another value. */
static bool file_overrides(const char *path, const struct sysctl_change *change)
{
	bool overrides = false;
	char *text = malloc(MAX_FILE);
	long value;

	if (text && procfs_read_all(AT_FDCWD, path, text, MAX_FILE) > 0) {
		for (const char *line = text; line && *line; line = strchr(line, '\n')) {
			line += *line == '\n';
			if (setting_parse_line(line, strcspn(line, "\n"), change->setting,
					       &value) == 0)
				overrides = value != change->value;
		}
	}
	free(text);
	return overrides;
}

static bool is_after_ours(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".conf") == 0 &&
	       strcmp(name, strrchr(SYSCTL_FILE, '/') + 1) > 0;
}

bool sysctl_find_override(const struct sysctl_change *change, char *path, size_t size)
{
	/* sysctl --system and systemd-sysctl(8) read these in the order of the files' names. */
	static const char *const dirs[] = { "/etc/sysctl.d", "/run/sysctl.d",
					    "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d",
					    "/lib/sysctl.d" };
	bool found = false;
	struct dirent *d;

	for (size_t i = 0; !found && i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		DIR *dir = opendir(dirs[i]);

		while (dir && !found && (d = readdir(dir))) {
			if (!is_after_ours(d->d_name))
				continue;
			snprintf(path, size, "%s/%s", dirs[i], d->d_name);
			found = file_overrides(path, change);
		}
		if (dir)
			closedir(dir);
	}
	if (!found) {
		snprintf(path, size, "/etc/sysctl.conf");
		found = file_overrides(path, change);
	}
	return found;
}
