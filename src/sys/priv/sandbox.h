/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sandbox: limits a program that reads untrusted text to reading open files and printing. */
#pragma once

/*
 * From now on every system call fails with EPERM, except those for reading, printing and memory:
 * nothing can be opened, executed, signalled, traced or made executable, and only 1, 2 and, with
 * messages, two sockets (-1: none) can be written to. Call sandbox_prepare() first. 0, or a
 * negative errno: -ENOSYS: not for this processor; -EINVAL: not in this kernel.
 */
int sandbox_enter(int socket, int other);

/* Makes the C library read the time zone and character set while files can still be opened. */
void sandbox_prepare(void);
