/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * setuid_launcher: the setuid launcher. It is setuid root instead of the program, which it
 * executes. A setuid root program has all capabilities effective before main. If a library cannot
 * be loaded, the dynamic loader writes argv[0], which the caller chooses, to descriptor 2, and a
 * file such as /proc/PID/oom_score_adj accepts it with root's rights. It also obeys variables such
 * as LD_DEBUG and LD_PROFILE. The launcher is linked statically. It checks descriptors 1 and 2 and
 * that only root can change the program, hides the environment from the loader, and leaves all
 * else to the program.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
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

static bool is_harmless_device(int fd, dev_t dev)
{
	return isatty(fd) ||
	       (major(dev) == MEM_MAJOR && (minor(dev) == 3 || minor(dev) == 5 || minor(dev) == 7));
}

/*
 * What a file system keeps in blocks is a file; in one that has none the kernel makes up what a
 * write does.
 */
static bool is_harmless_file(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_blocks > 0;
}

/* Others, such as Bluetooth's, ask who writes, and not only who opened them. */
static bool is_harmless_socket(int fd)
{
	int domain;
	socklen_t len = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	       (domain == AF_UNIX || domain == AF_INET || domain == AF_INET6);
}

static bool is_harmless(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return true; /* closed */
	if (S_ISCHR(st.st_mode))
		return is_harmless_device(fd, st.st_rdev);
	if (S_ISREG(st.st_mode))
		return is_harmless_file(fd);
	if (S_ISSOCK(st.st_mode))
		return is_harmless_socket(fd);
	return S_ISFIFO(st.st_mode);
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
 * is held and checked before the next is opened, and no symbolic link is followed.
 */
static int open_program(void)
{
	char path[] = GATE_PROGRAM, *rest;
	int fd, dir = path[0] == '/' ? open("/", O_PATH | O_CLOEXEC) : -1;

	for (char *name = strtok_r(path, "/", &rest); name; name = strtok_r(NULL, "/", &rest)) {
		fd = is_roots(dir, S_IFDIR) ? openat(dir, name, O_PATH | O_CLOEXEC | O_NOFOLLOW)
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

	for (fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (!is_harmless(fd))
			refuse(command, "standard output or error is a file or socket that the "
					"kernel makes up: name another");
	/* This C library has taken out what it fears; COMMAND of run is to have it. */
	if (environment_find(argc, argv, &env) || environment_mark(env))
		refuse(command, "out of memory");
	fd = open_program();
	if (fd < 0)
		refuse(command,
		       GATE_PROGRAM " is missing, or a user other than root can change it or a "
				    "directory above it, or one of these is a symbolic link");
	syscall(SYS_execveat, fd, "", argv, env, AT_EMPTY_PATH);
	refuse(command, errno == E2BIG ? "arguments and environment are too long"
				       : "cannot execute " GATE_PROGRAM);
}
