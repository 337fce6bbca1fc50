/* SPDX-License-Identifier: GPL-2.0-or-later */
/* descriptors: what a caller left open, and what it left closed. */
#pragma once

/*
 * With 0, 1 or 2 closed the next file that is opened would take its place, and be written to by
 * mistake. What is put there fails when it is used the wrong way, so that nothing is lost in
 * silence, and is closed when a program is executed. -EBADF.
 */
int descriptors_fill(void);

/*
 * The C library does so itself before main where rights are borrowed (glibc, csu/check_fds.c):
 * known by the way in which it opens them, they too are closed when a program is executed from now
 * on.
 */
void descriptors_mark_fill(void);

/* Closes all but 0, 1 and 2. 0 or a negative errno. */
int descriptors_close_others(void);
