/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock_file: a file that one process at a time holds, and that is there no longer than it is held.
 */
#pragma once

/*
 * Waits for it up to 5 s; *fd is to be given to lock_file_drop(). Nobody but the caller's user can
 * open the file, and thus hold it; it goes with its process. -EBUSY: it was held all the time.
 * -EEXIST: what has that name is no such file.
 */
int lock_file_take(const char *path, int *fd);

void lock_file_drop(const char *path, int fd);
