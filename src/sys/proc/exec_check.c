/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exec_check: the interpreter of a script and the loader of a program. */
#include "sys/proc/exec_check.h"

#include <dirent.h>
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
		       pread(fd, name, (size_t)len, (off_t)at) == (ssize_t)len &&
		       name[len - 1] == '\0';
	}
	return false;
}

static bool is_elf(int fd)
{
	char magic[SELFMAG];

	return pread(fd, magic, SELFMAG, 0) == SELFMAG && memcmp(magic, ELFMAG, SELFMAG) == 0;
}

/* Whether the n bytes that are printed in hexadecimal at hex have this value; mask: NULL or too. */
static bool bytes_match(const char *bytes, const char *hex, const char *mask, size_t n)
{
	unsigned int value, bits = 0xff;

	for (size_t i = 0; i < n; i++)
		if (sscanf(hex + 2 * i, "%2x", &value) != 1 ||
		    (mask && sscanf(mask + 2 * i, "%2x", &bits) != 1) ||
		    (((unsigned char)bytes[i] ^ value) & bits))
			return false;
	return true;
}

/* text: a file of binfmt_misc, as bm_entry_read() of fs/binfmt_misc.c prints it. */
static bool format_matches(const char *text, const char *path, const char head[EXEC_CHECK_MAX])
{
	const char *suffix = strstr(text, "\nextension ."), *magic = strstr(text, "\nmagic ");
	const char *mask = strstr(text, "\nmask "), *at = strstr(text, "\noffset ");
	const char *dot = strrchr(path, '.');
	long offset = 0;
	size_t n;

	if (strncmp(text, "enabled\n", 8) != 0)
		return false;
	if (suffix) {
		suffix += strlen("\nextension .");
		n = strcspn(suffix, "\n");
		return dot && strlen(dot + 1) == n && memcmp(dot + 1, suffix, n) == 0;
	}
	if (!magic || !at || sscanf(at, "\noffset %ld", &offset) != 1)
		return false;
	magic += strlen("\nmagic ");
	n = strspn(magic, "0123456789abcdef") / 2;
	if (offset < 0 || offset >= EXEC_CHECK_MAX || n > EXEC_CHECK_MAX - (size_t)offset)
		return false;
	if (mask)
		mask += strlen("\nmask ");
	return bytes_match(head + offset, magic, mask, n);
}

/* Whether an administrator registered an interpreter for the file. */
static bool has_registered_format(const char *path, const char head[EXEC_CHECK_MAX])
{
	char text[4096];
	DIR *dir = opendir("/proc/sys/fs/binfmt_misc");
	struct dirent *d;
	bool is_found = false;

	while (dir && !is_found && (d = readdir(dir)))
		is_found = *d->d_name != '.' && strcmp(d->d_name, "register") != 0 &&
			   procfs_read_all(dirfd(dir), d->d_name, text, sizeof(text)) > 0 &&
			   format_matches(text, path, head);
	if (dir)
		closedir(dir);
	return is_found;
}

enum exec_kind { EXEC_OTHER, EXEC_INTERPRETED, EXEC_UNKNOWN };

static enum exec_kind read_interpreter(const char *path, struct exec_check *in)
{
	char head[EXEC_CHECK_MAX + 1] = { 0 };
	enum exec_kind is = EXEC_OTHER;
	int fd = open_regular(path);
	const char *word;

	if (fd < 0)
		return EXEC_OTHER;
	if (pread(fd, head, EXEC_CHECK_MAX, 0) < 0) {
		close(fd);
		return EXEC_OTHER;
	}
	in->is_loader = is_elf(fd);
	if (in->is_loader) {
		is = read_loader(fd, in->name) ? EXEC_INTERPRETED : EXEC_OTHER;
	} else if (head[0] == '#' && head[1] == '!') {
		/* As in "#! /bin/sh -e"; a carriage return is part of it, as in the kernel. */
		word = head + 2 + strspn(head + 2, " \t");
		snprintf(in->name, sizeof(in->name), "%.*s", (int)strcspn(word, " \t\n"), word);
		is = in->name[0] ? EXEC_INTERPRETED : EXEC_UNKNOWN;
	} else if (!has_registered_format(path, head)) {
		is = EXEC_UNKNOWN;
	}
	close(fd);
	return is;
}

int exec_check_find_fault(const char *path, struct exec_check *in)
{
	char file[PATH_MAX];
	enum exec_kind is;

	*in = (struct exec_check){ .name = "" };
	snprintf(file, sizeof(file), "%s", path);
	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		is = read_interpreter(file, in);
		if (is == EXEC_UNKNOWN)
			return -ENOEXEC;
		if (is == EXEC_OTHER)
			return 0;
		if (!can_execute(in->name))
			return -errno;
		snprintf(file, sizeof(file), "%s", in->name);
	}
	return 0;
}

int exec_check_find_command_fault(const char *command, struct exec_check *in)
{
	char path[PATH_MAX];

	return find_command(command, path) && can_execute(path) ? exec_check_find_fault(path, in)
								: 0;
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
