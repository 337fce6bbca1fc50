/* SPDX-License-Identifier: GPL-2.0-or-later */
/* root_file: files that only root can write to, and lock files. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

enum root_file_fault {
	ROOT_FILE_OK,
	ROOT_FILE_KIND,     /* not of the requested kind, such as S_IFREG */
	ROOT_FILE_OWNER,    /* not owned by root */
	ROOT_FILE_WRITABLE, /* writable by its group or by others */
};

/* Whether only root can write to the file or directory that st describes. */
static inline enum root_file_fault root_file_check(const struct stat *st, mode_t kind)
{
	if ((st->st_mode & S_IFMT) != kind)
		return ROOT_FILE_KIND;
	if (st->st_uid != 0)
		return ROOT_FILE_OWNER;
	return st->st_mode & (S_IWGRP | S_IWOTH) ? ROOT_FILE_WRITABLE : ROOT_FILE_OK;
}

static inline bool root_file_is_roots(int fd, mode_t kind)
{
	struct stat st;

	return fstat(fd, &st) == 0 && root_file_check(&st, kind) == ROOT_FILE_OK;
}

/*
 * Opens a regular file to read it. *owner: the first owner who is not root of the file, a directory
 * or a link on its path, because that user can change what is read; 0: only root can. -EPERM: a
 * user who can write to one of these is unknown. -ENOTSUP: the path leads through procfs. -EINVAL:
 * it is no regular file, and was not opened. Others as open(2).
 */
int root_file_open(const char *path, uid_t *owner);

/* The same for a directory. -ENOTDIR: it is none. */
int root_file_open_dir(const char *path, uid_t *owner);

/*
 * Creates and locks a file that only the caller's user can open; waits up to 5 s. Returns a
 * descriptor; close(2) or the exit of the process releases the lock. -EBUSY: another process still
 * holds it. -EEXIST: the name is not a lock file of this user. Others as open(2).
 */
int root_file_lock(int dir, const char *name);

/* The same, but never waits. */
int root_file_try_lock(int dir, const char *name);

/* Removes the file and releases the lock. */
void root_file_remove_lock(int dir, const char *name, int lock);

#define ROOT_FILE_NEW ".new"

/*
 * Writes NAME.new and renames it, so that readers never see part of it. like: the source of group
 * and mode, and the text is synced before the rename; NULL: mode 0644, not synced. 0 or a negative
 * errno.
 */
int root_file_replace(int dir, const char *name, const char *text, const struct stat *like);
