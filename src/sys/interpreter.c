/* SPDX-License-Identifier: GPL-2.0-or-later */
/* interpreter: what is wrong with the interpreter of a script that the kernel would not execute. */
#include "sys/interpreter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An interpreter can be a script; after so many the kernel gives up (fs/exec.c, exec_binprm()). */
#define MAX_DEPTH 5

/* The kernel says EACCES too of what is no regular file (fs/exec.c, do_open_execat()). */
static bool can_execute(const char *path)
{
	struct stat st;

	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) || stat(path, &st))
		return false;
	errno = EACCES;
	return S_ISREG(st.st_mode);
}

/* Where execvp(3) finds it: the first in PATH that is there at all. */
static bool find_command(const char *command, char *path, size_t size)
{
	const char *dirs = getenv("PATH"), *end;

	if (strchr(command, '/'))
		return (size_t)snprintf(path, size, "%s", command) < size;
	for (dirs = dirs ? dirs : "/bin:/usr/bin";; dirs = end + 1) {
		end = strchrnul(dirs, ':');
		if (snprintf(path, size, "%.*s%s%s", (int)(end - dirs), dirs, end > dirs ? "/" : "",
			     command) < (int)size &&
		    can_execute(path))
			return true;
		if (!*end)
			return false;
	}
}

/* The word behind #! in the first line, "#! /bin/sh -e"; as the kernel takes it: a carriage return is part of it. */
static bool read_interpreter(const char *path, char name[INTERPRETER_MAX])
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char line[INTERPRETER_MAX];
	const char *word = line + 2;
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (n < 2 || line[0] != '#' || line[1] != '!')
		return false;
	line[n] = '\0';
	word += strspn(word, " \t");
	snprintf(name, INTERPRETER_MAX, "%.*s", (int)strcspn(word, " \t\n"), word);
	return name[0] != '\0';
}

int interpreter_find_fault(const char *command, char name[INTERPRETER_MAX])
{
	char path[PATH_MAX];

	if (!find_command(command, path, sizeof(path)) || !can_execute(path))
		return 0;
	for (int depth = 0; depth < MAX_DEPTH && read_interpreter(path, name); depth++) {
		if (!can_execute(name))
			return -errno;
		snprintf(path, sizeof(path), "%s", name);
	}
	return 0;
}
