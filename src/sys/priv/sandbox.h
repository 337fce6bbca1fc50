/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sandbox: limits a program that reads untrusted text to reading open files and printing. */
#pragma once

/*
 * From here on every system call fails with EPERM but those for reading, printing and memory:
 * nothing can be opened, executed, signalled, traced or made executable, and only 1, 2 and, by
 * messages, socket (-1: none) can be written to. Call sandbox_prepare() before. 0, or a negative
 * errno: -ENOSYS: not for this processor; -EINVAL: not in this kernel.
 */
int sandbox_enter(int socket);

/* Makes the C library read the time zone and the character set, before files cannot be opened. */
void sandbox_prepare(void);
