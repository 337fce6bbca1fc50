/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctlfile: the settings of the next boot, in one file of ours, and the files that overrule it. */
#include "sys/sysctlfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/procfs.h"

#define SYSCTL_DIR "/etc/sysctl.d"
#define MAX_FILE   (64 * 1024)
#define MAX_FILES  4096

#define NEXT_FILE SYSCTLFILE ".new"

/* Why a file of this kind is not taken for ours; NULL: it is. */
static const char *find_fault(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return "it is a directory";
	if (S_ISLNK(st->st_mode))
		return "it is a symbolic link";
	if (!S_ISREG(st->st_mode))
		return "it is no regular file";
	if (st->st_uid != 0)
		return "it belongs to another user than root";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "others than root may write it";
	return st->st_size > MAX_FILE ? "it is longer than 64 KiB" : NULL;
}

/* All of it, ended by a NUL, which the caller frees. */
static int read_text(int fd, char **text, const char **fault)
{
	char *buf = malloc(MAX_FILE + 1);
	ssize_t n = buf ? read(fd, buf, MAX_FILE + 1) : -1;
	int err = n < 0 ? -errno : 0;

	if (n > MAX_FILE)
		*fault = "it is longer than 64 KiB";
	else if (n > 0 && memchr(buf, '\0', (size_t)n))
		*fault = "it holds a NUL byte";
	if (err || *fault) {
		free(buf);
		return err ? err : -EINVAL;
	}
	buf[n] = '\0';
	*text = buf;
	return 0;
}

/* The present text, which the caller frees; NULL with 0: there is no file. */
static int read_file(char **text, const char **fault)
{
	struct stat st;
	int fd, err;

	*text = NULL;
	if (lstat(SYSCTLFILE, &st))
		return errno == ENOENT ? 0 : -errno;
	*fault = find_fault(&st);
	if (*fault)
		return -EINVAL;
	fd = open(SYSCTLFILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* It may have been changed since it was looked at. */
	err = fstat(fd, &st) ? -errno : 0;
	*fault = err ? NULL : find_fault(&st);
	if (!err)
		err = *fault ? -EINVAL : read_text(fd, text, fault);
	close(fd);
	return err;
}

static int write_file(const char *text)
{
	static const char next[] = NEXT_FILE;
	size_t len = strlen(text);
	int fd, err = 0;

	unlink(next);
	fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	errno = EIO;
	if (fchmod(fd, 0644) || write(fd, text, len) != (ssize_t)len || fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(next, SYSCTLFILE))
		err = -errno;
	if (err)
		unlink(next);
	return err;
}

/* As far as that can be told without writing. */
static int try_write(void)
{
	struct stat st;

	if (faccessat(AT_FDCWD, SYSCTL_DIR, W_OK | X_OK, AT_EACCESS) == 0)
		return lstat(NEXT_FILE, &st) == 0 && S_ISDIR(st.st_mode) ? -EEXIST : 0;
	if (errno == ENOENT && faccessat(AT_FDCWD, "/etc", W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	return -errno;
}

int sysctlfile_persist(const struct sysctl_change *changes, size_t n, bool is_dry_run,
		       const char **fault)
{
	char *text, *edited;
	int err;

	*fault = NULL;
	if (geteuid() != 0)
		return -EPERM;
	err = read_file(&text, fault);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		edited = setting_edit(text, changes[i].setting, changes[i].value);
		free(text);
		text = edited;
		if (!text)
			return -ENOMEM;
	}
	if (!is_dry_run && mkdir(SYSCTL_DIR, 0755) && errno != EEXIST)
		err = -errno;
	if (!err)
		err = is_dry_run ? try_write() : write_file(text);
	if (err == -EEXIST)
		*fault = NEXT_FILE " is in the way";
	free(text);
	return err;
}

/* What the last line of a file that sets it sets it to. false: none does. */
static bool find_value(const char *path, const struct setting *s, long *value)
{
	bool is_set = false;
	char *text = malloc(MAX_FILE);
	struct stat st;

	if (text && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    procfs_read_all(AT_FDCWD, path, text, MAX_FILE) > 0) {
		for (const char *line = text; line && *line; line = strchr(line, '\n')) {
			line += *line == '\n';
			if (setting_parse_line(line, strcspn(line, "\n"), s, value) == 0)
				is_set = true;
		}
	}
	free(text);
	return is_set;
}

/*
 * sysctl --system and systemd-sysctl(8) read the files of all these in the order of their names. Of files of one name
 * they take that of the first directory alone: an empty one, or a link to /dev/null, masks the others.
 */
static const char *const dirs[] = { SYSCTL_DIR, "/run/sysctl.d", "/usr/local/lib/sysctl.d",
				    "/usr/lib/sysctl.d", "/lib/sysctl.d" };

struct file {
	char name[NAME_MAX + 1];
	size_t dir;
};

struct files {
	struct file *list;
	size_t n;
};

static bool is_after_ours(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".conf") == 0 &&
	       strcmp(name, strrchr(SYSCTLFILE, '/') + 1) > 0;
}

static bool has_name(const struct files *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->list[i].name, name) == 0)
			return true;
	return false;
}

static void add_directory(struct files *f, size_t dir)
{
	DIR *stream = opendir(dirs[dir]);
	struct dirent *d;
	struct file *grown;

	while (stream && f->n < MAX_FILES && (d = readdir(stream))) {
		if (!is_after_ours(d->d_name) || has_name(f, d->d_name))
			continue;
		grown = reallocarray(f->list, f->n + 1, sizeof(*grown));
		if (!grown)
			break;
		f->list = grown;
		snprintf(grown[f->n].name, sizeof(grown->name), "%s", d->d_name);
		grown[f->n++].dir = dir;
	}
	if (stream)
		closedir(stream);
}

static int compare_last_first(const void *va, const void *vb)
{
	const struct file *a = va, *b = vb;

	return strcmp(b->name, a->name);
}

bool sysctlfile_find_override(const struct sysctl_change *change, char *path, size_t size)
{
	struct files f = { .n = 0 };
	bool is_set = false;
	long value = change->value;

	/* sysctl --system alone reads this one, at the very end. */
	snprintf(path, size, "/etc/sysctl.conf");
	if (find_value(path, change->setting, &value) && value != change->value)
		return true;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		add_directory(&f, i);
	if (f.n)
		qsort(f.list, f.n, sizeof(*f.list), compare_last_first);
	for (size_t i = 0; !is_set && i < f.n; i++) {
		snprintf(path, size, "%s/%s", dirs[f.list[i].dir], f.list[i].name);
		is_set = find_value(path, change->setting, &value);
	}
	free(f.list);
	return is_set && value != change->value;
}
