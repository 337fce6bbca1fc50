/* SPDX-License-Identifier: GPL-2.0-or-later */
/* root_file: files that only root may have written, and files to lock. */
#pragma once

#include <sys/stat.h>

enum root_file_fault {
	ROOT_FILE_OK,
	ROOT_FILE_KIND,     /* not of the kind that is asked for, such as S_IFREG */
	ROOT_FILE_OWNER,    /* not owned by root */
	ROOT_FILE_WRITABLE, /* writable by its group or by others */
};

/* Whether only root can have written the file or directory that st describes. */
enum root_file_fault root_file_check(const struct stat *st, mode_t kind);

/*
 * Creates and locks a file that only the caller's user can open; waits up to 5 s. Returns a
 * descriptor: close(2) or the end of the process releases the lock. -EBUSY: another process held it
 * all the time. -EEXIST: the name belongs to something else. Others as open(2).
 */
int root_file_lock(int dir, const char *name);

/* Removes the file and releases the lock. */
void root_file_remove_lock(int dir, const char *name, int lock);
