/* SPDX-License-Identifier: GPL-2.0-or-later */
/* interpreter: what is wrong with the interpreter of a script that the kernel would not execute. */
#ifndef SYS_INTERPRETER_H
#define SYS_INTERPRETER_H

#include <stddef.h>

/* The longest name, with its NUL, that a first line can hold (BINPRM_BUF_SIZE of include/uapi/linux/binfmts.h). */
#define INTERPRETER_MAX 256

/*
 * For a command, as execvp(3) takes it, that could not be executed: when that is a script which is executable itself,
 * but its interpreter, or that one's, is not, returns why as a negative errno, and name is that interpreter. 0: it is
 * not that. Files are opened with the caller's rights of this moment; none is waited for.
 */
int interpreter_find_fault(const char *command, char name[INTERPRETER_MAX]);

#endif
