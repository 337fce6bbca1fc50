/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl: the kernel's OOM settings, now and at boot. */
#include "sys/sysctl/sysctl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "sys/priv/root_file.h"
#include "sys/proc/procfs.h"

#define MAX_FILES 4096
#define MAX_FILE  (64 * 1024)
#define NEXT_FILE SYSCTLFILE ROOT_FILE_NEW
#define LOCK_FILE SYSCTLFILE ".lock"

static void name_file(const struct sysctl_setting *s, char *buf, size_t size)
{
	snprintf(buf, size, "sys/%s/%s", s->dir, s->name);
}

/* Every kernel has this directory, so without it /proc is restricted. */
static int explain_missing(int proc, int err)
{
	return err == -ENOENT && faccessat(proc, "sys/vm", F_OK, 0) ? -ENODEV : err;
}

int sysctl_read(int proc, const struct sysctl_setting *s, int64_t *value)
{
	char name[64];

	name_file(s, name, sizeof(name));
	return explain_missing(proc, procfs_read_number(proc, name, value));
}

void sysctl_read_memory(int proc, struct sysctl_memory *m)
{
	char buf[PROCFS_BUF] = "";
	const struct {
		const char *key;
		int64_t *value;
	} rows[] = {
		{ "MemTotal", &m->ram },    { "MemAvailable", &m->available },
		{ "SwapTotal", &m->swap },  { "Committed_AS", &m->committed },
		{ "Hugetlb", &m->hugetlb },
	};
	uint64_t kib;

	if (procfs_read_all(proc, "meminfo", buf, sizeof(buf)) < 0)
		*buf = '\0';
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		*rows[i].value = procfs_find_number(buf, rows[i].key, &kib) &&
						 kib < INT64_MAX / 1024
					 ? (int64_t)kib
					 : -1;
	/* Kernels without huge pages, and before 4.20, do not show it. */
	if (m->hugetlb < 0)
		m->hugetlb = 0;
}

int sysctl_try(int proc, const struct sysctl_setting *s)
{
	char name[64];

	name_file(s, name, sizeof(name));
	return faccessat(proc, name, W_OK, AT_EACCESS) ? explain_missing(proc, -errno) : 0;
}

static int write_number(int fd, int64_t value)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRId64 "\n", value);
	ssize_t n = pwrite(fd, text, (size_t)len, 0);

	return n == len ? 0 : n < 0 ? -errno : -EIO;
}

/* A setting that is being written, and what it had before. */
struct writing {
	int fd;
	int64_t before;
	int rival_fd; /* -1: there is no rival, or it was 0 */
	int64_t rival_before;
};

static int open_setting(int proc, const struct sysctl_setting *s, int64_t *before, int *fd)
{
	char name[64];
	int err = sysctl_read(proc, s, before);

	name_file(s, name, sizeof(name));
	*fd = openat(proc, name, O_WRONLY | O_CLOEXEC);
	return err ? err : *fd < 0 ? -errno : 0;
}

static int open_writing(int proc, const struct sysctl_setting *s, struct writing *w)
{
	const struct sysctl_setting *rival =
		s->rival ? sysctl_table_find(s->rival, strlen(s->rival)) : NULL;
	int err = open_setting(proc, s, &w->before, &w->fd);

	w->rival_fd = -1;
	if (err || !rival || sysctl_read(proc, rival, &w->rival_before) || !w->rival_before)
		return err;
	return open_setting(proc, rival, &w->rival_before, &w->rival_fd);
}

/* If the rival was not 0, the setting was 0, and becomes 0 again when the rival is written. */
static void write_back(const struct writing *w)
{
	if (w->rival_fd >= 0)
		write_number(w->rival_fd, w->rival_before);
	else
		write_number(w->fd, w->before);
}

/*
 * The commit limit is enforced last and given up first: with the old one, requests of all processes
 * could fail in between.
 */
static void order_writes(const struct sysctl_change *changes, size_t n, size_t *order)
{
	enum { LEAVES, OTHERS, ENFORCES, N_TURNS };

	for (int turn = 0; turn < N_TURNS; turn++) {
		for (size_t i = 0; i < n; i++) {
			bool is_mode = strcmp(changes[i].setting->name, "overcommit_memory") == 0;

			if (turn == (!is_mode ? OTHERS : changes[i].value == 2 ? ENFORCES : LEAVES))
				*order++ = i;
		}
	}
}

int sysctl_write(int proc, const struct sysctl_change *changes, size_t n,
		 const struct sysctl_setting **failed)
{
	struct writing list[SYSCTL_TABLE_N];
	size_t n_open, at, order[SYSCTL_TABLE_N];
	int err = 0;

	if (n > SYSCTL_TABLE_N)
		return -E2BIG;
	for (n_open = 0; !err && n_open < n; n_open++) {
		*failed = changes[n_open].setting;
		err = open_writing(proc, *failed, &list[n_open]);
	}
	order_writes(changes, n, order);
	for (at = 0; !err && at < n; at++) {
		*failed = changes[order[at]].setting;
		err = write_number(list[order[at]].fd, changes[order[at]].value);
		if (err)
			break;
	}
	for (size_t i = at; err && n_open == n && i-- > 0;)
		write_back(&list[order[i]]);
	for (size_t i = 0; i < n_open; i++) {
		if (list[i].fd >= 0)
			close(list[i].fd);
		if (list[i].rival_fd >= 0)
			close(list[i].rival_fd);
	}
	return err;
}

/* Why a file is refused; NULL: it is accepted. */
static const char *find_fault(const struct stat *st)
{
	static const char *const faults[] = {
		[ROOT_FILE_OK] = NULL,
		[ROOT_FILE_KIND] = "not a regular file",
		[ROOT_FILE_OWNER] = "not owned by root",
		[ROOT_FILE_WRITABLE] = "writable by other users",
	};

	if (S_ISDIR(st->st_mode))
		return "it is a directory";
	if (S_ISLNK(st->st_mode))
		return "it is a symbolic link";
	if (st->st_size > MAX_FILE && root_file_check(st, S_IFREG) == ROOT_FILE_OK)
		return "larger than 64 KiB";
	return faults[root_file_check(st, S_IFREG)];
}

/*
 * Reads a file of settings as a string, which the caller frees. 0 or a negative errno; -EINVAL:
 * *fault, NULL before, is the reason.
 */
static int read_text(int fd, char **text, const char **fault)
{
	char *buf = malloc(MAX_FILE + 1);
	ssize_t n = buf ? read(fd, buf, MAX_FILE + 1) : -1;
	int err = n < 0 ? -errno : 0;

	if (n > MAX_FILE)
		*fault = "larger than 64 KiB";
	else if (n > 0 && memchr(buf, '\0', (size_t)n))
		*fault = "contains a NUL byte";
	if (err || *fault) {
		free(buf);
		return err ? err : -EINVAL;
	}
	buf[n] = '\0';
	*text = buf;
	return 0;
}

/*
 * sysctl --system and systemd-sysctl(8) read the files of all these directories sorted by name; of
 * files with the same name, only the one in the first directory.
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

/* If a directory is unreadable, the values in its files are unknown. */
static void add_directory(struct sysctl_names *f, size_t dir, struct sysctl_file_override *o)
{
	DIR *stream = opendir(dirs[dir]);
	struct dirent *d = NULL;

	while (stream && (errno = 0, d = readdir(stream))) {
		const char *name = d->d_name, *suffix = strrchr(name, '.');
		size_t i = 0;

		if (!suffix || suffix == name || strcmp(suffix, ".conf") != 0 ||
		    strcmp(name, strrchr(SYSCTLFILE, '/') + 1) <= 0)
			continue;
		while (i < f->n && strcmp(f->list[i].name, name) != 0)
			i++;
		if (i < f->n)
			continue;
		if (f->n == MAX_FILES)
			errno = EFBIG;
		if (f->n == MAX_FILES || array_grow(&f->list, &f->room, f->n + 1))
			break;
		snprintf(f->list[f->n].name, sizeof(f->list->name), "%s", name);
		f->list[f->n++].dir = dir;
	}
	if (errno && errno != ENOENT && !o->fault) {
		o->fault = errno == EFBIG ? "contains too many files" : strerror(errno);
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

/*
 * Whether a regular file sets it; *is_other: its last such line sets another value. Keeps the first
 * fault that makes a file unreadable.
 */
static bool check_override(struct sysctl_file_override *o, const char *path,
			   const struct sysctl_change *change, bool *is_other)
{
	const char *fault = NULL;
	bool is_set = false;
	char *text = NULL;
	struct stat st;
	int64_t value = 0;
	int fd, err;

	*is_other = false;
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	err = fd < 0 ? -errno : read_text(fd, &text, &fault);
	if (err && err != -ENOENT && !fault)
		fault = strerror(-err);
	if (fd >= 0)
		close(fd);
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sysctl_table_parse_line(line, strcspn(line, "\n"), change->setting, &value) ==
		    0)
			is_set = true;
	}
	free(text);
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

/* The current text, which the caller frees, and its owner; NULL with 0: there is no file. */
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
	/* It can have been replaced since lstat(). */
	err = fstat(fd, st) ? -errno : 0;
	*fault = err ? NULL : find_fault(st);
	if (!err)
		err = *fault ? -EINVAL : read_text(fd, text, fault);
	close(fd);
	return err;
}

/* Needs the lock, or changes by another process would be lost. */
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
		*fault = "it would become larger than 64 KiB";
	else if (lstat(NEXT_FILE, &next) == 0 && S_ISDIR(next.st_mode))
		*fault = NEXT_FILE " is a directory";
	if (*fault)
		err = -EINVAL;
	else if (!is_dry_run)
		err = root_file_replace(AT_FDCWD, SYSCTLFILE, text, &st);
	else if (faccessat(AT_FDCWD, SYSCTL_FILE_DIR, W_OK | X_OK, AT_EACCESS) &&
		 (errno != ENOENT || faccessat(AT_FDCWD, "/etc", W_OK | X_OK, AT_EACCESS)))
		err = -errno;
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
		*fault = LOCK_FILE " exists and is not a lock file";
	if (lock == -EBUSY)
		*fault = "another process holds the lock " LOCK_FILE;
	if (lock < 0)
		return lock;
	err = update(changes, n, false, fault);
	root_file_remove_lock(AT_FDCWD, LOCK_FILE, lock);
	return err;
}
