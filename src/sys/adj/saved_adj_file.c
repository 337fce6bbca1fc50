/* SPDX-License-Identifier: GPL-2.0-or-later */
/* saved_adj_file: /run/oomctl with a file for each process: "START BEFORE AFTER [LAST]". */
#include "sys/adj/saved_adj_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oom/rules/adj.h"
#include "sys/priv/root_file.h"
#include "sys/proc/machine.h"

#define RECORD_DIR "/run/oomctl"
#define NEW_SUFFIX ".new"
#define NAME_SIZE  32
#define TEXT_SIZE  64

static bool is_roots_alone(int fd, mode_t kind)
{
	struct stat st;

	return fstat(fd, &st) == 0 && root_file_check(&st, kind) == ROOT_FILE_OK;
}

int saved_adj_file_open_dir(bool create)
{
	bool is_new;
	int dir;

	if (create && geteuid() != 0)
		return -EPERM;
	is_new = create && mkdir(RECORD_DIR, 0755) == 0;
	if (create && !is_new && errno != EEXIST)
		return -errno;
	dir = open(RECORD_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOTDIR || errno == ELOOP ? -EBADF : -errno;
	if (!is_roots_alone(dir, S_IFDIR) || (is_new && fchmod(dir, 0755))) {
		close(dir);
		return -EBADF;
	}
	return dir;
}

int saved_adj_file_lock(bool create)
{
	int dir = geteuid() == 0 ? saved_adj_file_open_dir(create) : -EPERM, lock;

	if (dir < 0)
		return dir;
	lock = root_file_lock(dir, ".lock");
	close(dir);
	return lock;
}

int saved_adj_file_probe(void)
{
	int dir = saved_adj_file_open_dir(false), err = 0;

	if (geteuid() != 0)
		err = -EPERM;
	else if (dir < 0 && dir != -ENOENT)
		err = dir;
	else if (faccessat(dir, dir < 0 ? "/run" : ".", W_OK, 0))
		err = -errno;
	if (dir >= 0)
		close(dir);
	return err;
}

/* Containers may share /run: only names of the initial PID namespace are bare PIDs. */
static void name_file(int proc, pid_t pid, char name[NAME_SIZE])
{
	static unsigned int ns;
	static int asked = -1;

	if (asked != proc)
		ns = machine_read_pidns(proc);
	asked = proc;
	if (ns)
		snprintf(name, NAME_SIZE, "%d@%u", (int)pid, ns);
	else
		snprintf(name, NAME_SIZE, "%d", (int)pid);
}

static int print(const struct saved_adj *rec, char text[TEXT_SIZE])
{
	int len =
		snprintf(text, TEXT_SIZE, "%" PRIu64 " %d %d", rec->start, rec->before, rec->after);

	if (rec->last != rec->before)
		len += snprintf(text + len, TEXT_SIZE - (size_t)len, " %d", rec->last);
	return len + snprintf(text + len, TEXT_SIZE - (size_t)len, "\n");
}

static bool is_adj(int value)
{
	return value >= ADJ_NEVER && value <= ADJ_MAX;
}

/* Accepts only the exact text that these numbers print as: no truncation, no trailing text. */
static bool parse(const char *text, struct saved_adj *rec)
{
	char again[TEXT_SIZE];
	int n = sscanf(text, "%" SCNu64 " %d %d %d", &rec->start, &rec->before, &rec->after,
		       &rec->last);

	if (n < 3)
		return false;
	if (n == 3)
		rec->last = rec->before;
	print(rec, again);
	return strcmp(text, again) == 0 && is_adj(rec->before) && is_adj(rec->after) &&
	       is_adj(rec->last);
}

int saved_adj_file_read(int proc, int dir, pid_t pid, struct saved_adj *rec)
{
	char name[NAME_SIZE], buf[TEXT_SIZE];
	ssize_t n;
	int fd;

	name_file(proc, pid, name);
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP ? -EBADF : -errno;
	n = is_roots_alone(fd, S_IFREG) ? read(fd, buf, sizeof(buf) - 1) : 0;
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	rec->pid = pid;
	return parse(buf, rec) ? 0 : -EBADF;
}

/* Writes a new file, then renames it. */
int saved_adj_file_write(int proc, int dir, const struct saved_adj *rec)
{
	char name[NAME_SIZE], next[NAME_SIZE + 8], text[TEXT_SIZE];
	int fd, len, err = 0;

	name_file(proc, rec->pid, name);
	snprintf(next, sizeof(next), "%s" NEW_SUFFIX, name);
	len = print(rec, text);
	unlinkat(dir, next, 0);
	fd = openat(dir, next, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	if (fchmod(fd, 0644) || write(fd, text, (size_t)len) != len)
		err = errno ? -errno : -EIO;
	if (close(fd) && !err)
		err = -errno;
	if (!err && renameat(dir, next, dir, name))
		err = -errno;
	if (err)
		unlinkat(dir, next, 0);
	return err;
}

void saved_adj_file_remove(int proc, int dir, pid_t pid)
{
	char name[NAME_SIZE];

	name_file(proc, pid, name);
	unlinkat(dir, name, 0);
}

static DIR *open_stream(int dir)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);

	if (!stream && copy >= 0)
		close(copy);
	return stream;
}

void saved_adj_file_sweep(int dir)
{
	DIR *stream = open_stream(dir);
	struct dirent *d;

	while (stream && (d = readdir(stream))) {
		const char *suffix = strrchr(d->d_name, '.');

		if (suffix && strcmp(suffix, NEW_SUFFIX) == 0)
			unlinkat(dir, d->d_name, 0);
	}
	if (stream)
		closedir(stream);
}

int saved_adj_file_each(int proc, int dir, int (*found)(void *arg, pid_t pid), void *arg)
{
	DIR *stream = open_stream(dir);
	struct dirent *d;
	char name[NAME_SIZE];
	int result = stream ? 0 : -errno;
	pid_t pid;

	while (stream && !result && (d = readdir(stream))) {
		pid = (pid_t)strtol(d->d_name, NULL, 10);
		name_file(proc, pid, name);
		if (pid > 0 && strcmp(d->d_name, name) == 0)
			result = found(arg, pid);
	}
	if (stream)
		closedir(stream);
	return result;
}
