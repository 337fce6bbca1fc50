/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record: what adj a process had before it was protected. */
#include "sys/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oom/adj.h"
#include "sys/machine.h"
#include "sys/sharers.h"

#define RECORD_DIR "/run/oomctl"
#define NAME_SIZE  32
#define MAX_KNOWN  20000 /* records in which those of sharers are looked for */

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
		return errno == ENOTDIR || errno == ELOOP ? -EBADF : -errno;
	if (!is_roots_alone(dir, S_IFDIR) || (is_new && fchmod(dir, 0755))) {
		close(dir);
		return -EBADF;
	}
	return dir;
}

/* A PID counts in its namespace alone, and containers may share /run: others than the first have their own names. */
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

/* The process that a record is about, what it had before, and what protect made of it. */
struct record {
	pid_t pid;
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
static int find_own(int proc, int dir, const struct pidref *ref, struct record *rec)
{
	char name[NAME_SIZE];
	uint64_t start;
	int err;

	name_file(proc, ref->pid, name);
	rec->pid = ref->pid;
	err = read_file(dir, name, rec);
	if (!err)
		err = pidref_read_start(ref, &start);
	return err ? err : start == rec->start ? 0 : -ENOENT;
}

/* Calls found for the PID of each record of this namespace; stops at a non-zero result and returns it. */
static int each_record(int proc, int dir, int (*found)(void *arg, pid_t pid), void *arg)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = 0;
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *d;
	char name[NAME_SIZE];
	pid_t pid;

	if (!stream && copy >= 0)
		close(copy);
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

/* What protect has left to a process. */
struct known {
	pid_t pid;
	int after;
};

/* All records, as they were when they were asked for first: to look at each file for each of many targets takes seconds. */
static struct {
	struct known *list;
	size_t n;
	bool is_read;
} known;

struct collection {
	int proc, dir;
};

static int collect(void *arg, pid_t pid)
{
	const struct collection *c = arg;
	struct record rec;
	char name[NAME_SIZE];

	name_file(c->proc, pid, name);
	if (read_file(c->dir, name, &rec) == 0)
		known.list[known.n++] = (struct known){ pid, rec.after };
	return known.n == MAX_KNOWN;
}

static void read_known(int proc, int dir)
{
	struct collection c = { proc, dir };

	known.is_read = true;
	known.list = calloc(MAX_KNOWN, sizeof(*known.list));
	if (known.list)
		each_record(proc, dir, collect, &c);
}

static bool is_sharers(int proc, int dir, pid_t pid, pid_t owner, struct record *rec)
{
	struct pidref ref;
	bool is_it;

	if (owner == pid || sharers_compare(owner, pid) != 1)
		return false;
	is_it = pidref_open(proc, owner, &ref) == 0 && !ref.is_thread &&
		find_own(proc, dir, &ref, rec) == 0;
	pidref_close(&ref);
	return is_it;
}

/*
 * Of one that shares its memory: the kernel ties their adj, and what protect left is what both have, unless one is a child of
 * vfork(2), which keeps its own (fs/proc/base.c, __set_oom_adj()).
 */
static int find_sharers(int proc, int dir, const struct pidref *ref, int adj, struct record *rec)
{
	if (!known.is_read)
		read_known(proc, dir);
	for (size_t i = 0; i < known.n; i++)
		if (known.list[i].after == adj &&
		    is_sharers(proc, dir, ref->pid, known.list[i].pid, rec))
			return 0;
	return -ENOENT;
}

/* Of the process, which has this adj, or of one that shares its memory. */
static int find_record(int proc, const struct pidref *ref, int adj, struct record *rec)
{
	int dir = open_dir(false), err;

	if (dir < 0)
		return dir;
	err = find_own(proc, dir, ref, rec);
	if (err == -ENOENT)
		err = find_sharers(proc, dir, ref, adj, rec);
	close(dir);
	return err;
}

int record_read(int proc, const struct pidref *ref, int adj, int *before, pid_t *owner)
{
	struct record rec = { .pid = ref->pid };
	int err = find_record(proc, ref, adj, &rec);

	*owner = err ? ref->pid : rec.pid;
	if (!err)
		*before = rec.before;
	return err;
}

/* Whole or not at all: written beside, then renamed. */
static int write_file(int dir, const char *name, const struct record *rec)
{
	char next[NAME_SIZE + 8], text[64];
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

int record_save(int proc, const struct pidref *ref, int before, int after)
{
	struct record rec = { .before = before, .after = after }, earlier = { .pid = 0 };
	char name[NAME_SIZE];
	int dir, err;

	if (find_record(proc, ref, before, &earlier) == 0 && earlier.after == before)
		rec.before = earlier.before;
	err = pidref_read_start(ref, &rec.start);
	if (err)
		return err;
	dir = open_dir(true);
	if (dir < 0)
		return dir;
	name_file(proc, ref->pid, name);
	err = write_file(dir, name, &rec);
	close(dir);
	return err;
}

void record_forget(int proc, pid_t pid)
{
	int dir = open_dir(false);
	char name[NAME_SIZE];

	if (dir < 0)
		return;
	name_file(proc, pid, name);
	unlinkat(dir, name, 0);
	close(dir);
}

struct sweep {
	int proc, dir;
};

/* /proc alone may hide a process (hidepid), kill(2) alone may mean another namespace than /proc. */
static bool has_ended(int found, pid_t pid)
{
	return found == -ESRCH && kill(pid, 0) && errno == ESRCH;
}

static int sweep_one(void *arg, pid_t pid)
{
	const struct sweep *s = arg;
	struct pidref ref;
	struct record rec;
	uint64_t start;
	char name[NAME_SIZE];

	name_file(s->proc, pid, name);
	if (read_file(s->dir, name, &rec))
		return 0;
	if (has_ended(pidref_open(s->proc, pid, &ref), pid) ||
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
	each_record(proc, s.dir, sweep_one, &s);
	close(s.dir);
}
