/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * setuid_launcher: it is setuid root instead of the program, which it executes. A setuid root
 * program has all capabilities effective before main. If a library cannot be loaded, the dynamic
 * loader writes argv[0], which the caller chooses, to descriptor 2, and a file such as
 * /proc/PID/oom_score_adj accepts it with root's privileges. The loader also obeys variables such
 * as LD_DEBUG and LD_PROFILE. The launcher is linked statically. It checks descriptors 1 and 2 and
 * that only root can change the program, and hides the environment from the loader.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sys/priv/environment.h"
#include "sys/priv/root_file.h"

#ifndef GATE_PROGRAM
#define GATE_PROGRAM "/usr/local/libexec/oomctl"
#endif

#define MEM_MAJOR 1 /* null, zero, full; Documentation/admin-guide/devices.txt */

static bool is_harmless(int fd)
{
	socklen_t len = sizeof(int);
	struct statfs fs;
	struct stat st;
	int domain;

	if (fstat(fd, &st))
		return true; /* closed */
	switch (st.st_mode & S_IFMT) {
	case S_IFIFO:
		return true;
	case S_IFCHR:
		return isatty(fd) || (major(st.st_rdev) == MEM_MAJOR &&
				      (minor(st.st_rdev) == 3 || minor(st.st_rdev) == 5 ||
				       minor(st.st_rdev) == 7));
	case S_IFREG:
		/* In other file systems without blocks, such as proc, a write can do anything. */
		return fstatfs(fd, &fs) == 0 &&
		       (fs.f_blocks > 0 || (unsigned long)fs.f_type == TMPFS_MAGIC ||
			(unsigned long)fs.f_type == RAMFS_MAGIC);
	case S_IFSOCK:
		/* Other families, such as Bluetooth, check the privileges of the writer too. */
		return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
		       (domain == AF_UNIX || domain == AF_INET || domain == AF_INET6);
	default:
		return false;
	}
}

/*
 * Opens the program; -1: refused. A user who can write to one of its directories could replace it
 * with a link to another program of root, such as a shell. So each directory is held and checked
 * before the next is opened, and no symbolic link is followed.
 */
static int open_program(void)
{
	char path[] = GATE_PROGRAM, *rest;
	int fd, dir = path[0] == '/' ? open("/", O_PATH | O_CLOEXEC) : -1;

	for (char *name = strtok_r(path, "/", &rest); name; name = strtok_r(NULL, "/", &rest)) {
		fd = root_file_is_roots(dir, S_IFDIR)
			     ? openat(dir, name, O_PATH | O_CLOEXEC | O_NOFOLLOW)
			     : -1;
		close(dir);
		dir = fd;
	}
	return root_file_is_roots(dir, S_IFREG) ? dir : -1;
}

/* Prints why with only the caller's own privileges, and exits: for run with 125, otherwise 4. */
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
			refuse(command, "standard output or error is a kernel file or an unusual "
					"socket: redirect it to another file");
	/* The C library has removed some variables, which COMMAND of run must get. */
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
