/* SPDX-License-Identifier: GPL-2.0-or-later */
/* descriptors: files that the caller left open or closed. */
#pragma once

/*
 * Opens 0, 1 and 2 if they are closed, or another file would take their place and be written to.
 * Reads and writes fail, and exec closes them. 0 or -EBADF.
 */
int descriptors_fill(void);

/*
 * With borrowed rights glibc opens them before main (csu/check_fds.c). Recognizes those, and marks
 * them to be closed by exec.
 */
void descriptors_mark_fill(void);

/* Closes all but 0, 1 and 2. 0 or a negative errno. */
int descriptors_close_others(void);
