/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exec_check: the interpreter of a script and the loader of a program. */
#include "sys/proc/exec_check.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/proc/procfs.h"

/* Nested interpreters that the kernel accepts (fs/exec.c, exec_binprm()). */
#define MAX_DEPTH 5

#define MAX_PROGRAM_HEADERS 256

/* Not a regular file is EACCES, too (fs/exec.c, do_open_execat()). */
static bool can_execute(const char *path)
{
	struct stat st;

	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) || stat(path, &st))
		return false;
	errno = EACCES;
	return S_ISREG(st.st_mode);
}

int exec_check_find(const char *command, const char *dirs, char path[PATH_MAX])
{
	const char *end;
	int err = -ENOENT;

	if (strchr(command, '/'))
		return snprintf(path, PATH_MAX, "%s", command) >= PATH_MAX ? -ENAMETOOLONG
		       : can_execute(path)                                 ? 0
									   : -errno;
	for (;; dirs = end + 1) {
		end = strchrnul(dirs, ':');
		if (*command && snprintf(path, PATH_MAX, "%.*s%s%s", (int)(end - dirs), dirs,
					 end > dirs ? "/" : "", command) < PATH_MAX) {
			if (can_execute(path))
				return 0;
			if (errno == EACCES)
				err = -EACCES;
		}
		if (!*end)
			return err;
	}
}

/* The path that execvp(3) finds; with a slash, the command even if it cannot be executed. */
static bool find_command(const char *command, char path[PATH_MAX])
{
	const char *dirs = getenv("PATH");
	int err = exec_check_find(command, dirs ? dirs : "/bin:/usr/bin", path);

	return err == 0 || (err != -ENAMETOOLONG && strchr(command, '/'));
}

static int open_regular(const char *path)
{
	return procfs_reopen(open(path, O_PATH | O_CLOEXEC), procfs_check_regular);
}

/* In the byte order of this machine; a 64-bit machine may run 32-bit programs. */
static bool read_loader(int fd, char name[EXEC_CHECK_MAX])
{
	union {
		unsigned char ident[EI_NIDENT];
		Elf32_Ehdr e32;
		Elf64_Ehdr e64;
	} file;
	union {
		Elf32_Phdr p32;
		Elf64_Phdr p64;
	} part;
	size_t n, size;
	uint64_t at, len;
	bool is_64;

	if (pread(fd, &file, sizeof(file), 0) != sizeof(file))
		return false;
	is_64 = file.ident[EI_CLASS] == ELFCLASS64;
	n = is_64 ? file.e64.e_phnum : file.e32.e_phnum;
	at = is_64 ? file.e64.e_phoff : file.e32.e_phoff;
	size = is_64 ? sizeof(part.p64) : sizeof(part.p32);
	for (size_t i = 0; i < n && i < MAX_PROGRAM_HEADERS; i++, at += size) {
		if (pread(fd, &part, size, (off_t)at) != (ssize_t)size)
			return false;
		if ((is_64 ? part.p64.p_type : part.p32.p_type) != PT_INTERP)
			continue;
		at = is_64 ? part.p64.p_offset : part.p32.p_offset;
		len = is_64 ? part.p64.p_filesz : part.p32.p_filesz;
		/* The name must end with a NUL (fs/binfmt_elf.c, load_elf_binary()). */
		return len > 1 && len <= EXEC_CHECK_MAX &&
		       pread(fd, name, len, (off_t)at) == (ssize_t)len && name[len - 1] == '\0';
	}
	return false;
}

static bool is_elf(int fd)
{
	char magic[SELFMAG];

	return pread(fd, magic, SELFMAG, 0) == SELFMAG && memcmp(magic, ELFMAG, SELFMAG) == 0;
}

static bool read_interpreter(const char *path, struct exec_check *in)
{
	char line[EXEC_CHECK_MAX];
	int fd = open_regular(path);
	bool is_there = false;
	const char *word;
	ssize_t n;

	if (fd < 0)
		return false;
	n = pread(fd, line, sizeof(line) - 1, 0);
	line[n > 0 ? n : 0] = '\0';
	in->is_loader = is_elf(fd);
	if (in->is_loader) {
		is_there = read_loader(fd, in->name);
	} else if (line[0] == '#' && line[1] == '!') {
		/* As in "#! /bin/sh -e"; a carriage return is part of it, as in the kernel. */
		word = line + 2 + strspn(line + 2, " \t");
		snprintf(in->name, sizeof(in->name), "%.*s", (int)strcspn(word, " \t\n"), word);
		is_there = in->name[0];
	}
	close(fd);
	return is_there;
}

int exec_check_find_fault(const char *command, struct exec_check *in)
{
	char path[PATH_MAX];

	if (!find_command(command, path) || !can_execute(path))
		return 0;
	for (int depth = 0; depth < MAX_DEPTH && read_interpreter(path, in); depth++) {
		if (!can_execute(in->name))
			return -errno;
		snprintf(path, sizeof(path), "%s", in->name);
	}
	return 0;
}

bool exec_check_find_elf(const char *command, char path[PATH_MAX])
{
	bool is_found;
	int fd;

	if (!find_command(command, path))
		return false;
	fd = open_regular(path);
	is_found = fd >= 0 && is_elf(fd);
	if (fd >= 0)
		close(fd);
	return is_found;
}
