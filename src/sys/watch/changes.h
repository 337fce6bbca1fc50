/* SPDX-License-Identifier: GPL-2.0-or-later */
/* changes: notices changes in a few directories, also in those that do not exist yet (inotify). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CHANGES_MAX 16

struct changes {
	int fd;               /* -1: not available */
	int ids[CHANGES_MAX]; /* of inotify; -1: the directory does not exist */
	const char *const *directories;
	size_t n;
};

/*
 * Watches n directories, at most CHANGES_MAX, and those that contain them, for their creation.
 * Their names must stay valid. 0 or a negative errno. After a change is seen, call changes_renew():
 * a directory can be a new one.
 */
int changes_open(struct changes *c, const char *const *directories, size_t n);
void changes_renew(struct changes *c);

/* Reads what has happened, without waiting. Whether one of the directories has changed. */
bool changes_read(struct changes *c);

void changes_close(struct changes *c);
