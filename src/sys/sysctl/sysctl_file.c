/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl_file: the settings of the next boot, in one file of ours. */
#include "sys/sysctl/sysctl_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/priv/lock_file.h"

#define MAX_FILE (64 * 1024)

#define NEXT_FILE SYSCTLFILE ".new"
#define LOCK_FILE SYSCTLFILE ".lock"

/* Why a file of this kind is not taken for ours; NULL: it is. */
static const char *find_fault(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return "it is a directory";
	if (S_ISLNK(st->st_mode))
		return "it is a symbolic link";
	if (!S_ISREG(st->st_mode))
		return "it is no regular file";
	if (st->st_uid != 0)
		return "it belongs to another user than root";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "others than root may write it";
	return st->st_size > MAX_FILE ? "it is longer than 64 KiB" : NULL;
}

int sysctlfile_read_text(int fd, char **text, const char **fault)
{
	char *buf = malloc(MAX_FILE + 1);
	ssize_t n = buf ? read(fd, buf, MAX_FILE + 1) : -1;
	int err = n < 0 ? -errno : 0;

	if (n > MAX_FILE)
		*fault = "it is longer than 64 KiB";
	else if (n > 0 && memchr(buf, '\0', (size_t)n))
		*fault = "it holds a NUL byte";
	if (err || *fault) {
		free(buf);
		return err ? err : -EINVAL;
	}
	buf[n] = '\0';
	*text = buf;
	return 0;
}

/* The present text, which the caller frees, and whose it is; NULL with 0: there is no file. */
static int read_file(char **text, struct stat *st, const char **fault)
{
	int fd, err;

	*text = NULL;
	if (lstat(SYSCTLFILE, st))
		return errno == ENOENT ? 0 : -errno;
	*fault = find_fault(st);
	if (*fault)
		return -EINVAL;
	fd = open(SYSCTLFILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* It may have been changed since it was looked at. */
	err = fstat(fd, st) ? -errno : 0;
	*fault = err ? NULL : find_fault(st);
	if (!err)
		err = *fault ? -EINVAL : sysctlfile_read_text(fd, text, fault);
	close(fd);
	return err;
}

static int write_file(const char *text, gid_t group, mode_t mode)
{
	static const char next[] = NEXT_FILE;
	size_t len = strlen(text);
	int fd, err = 0;

	unlink(next);
	fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	errno = EIO;
	if (fchown(fd, 0, group) || fchmod(fd, mode) || write(fd, text, len) != (ssize_t)len ||
	    fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(next, SYSCTLFILE))
		err = -errno;
	if (err)
		unlink(next);
	return err;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* As far as that can be told without writing. */
static int try_write(void)
{
	if (faccessat(AT_FDCWD, SYSCTLFILE_DIR, W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	if (errno == ENOENT && faccessat(AT_FDCWD, "/etc", W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	return -errno;
}

/* From reading to writing nobody else may do the same, or what one has added the other would lose. */
static int update(const struct sysctl_change *changes, size_t n, bool is_dry_run,
		  const char **fault)
{
	struct stat st = { .st_mode = 0644 };
	char *text, *edited;
	int err = read_file(&text, &st, fault);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		edited = setting_edit(text, changes[i].setting, changes[i].value);
		free(text);
		text = edited;
		if (!text)
			return -ENOMEM;
	}
	if (strlen(text) > MAX_FILE)
		*fault = "it would be longer than 64 KiB";
	else if (is_directory(NEXT_FILE))
		*fault = NEXT_FILE " is in the way";
	if (*fault)
		err = -EINVAL;
	else
		err = is_dry_run ? try_write() : write_file(text, st.st_gid, st.st_mode & 07777);
	free(text);
	return err;
}

int sysctlfile_persist(const struct sysctl_change *changes, size_t n, bool is_dry_run,
		       const char **fault)
{
	int lock, err;

	*fault = NULL;
	if (geteuid() != 0)
		return -EPERM;
	if (is_dry_run)
		return update(changes, n, true, fault);
	if (mkdir(SYSCTLFILE_DIR, 0755) && errno != EEXIST)
		return -errno;
	err = lockfile_take(LOCK_FILE, &lock);
	if (err == -EEXIST)
		*fault = LOCK_FILE " is in the way";
	if (err == -EBUSY)
		*fault = "another process holds " LOCK_FILE;
	if (err)
		return err;
	err = update(changes, n, false, fault);
	lockfile_drop(LOCK_FILE, lock);
	return err;
}
