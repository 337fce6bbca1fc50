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
	char name[EXEC_CHECK_MAX]; /* "": the fault is in the file itself */
	bool is_loader;            /* of a program; else of a script */
};

/*
 * Why execve(2) would fail for an executable file, as far as that can be known: its interpreter or
 * loader, or that of those, cannot be executed, for which in is set; or -ENOEXEC: a file that is no
 * program, and that no interpreter is known for. 0: no fault is known. Opens files with the present
 * rights, and never blocks.
 */
int exec_check_find_fault(const char *path, struct exec_check *in);

/* The same for the file that execvp(3) finds for a command, after it failed. */
int exec_check_find_command_fault(const char *command, struct exec_check *in);

/* Whether execvp(3) finds an ELF file for the command, and its path: it is no shell script then. */
bool exec_check_find_elf(const char *command, char path[PATH_MAX]);
