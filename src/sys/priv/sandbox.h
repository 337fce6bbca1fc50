/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox: leaves a program that reads what strangers wrote nothing but to read what is open, and
 * to print.
 */
#pragma once

/*
 * From here on every system call fails with EPERM but those that reading, printing and memory take:
 * nothing can be opened, executed, signalled, traced or made executable, and written only to 1 and
 * 2 and, as messages, to socket (-1: none). Before it, all that the C library would open later must
 * have been used: sandbox_prepare(). 0, or a negative errno: -ENOSYS: not for this processor,
 * -EINVAL: not in this kernel.
 */
int sandbox_enter(int socket);

/* Lets the C library read the time zone and the character set now. */
void sandbox_prepare(void);
