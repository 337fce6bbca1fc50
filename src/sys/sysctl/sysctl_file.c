/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl_file: the settings at boot, in a file of our own, and the files that override it. */
#include "sys/sysctl/sysctl_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "sys/priv/root_file.h"

#define MAX_FILES 4096

/* NULL: it is not a regular file, or *fault says why it is unreadable. */
static char *read_other(const char *path, const char **fault)
{
	char *text = NULL;
	struct stat st;
	int fd, err;

	*fault = NULL;
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return NULL;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	err = fd < 0 ? -errno : sysctl_file_read_text(fd, &text, fault);
	if (err && err != -ENOENT && !*fault)
		*fault = strerror(-err);
	if (fd >= 0)
		close(fd);
	return text;
}

/* The value of the last line that sets s. false: no line does, or *fault says why not. */
static bool find_value(const char *path, const struct sysctl_setting *s, long *value,
		       const char **fault)
{
	char *text = read_other(path, fault);
	bool is_set = false;

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sysctl_table_parse_line(line, strcspn(line, "\n"), s, value) == 0)
			is_set = true;
	}
	free(text);
	return is_set;
}

/*
 * sysctl --system and systemd-sysctl(8) read the files of all these sorted by name. Of files with
 * the same name they read only that of the first directory, which may mask the others.
 */
static const char *const dirs[] = { SYSCTL_FILE_DIR, "/run/sysctl.d", "/usr/local/lib/sysctl.d",
				    "/usr/lib/sysctl.d", "/lib/sysctl.d" };

struct sysctl_name {
	char name[NAME_MAX + 1];
	size_t dir;
};

struct sysctl_names {
	struct sysctl_name *list;
	size_t n, room;
};

static bool is_after_ours(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".conf") == 0 &&
	       strcmp(name, strrchr(SYSCTLFILE, '/') + 1) > 0;
}

static bool has_name(const struct sysctl_names *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->list[i].name, name) == 0)
			return true;
	return false;
}

/* If a directory is unreadable, what its files set is unknown. */
static void add_directory(struct sysctl_names *f, size_t dir, struct sysctl_file_override *o)
{
	DIR *stream = opendir(dirs[dir]);
	struct dirent *d = NULL;

	while (stream && (errno = 0, d = readdir(stream))) {
		if (!is_after_ours(d->d_name) || has_name(f, d->d_name))
			continue;
		if (f->n == MAX_FILES)
			errno = EFBIG;
		if (f->n == MAX_FILES || array_grow(&f->list, &f->room, f->n + 1))
			break;
		snprintf(f->list[f->n].name, sizeof(f->list->name), "%s", d->d_name);
		f->list[f->n++].dir = dir;
	}
	if (errno && errno != ENOENT && !o->fault) {
		o->fault = errno == EFBIG ? "it holds too many files" : strerror(errno);
		snprintf(o->path, sizeof(o->path), "%s", dirs[dir]);
	}
	if (stream)
		closedir(stream);
}

static int compare_last_first(const void *va, const void *vb)
{
	const struct sysctl_name *a = va, *b = vb;

	return strcmp(b->name, a->name);
}

/* Whether the file sets it; *is_other: to another value. Keeps the first fault. */
static bool check_override(struct sysctl_file_override *o, const char *path,
			   const struct sysctl_change *change, bool *is_other)
{
	const char *fault;
	long value;
	bool is_set = find_value(path, change->setting, &value, &fault);

	*is_other = is_set && value != change->value;
	if (*is_other || (fault && !o->fault)) {
		snprintf(o->path, sizeof(o->path), "%s", path);
		o->fault = fault;
	}
	return is_set;
}

bool sysctl_file_find_override(const struct sysctl_change *change, struct sysctl_file_override *o)
{
	char path[SYSCTL_FILE_PATH_MAX];
	struct sysctl_names f = { .n = 0 };
	bool is_set = false, is_other;

	o->fault = NULL;
	/* Only sysctl --system reads this one, at the very end. */
	check_override(o, "/etc/sysctl.conf", change, &is_other);
	if (is_other)
		return true;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		add_directory(&f, i, o);
	if (f.n)
		qsort(f.list, f.n, sizeof(*f.list), compare_last_first);
	for (size_t i = 0; !is_set && i < f.n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[f.list[i].dir], f.list[i].name);
		is_set = check_override(o, path, change, &is_other);
	}
	free(f.list);
	return is_other || o->fault;
}

#define MAX_FILE (64 * 1024)

#define NEXT_FILE SYSCTLFILE ".new"
#define LOCK_FILE SYSCTLFILE ".lock"

/* Why a file is not accepted as ours; NULL: it is. */
static const char *find_fault(const struct stat *st)
{
	static const char *const faults[] = {
		[ROOT_FILE_OK] = NULL,
		[ROOT_FILE_KIND] = "it is no regular file",
		[ROOT_FILE_OWNER] = "it belongs to another user than root",
		[ROOT_FILE_WRITABLE] = "others than root may write it",
	};

	if (S_ISDIR(st->st_mode))
		return "it is a directory";
	if (S_ISLNK(st->st_mode))
		return "it is a symbolic link";
	if (st->st_size > MAX_FILE && root_file_check(st, S_IFREG) == ROOT_FILE_OK)
		return "it is longer than 64 KiB";
	return faults[root_file_check(st, S_IFREG)];
}

int sysctl_file_read_text(int fd, char **text, const char **fault)
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

/* The present text, which the caller frees, and its owner; NULL with 0: there is no file. */
static int read_file(char **text, struct stat *st, const char **fault)
{
	int fd, err;

	*text = NULL;
	if (lstat(SYSCTLFILE, st))
		return errno == ENOENT ? 0 : -errno;
	*fault = find_fault(st);
	if (*fault)
		return -EINVAL;
	fd = open(SYSCTLFILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* It may have been replaced meanwhile. */
	err = fstat(fd, st) ? -errno : 0;
	*fault = err ? NULL : find_fault(st);
	if (!err)
		err = *fault ? -EINVAL : sysctl_file_read_text(fd, text, fault);
	close(fd);
	return err;
}

static int write_file(const char *text, gid_t group, mode_t mode)
{
	static const char next[] = NEXT_FILE;
	size_t len = strlen(text);
	int fd, err = 0;

	unlink(next);
	fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	errno = EIO;
	if (fchown(fd, 0, group) || fchmod(fd, mode) || write(fd, text, len) != (ssize_t)len ||
	    fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(next, SYSCTLFILE))
		err = -errno;
	if (err)
		unlink(next);
	return err;
}

/* As far as that shows without writing. */
static int try_write(void)
{
	if (faccessat(AT_FDCWD, SYSCTL_FILE_DIR, W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	if (errno == ENOENT && faccessat(AT_FDCWD, "/etc", W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	return -errno;
}

/* Needs the lock, or changes of another process would be lost. */
static int update(const struct sysctl_change *changes, size_t n, bool is_dry_run,
		  const char **fault)
{
	struct stat st = { .st_mode = 0644 }, next;
	char *text, *edited;
	int err = read_file(&text, &st, fault);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		edited = sysctl_table_edit(text, changes[i].setting, changes[i].value);
		free(text);
		text = edited;
		if (!text)
			return -ENOMEM;
	}
	if (strlen(text) > MAX_FILE)
		*fault = "it would be longer than 64 KiB";
	else if (lstat(NEXT_FILE, &next) == 0 && S_ISDIR(next.st_mode))
		*fault = NEXT_FILE " is in the way";
	if (*fault)
		err = -EINVAL;
	else
		err = is_dry_run ? try_write() : write_file(text, st.st_gid, st.st_mode & 07777);
	free(text);
	return err;
}

int sysctl_file_persist(const struct sysctl_change *changes, size_t n, bool is_dry_run,
			const char **fault)
{
	int lock, err;

	*fault = NULL;
	if (geteuid() != 0)
		return -EPERM;
	if (is_dry_run)
		return update(changes, n, true, fault);
	if (mkdir(SYSCTL_FILE_DIR, 0755) && errno != EEXIST)
		return -errno;
	lock = root_file_lock(AT_FDCWD, LOCK_FILE);
	if (lock == -EEXIST)
		*fault = LOCK_FILE " is in the way";
	if (lock == -EBUSY)
		*fault = "another process holds " LOCK_FILE;
	if (lock < 0)
		return lock;
	err = update(changes, n, false, fault);
	root_file_remove_lock(AT_FDCWD, LOCK_FILE, lock);
	return err;
}
