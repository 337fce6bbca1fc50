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

#define MAX_FILE  (64 * 1024)
#define MAX_FILES 4096

/* The present text, which the caller frees; NULL with 0: there is no file. */
static int read_file(char **text)
{
	int fd = open(SYSCTLFILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	*text = NULL;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != 0 ||
	    st.st_mode & (S_IWGRP | S_IWOTH)) {
		close(fd);
		return -EPERM;
	}
	*text = malloc(MAX_FILE + 1);
	n = *text ? read(fd, *text, MAX_FILE + 1) : -1;
	close(fd);
	if (n < 0 || n > MAX_FILE) {
		free(*text);
		*text = NULL;
		return n > MAX_FILE ? -EFBIG : -ENOMEM;
	}
	(*text)[n] = '\0';
	return 0;
}

static int write_file(const char *text)
{
	static const char next[] = SYSCTLFILE ".new";
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

int sysctlfile_persist(const struct sysctl_change *changes, size_t n)
{
	char *text, *edited;
	int err;

	if (geteuid() != 0)
		return -EPERM;
	err = read_file(&text);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		edited = setting_edit(text, changes[i].setting, changes[i].value);
		free(text);
		text = edited;
		if (!text)
			return -ENOMEM;
	}
	if (mkdir("/etc/sysctl.d", 0755) && errno != EEXIST)
		err = -errno;
	if (!err)
		err = write_file(text);
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
static const char *const dirs[] = { "/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d",
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
