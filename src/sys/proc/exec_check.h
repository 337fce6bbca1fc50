/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exec_check: the interpreter of a script and the loader of a program. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* The longest name in a first line, with its NUL (BINPRM_BUF_SIZE of linux/binfmts.h). */
#define EXEC_CHECK_MAX 256

/*
 * The executable of a command: itself if it contains a slash, otherwise the first in dirs,
 * separated by colons. -ENOENT: there is none; -EACCES: there is one, but not a regular file that
 * the caller is allowed to execute.
 */
int exec_check_find(const char *command, const char *dirs, char path[PATH_MAX]);

struct exec_check {
	char name[EXEC_CHECK_MAX];
	bool is_loader; /* of a program; else of a script */
};

/*
 * Explains why execvp(3) failed for command: if it is executable, but its interpreter or loader, or
 * that of those, is not, returns why as a negative errno, and sets in. 0: another reason. Opens
 * files with the present rights, and never blocks.
 */
int exec_check_find_fault(const char *command, struct exec_check *in);

/* Whether execvp(3) finds an ELF file for the command, and its path: it is no shell script then. */
bool exec_check_find_elf(const char *command, char path[PATH_MAX]);
