/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gate: what is made setuid root instead of the program, which it executes. A program that is setuid root has all capabilities
 * effective before main, and the dynamic loader then writes words of the caller's choice, argv[0], to descriptor 2 where a library
 * can't be loaded; a file of the kernel's such as /proc/PID/oom_score_adj takes them by the rights of who writes. This is linked
 * statically, looks at that descriptor, and leaves all else to the program.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sys/callerenv.h"

#ifndef GATE_PROGRAM
#define GATE_PROGRAM "/usr/local/libexec/oomctl"
#endif

#define MEM_MAJOR 1 /* null, zero, full; Documentation/admin-guide/devices.txt */

static bool is_harmless_device(dev_t dev)
{
	return isatty(STDERR_FILENO) ||
	       (major(dev) == MEM_MAJOR && (minor(dev) == 3 || minor(dev) == 5 || minor(dev) == 7));
}

/* What a file system keeps in blocks is a file; in one that has none the kernel makes up what a write does. */
static bool is_harmless_file(void)
{
	struct statfs fs;

	return fstatfs(STDERR_FILENO, &fs) == 0 && fs.f_blocks > 0;
}

static bool is_harmless(void)
{
	struct stat st;

	if (fstat(STDERR_FILENO, &st))
		return true; /* closed */
	if (S_ISCHR(st.st_mode))
		return is_harmless_device(st.st_rdev);
	if (S_ISREG(st.st_mode))
		return is_harmless_file();
	return S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode);
}

/* Says it with the caller's own rights alone, and ends: 125 for a wrapper of commands, else 4. */
static _Noreturn void refuse(const char *command, const char *why)
{
	gid_t gid = getgid();
	uid_t uid = getuid();

	if (setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0)
		dprintf(STDERR_FILENO, PROGRAM_NAME ": %s\n", why);
	_exit(command && strcmp(command, "run") == 0 ? 125 : 4);
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : NULL;
	char **env;

	if (!is_harmless())
		refuse(command, "standard error is a file that the kernel makes up: name another");
	/* This C library has taken out what it fears; COMMAND of run is to have it. */
	if (callerenv_find(argc, argv, &env))
		refuse(command, "out of memory");
	execve(GATE_PROGRAM, argv, env);
	refuse(command, GATE_PROGRAM " cannot be executed: install it anew");
}
