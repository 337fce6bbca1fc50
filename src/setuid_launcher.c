/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * setuid_launcher: the setuid launcher. It is setuid root instead of the program, which it
 * executes. A setuid root program has all capabilities effective before main. If a library cannot
 * be loaded, the dynamic loader writes argv[0], which the caller chooses, to descriptor 2, and a
 * file such as /proc/PID/oom_score_adj accepts it with root's rights. The launcher is linked
 * statically. It checks descriptor 2 and that only root can change the program, and leaves all else
 * to the program.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sys/priv/environment.h"

#ifndef GATE_PROGRAM
#define GATE_PROGRAM "/usr/local/libexec/oomctl"
#endif

#define MEM_MAJOR 1 /* null, zero, full; Documentation/admin-guide/devices.txt */

static bool is_harmless_device(dev_t dev)
{
	return isatty(STDERR_FILENO) ||
	       (major(dev) == MEM_MAJOR && (minor(dev) == 3 || minor(dev) == 5 || minor(dev) == 7));
}

/*
 * What a file system keeps in blocks is a file; in one that has none the kernel makes up what a
 * write does.
 */
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

/* Owned by root, and writable by no other user. */
static bool is_roots(int fd, mode_t type)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == 0 &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/*
 * Opens the program to execute it, -1: refused. A user who can write to one of its directories
 * could put a link to another of root's programs, such as a shell, in its place. So each directory
 * is held and checked before the next is opened.
 */
static int open_program(void)
{
	char path[] = GATE_PROGRAM;
	int fd, dir = path[0] == '/' ? open("/", O_PATH | O_CLOEXEC) : -1;

	for (char *name = strtok(path, "/"), *next; name; name = next) {
		next = strtok(NULL, "/");
		fd = is_roots(dir, S_IFDIR)
			     ? openat(dir, name, O_PATH | O_CLOEXEC | (next ? 0 : O_NOFOLLOW))
			     : -1;
		close(dir);
		dir = fd;
	}
	return is_roots(dir, S_IFREG) ? dir : -1;
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
	int fd;

	if (!is_harmless())
		refuse(command, "standard error is a file that the kernel makes up: name another");
	/* This C library has taken out what it fears; COMMAND of run is to have it. */
	if (environment_find(argc, argv, &env))
		refuse(command, "out of memory");
	fd = open_program();
	if (fd < 0)
		refuse(command,
		       GATE_PROGRAM " is missing, or a user other than root can change it or a "
				    "directory above it");
	syscall(SYS_execveat, fd, "", argv, env, AT_EMPTY_PATH);
	refuse(command, "cannot execute " GATE_PROGRAM);
}
