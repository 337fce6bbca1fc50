/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * saved_adj: the adj of processes before protect, in /run/oomctl. The file of a process contains
 * "START BEFORE AFTER [LAST]".
 */
#include "sys/adj/saved_adj.h"

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

#include "base/array.h"
#include "oom/rules/adj.h"
#include "sys/adj/adj_file.h"
#include "sys/adj/mm_sharers.h"
#include "sys/priv/root_file.h"
#include "sys/proc/machine.h"

#define RECORD_DIR "/run/oomctl"
#define NAME_SIZE  32
#define TEXT_SIZE  64

int saved_adj_open_dir(bool create)
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
	if (!root_file_is_roots(dir, S_IFDIR) || (is_new && fchmod(dir, 0755))) {
		close(dir);
		return -EBADF;
	}
	return dir;
}

static int lock_by(bool create, int (*take)(int dir, const char *name))
{
	int dir = geteuid() == 0 ? saved_adj_open_dir(create) : -EPERM, lock;

	if (dir < 0)
		return dir;
	lock = take(dir, ".lock");
	close(dir);
	return lock;
}

int saved_adj_lock(bool create)
{
	return lock_by(create, root_file_lock);
}

int saved_adj_try_lock(bool create)
{
	return lock_by(create, root_file_try_lock);
}

int saved_adj_probe(void)
{
	int dir = saved_adj_open_dir(false), err = 0;

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

/* Containers can share /run: only in the initial PID namespace is a name just the PID. */
static void name_file(int proc, pid_t pid, char name[NAME_SIZE])
{
	static unsigned int ns;
	static int read_from = -1;

	if (read_from != proc)
		ns = machine_read_pidns(proc);
	read_from = proc;
	if (ns)
		snprintf(name, NAME_SIZE, "%d@%u", (int)pid, ns);
	else
		snprintf(name, NAME_SIZE, "%d", (int)pid);
}

/* The PID of a record of this namespace; 0: another file. */
static pid_t parse_name(int proc, const char *file)
{
	pid_t pid = (pid_t)strtol(file, NULL, 10);
	char name[NAME_SIZE];

	name_file(proc, pid, name);
	return pid > 0 && strcmp(file, name) == 0 ? pid : 0;
}

static void print(const struct saved_adj *rec, char text[TEXT_SIZE])
{
	int len =
		snprintf(text, TEXT_SIZE, "%" PRIu64 " %d %d", rec->start, rec->before, rec->after);

	if (rec->last != rec->before)
		len += snprintf(text + len, TEXT_SIZE - (size_t)len, " %d", rec->last);
	snprintf(text + len, TEXT_SIZE - (size_t)len, "\n");
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

/* -ENOENT: pid has no record. -EBADF: it is damaged, or others can write to it. */
static int read_record(int proc, int dir, pid_t pid, struct saved_adj *rec)
{
	char name[NAME_SIZE], buf[TEXT_SIZE];
	ssize_t n;
	int fd;

	name_file(proc, pid, name);
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP ? -EBADF : -errno;
	n = root_file_is_roots(fd, S_IFREG) ? read(fd, buf, sizeof(buf) - 1) : 0;
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	rec->pid = pid;
	return parse(buf, rec) ? 0 : -EBADF;
}

static int write_record(int proc, int dir, const struct saved_adj *rec)
{
	char name[NAME_SIZE], text[TEXT_SIZE];

	name_file(proc, rec->pid, name);
	print(rec, text);
	return root_file_replace(dir, name, text, NULL);
}

static void remove_record(int proc, int dir, pid_t pid)
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

/* A record before this run wrote any, and now; now.pid 0: it was removed. */
struct known_record {
	struct saved_adj was, now;
};

/* All records, sorted by mm_sharers_sort(). */
static struct {
	struct known_record *list;
	size_t n, room;
	bool is_read;
} known;

/* Reads none without kcmp(2), as sharers cannot be identified. */
static int read_known(int proc, int dir)
{
	struct saved_adj rec;
	struct dirent *d;
	DIR *stream;
	int err = 0;

	if (known.is_read || mm_sharers_compare(getpid(), getpid()) < 0)
		return 0;
	known.n = 0;
	stream = open_stream(dir);
	if (!stream)
		return -errno;
	while (!err && (d = readdir(stream))) {
		pid_t pid = parse_name(proc, d->d_name);

		if (!pid || read_record(proc, dir, pid, &rec) || mm_sharers_compare(pid, pid) < 0)
			continue;
		err = array_grow(&known.list, &known.room, known.n + 1);
		if (!err)
			known.list[known.n++] = (struct known_record){ rec, rec };
	}
	closedir(stream);
	if (!err)
		mm_sharers_sort(known.list, known.n, sizeof(*known.list));
	known.is_read = !err;
	return err;
}

/* The next record of a process that shares the memory of pid, or of pid itself. */
static struct known_record *next_known(pid_t pid, size_t *at)
{
	return mm_sharers_next(known.list, known.n, sizeof(*known.list), pid, at);
}

/*
 * Whether a sharer has the same adj. The kernel changes it with the process's, unless one of them
 * is inside vfork() (__set_oom_adj()). Zombies have no memory, which compares as equal.
 */
static bool has_same_adj(int proc, const struct pidref *ref, const struct saved_adj *rec)
{
	struct pidref other;
	uint64_t start;
	int adj, other_adj;
	bool is_same;

	/* By handles: kcmp(2) compared two PIDs, which must still be the same processes. */
	is_same = pidref_open(proc, rec->pid, &other) == 0 && !other.is_thread &&
		  other.unkillable != UNKILLABLE_NO_MM && other.unkillable != UNKILLABLE_KTHREAD &&
		  pidref_read_start(proc, &other, &start) == 0 && start == rec->start &&
		  adj_file_read_pid(ref->dir, 0, &adj) == 0 &&
		  adj_file_read_pid(other.dir, 0, &other_adj) == 0 && adj == other_adj;
	pidref_close(&other);
	return is_same;
}

/* The record of this process itself, not of a sharer. */
static int find_own(int proc, int dir, const struct pidref *ref, struct saved_adj *rec)
{
	uint64_t start;
	int err = read_record(proc, dir, ref->pid, rec);

	if (!err)
		err = pidref_read_start(proc, ref, &start);
	return err ? err : start == rec->start ? 0 : -ENOENT;
}

/* Whether adj is the value that protect set, or the old value if protect was killed first. */
static bool matches_adj(const struct saved_adj *rec, int adj)
{
	return adj == rec->after || adj == rec->last;
}

/*
 * The record of the process, which had this adj before the run, or of a sharer. A record that
 * matches that adj is newer than one that does not.
 */
static int find_record(int proc, int dir, const struct pidref *ref, int adj, struct saved_adj *rec)
{
	int err = find_own(proc, dir, ref, rec);
	size_t at = MM_SHARERS_START;
	struct known_record *k;
	int unread;

	if ((!err && matches_adj(rec, adj)) || (err && err != -ENOENT && err != -EBADF))
		return err;
	unread = read_known(proc, dir);
	if (unread)
		return unread;
	while ((k = next_known(ref->pid, &at))) {
		if ((!err && !matches_adj(&k->was, adj)) || !has_same_adj(proc, ref, &k->was))
			continue;
		*rec = k->was;
		err = 0;
		if (matches_adj(rec, adj))
			break;
	}
	return err;
}

int saved_adj_read(int proc, const struct pidref *ref, int adj, int *before, bool *is_current)
{
	int dir = saved_adj_open_dir(false), err;
	struct saved_adj rec;

	if (dir < 0)
		return dir;
	err = find_record(proc, dir, ref, adj, &rec);
	close(dir);
	/* After unprotect, another program has changed it. */
	if (!err && rec.before == rec.after && rec.after != adj)
		err = -ENOENT;
	if (err)
		return err;
	*before = rec.before;
	if (is_current)
		*is_current = rec.after == adj;
	return 0;
}

int saved_adj_save(int proc, const struct pidref *ref, int before, int last, int after,
		   struct saved_adj_change *c)
{
	int dir = saved_adj_open_dir(true), err;
	struct saved_adj *rec = &c->rec, earlier;

	*rec = (struct saved_adj){ ref->pid, 0, before, after, last };
	c->has_earlier = false;
	if (dir < 0)
		return dir;
	err = pidref_read_start(proc, ref, &rec->start);
	if (!err)
		err = read_known(proc, dir);
	if (!err) {
		c->has_earlier = find_own(proc, dir, ref, &c->earlier) == 0;
		if (find_record(proc, dir, ref, before, &earlier) == 0 &&
		    matches_adj(&earlier, before))
			rec->before = earlier.before;
		if (last == after)
			rec->last = rec->before;
		err = write_record(proc, dir, rec);
	}
	close(dir);
	return err;
}

int saved_adj_finish(int proc, const struct pidref *ref, int after, struct saved_adj_change *c)
{
	struct saved_adj done = { c->rec.pid, c->rec.start, c->rec.before, after, c->rec.before };
	int dir = saved_adj_open_dir(false), err = 0;
	size_t at = MM_SHARERS_START;
	struct known_record *k;

	if (dir < 0)
		return dir;
	if (c->rec.after != after || c->rec.last != done.last)
		err = write_record(proc, dir, &done);
	/* Updates the records of sharers too, so that none is older. */
	while (!err && (k = next_known(ref->pid, &at))) {
		if ((k->now.pid && k->now.before == done.before && k->now.after == after) ||
		    k->was.pid == ref->pid || !has_same_adj(proc, ref, &k->was))
			continue;
		done.pid = k->was.pid;
		done.start = k->was.start;
		if (write_record(proc, dir, &done) == 0)
			k->now = done;
	}
	close(dir);
	return err;
}

void saved_adj_undo(int proc, const struct saved_adj_change *c, bool has_ended)
{
	int dir = saved_adj_open_dir(false);

	if (dir < 0)
		return;
	if (has_ended || !c->has_earlier || write_record(proc, dir, &c->earlier))
		remove_record(proc, dir, c->rec.pid);
	close(dir);
}

static void forget(int proc, int dir, pid_t pid, uint64_t start, int value)
{
	const struct saved_adj kept = { pid, start, value, value, value };

	if (value >= 0 || write_record(proc, dir, &kept))
		remove_record(proc, dir, pid);
}

int saved_adj_forget(int proc, const struct pidref *ref, int value)
{
	int dir = saved_adj_open_dir(false);
	uint64_t start;
	int err;
	size_t at = MM_SHARERS_START;
	struct known_record *k;

	if (dir < 0)
		return 0;
	err = read_known(proc, dir);
	if (pidref_read_start(proc, ref, &start) == 0)
		forget(proc, dir, ref->pid, start, value);
	while ((k = next_known(ref->pid, &at))) {
		if (!k->now.pid || k->was.pid == ref->pid || !has_same_adj(proc, ref, &k->was))
			continue;
		forget(proc, dir, k->was.pid, k->was.start, value);
		k->now.pid = 0;
	}
	close(dir);
	return err;
}

const char *saved_adj_error(int err)
{
	if (err == -EBADF)
		return "users other than root can write to /run/oomctl";
	return err == -ENOTSUP ? "start times are unknown in this time namespace" : strerror(-err);
}

void saved_adj_sweep(int proc, int lock)
{
	int dir = saved_adj_open_dir(false);
	DIR *stream = dir < 0 ? NULL : open_stream(dir);
	struct dirent *d;

	while (stream && (d = readdir(stream))) {
		const char *suffix = strrchr(d->d_name, '.');
		pid_t pid = parse_name(proc, d->d_name);
		struct pidref ref;
		struct saved_adj rec;
		uint64_t start;
		bool has_ended;

		if (lock >= 0 && suffix && strcmp(suffix, ROOT_FILE_NEW) == 0)
			unlinkat(dir, d->d_name, 0);
		if (!pid || read_record(proc, dir, pid, &rec))
			continue;
		/* /proc can hide a process, and kill(2) can act in another namespace than /proc. */
		has_ended = pidref_open(proc, pid, &ref) == -ESRCH && kill(pid, 0) &&
			    errno == ESRCH;
		if (has_ended || (pidref_read_start(proc, &ref, &start) == 0 && start != rec.start))
			remove_record(proc, dir, pid);
		pidref_close(&ref);
	}
	if (stream)
		closedir(stream);
	if (dir >= 0)
		close(dir);
}
