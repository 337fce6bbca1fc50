/* SPDX-License-Identifier: GPL-2.0-or-later */
/* textfile: the file that metrics writes: it is replaced as a whole, and keeps the counters. */
#include "cmd/metrics/textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "sys/priv/root_file.h"

#define MAX_BYTES (4 << 20)

static enum status say(const struct textfile *f, int err, const char *what)
{
	msg_error("%s: %s: %s", f->path, what,
		  err == -EEXIST  ? "its name belongs to another user's file"
		  : err == -EBUSY ? "another " PROGRAM_NAME " metrics is writing it"
				  : strerror(-err));
	return status_of_error(err, ST_BROKEN);
}

/* Whether the name can be replaced: it is a regular file, or there is none. */
static enum status check(const struct textfile *f)
{
	struct stat st;

	if (fstatat(f->dir, f->name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? ST_OK : say(f, -errno, "cannot write it");
	if (S_ISREG(st.st_mode))
		return ST_OK;
	msg_error("%s: is not a regular file%s", f->path,
		  S_ISLNK(st.st_mode) ? " but a symbolic link" : "");
	return ST_BROKEN;
}

enum status textfile_open(struct textfile *f, const char *path)
{
	char *copy = mem_copy(path);
	const char *slash = strrchr(path, '/');
	size_t size;

	*f = (struct textfile){ .path = path, .dir = -1, .lock = -1 };
	f->name = mem_copy(slash ? slash + 1 : path);
	size = strlen(f->name) + sizeof("..lock");
	f->lock_name = mem_alloc(size, 1);
	snprintf(f->lock_name, size, ".%s.lock", f->name);
	f->dir = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (f->dir < 0)
		return say(f, -errno, "cannot open its directory");
	if (check(f) != ST_OK)
		return ST_BROKEN;
	f->lock = root_file_lock(f->dir, f->lock_name);
	return f->lock < 0 ? say(f, f->lock, "cannot lock it") : ST_OK;
}

/* Only its owner, who is the caller, can write to it. */
static bool is_own(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* 0 or a negative errno. */
static int read_counts(const struct textfile *f, struct kill_counts *c)
{
	int fd = openat(f->dir, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), err;
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	char *text;
	size_t len;

	if (!in) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err == -ENOENT ? 0 : err;
	}
	text = mem_alloc(MAX_BYTES + 1, 1);
	len = is_own(fd) ? fread(text, 1, MAX_BYTES, in) : 0;
	if (!is_own(fd))
		err = -EPERM;
	else if (ferror(in))
		err = -EIO;
	else
		err = len == MAX_BYTES ? -EFBIG : kill_counts_parse(c, text);
	fclose(in);
	free(text);
	return err;
}

void textfile_read_counts(const struct textfile *f, struct kill_counts *c)
{
	int err = read_counts(f, c);

	if (err && err != -ENODATA)
		msg_warn("%s: %s: the counts of kills by unit begin again", f->path,
			 err == -EPERM    ? "other users can write to it"
			 : err == -EINVAL ? "its counts are malformed"
					  : strerror(-err));
}

enum status textfile_replace(const struct textfile *f, const char *text)
{
	/* For its mode and group; it is synced too. */
	const struct stat like = { .st_mode = 0644, .st_gid = getegid() };
	enum status st = check(f);
	int err;

	if (st != ST_OK)
		return st;
	err = root_file_replace(f->dir, f->name, text, &like);
	return err ? say(f, err, "cannot write it") : ST_OK;
}

void textfile_close(struct textfile *f)
{
	if (f->lock >= 0)
		root_file_remove_lock(f->dir, f->lock_name, f->lock);
	if (f->dir >= 0)
		close(f->dir);
	free(f->name);
	free(f->lock_name);
}
