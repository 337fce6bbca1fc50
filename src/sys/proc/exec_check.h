/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec_check: what the kernel needs beside the file of a command: the interpreter of a script, the
 * loader of a program.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The longest name, with its NUL, that a first line can hold (BINPRM_BUF_SIZE of
 * include/uapi/linux/binfmts.h).
 */
#define EXEC_CHECK_MAX 256

struct exec_check {
	char name[EXEC_CHECK_MAX];
	bool is_loader; /* of a program; else of a script */
};

/*
 * For a command, as execvp(3) takes it, that could not be executed: when that is executable itself,
 * but its interpreter or loader, or that one's, is not, returns why as a negative errno, and in is
 * that one. 0: it is not that. Files are opened with the caller's rights of this moment; none is
 * waited for.
 */
int exec_check_find_fault(const char *command, struct exec_check *in);

/*
 * Whether execvp(3) would find an ELF file for the command, and where: if the kernel refuses that,
 * it is no shell's script.
 */
bool exec_check_find_elf(const char *command, char path[PATH_MAX]);
