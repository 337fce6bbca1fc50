/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record: what adj a process had before it was protected. */
#include "sys/record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oom/adj.h"
#include "sys/procfs.h"

#define RECORD_DIR "/run/oomctl"

static bool is_roots_alone(int fd, mode_t kind)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == kind && st.st_uid == 0 &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* A handle of the directory, or a negative errno. */
static int open_dir(bool create)
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
		return -errno;
	if (!is_roots_alone(dir, S_IFDIR) || (is_new && fchmod(dir, 0755))) {
		close(dir);
		return -EBADF;
	}
	return dir;
}

/* The process that a record is about, what it had before, and what protect made of it. */
struct record {
	uint64_t start;
	int before, after;
};

/* "START BEFORE AFTER\n" of a file; 0 or a negative errno. */
static int read_file(int dir, const char *name, struct record *rec)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char buf[64];
	ssize_t n;

	if (fd < 0)
		return errno == ELOOP ? -EBADF : -errno;
	if (!is_roots_alone(fd, S_IFREG)) {
		close(fd);
		return -EBADF;
	}
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return -EBADF;
	buf[n] = '\0';
	if (sscanf(buf, "%" SCNu64 " %d %d", &rec->start, &rec->before, &rec->after) != 3 ||
	    rec->before < ADJ_NEVER || rec->before > ADJ_MAX)
		return -EBADF;
	return 0;
}

/* The record of this very process. */
static int find_record(const struct pidref *ref, struct record *rec)
{
	uint64_t start;
	char name[16];
	int dir, err;

	dir = open_dir(false);
	if (dir < 0)
		return dir;
	snprintf(name, sizeof(name), "%d", (int)ref->pid);
	err = read_file(dir, name, rec);
	close(dir);
	if (!err)
		err = pidref_read_start(ref, &start);
	return err ? err : start == rec->start ? 0 : -ENOENT;
}

int record_read(const struct pidref *ref, int *adj)
{
	struct record rec;
	int err = find_record(ref, &rec);

	if (!err)
		*adj = rec.before;
	return err;
}

/* Whole or not at all: written beside, then renamed. */
static int write_file(int dir, const char *name, const struct record *rec)
{
	char next[24], text[64];
	int fd, len, err = 0;

	snprintf(next, sizeof(next), "%s.new", name);
	len = snprintf(text, sizeof(text), "%" PRIu64 " %d %d\n", rec->start, rec->before,
		       rec->after);
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

int record_save(const struct pidref *ref, int before, int after)
{
	struct record rec = { .before = before, .after = after }, earlier;
	char name[16];
	int dir, err;

	if (find_record(ref, &earlier) == 0 && earlier.after == before)
		rec.before = earlier.before;
	err = pidref_read_start(ref, &rec.start);
	if (err)
		return err;
	dir = open_dir(true);
	if (dir < 0)
		return dir;
	snprintf(name, sizeof(name), "%d", (int)ref->pid);
	err = write_file(dir, name, &rec);
	close(dir);
	return err;
}

void record_forget(const struct pidref *ref)
{
	int dir = open_dir(false);
	char name[16];

	if (dir < 0)
		return;
	snprintf(name, sizeof(name), "%d", (int)ref->pid);
	unlinkat(dir, name, 0);
	close(dir);
}

struct sweep {
	int proc, dir;
};

static int sweep_one(void *arg, pid_t pid)
{
	const struct sweep *s = arg;
	struct pidref ref;
	struct record rec;
	uint64_t start;
	char name[16];

	snprintf(name, sizeof(name), "%d", (int)pid);
	if (read_file(s->dir, name, &rec))
		return 0;
	if (pidref_open(s->proc, pid, &ref) == -ESRCH ||
	    (pidref_read_start(&ref, &start) == 0 && start != rec.start))
		unlinkat(s->dir, name, 0);
	pidref_close(&ref);
	return 0;
}

void record_sweep(int proc)
{
	struct sweep s = { proc, open_dir(false) };

	if (s.dir < 0)
		return;
	procfs_each(s.dir, sweep_one, &s, NULL);
	close(s.dir);
}
