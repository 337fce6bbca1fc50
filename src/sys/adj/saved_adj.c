/* SPDX-License-Identifier: GPL-2.0-or-later */
/* saved_adj: the adj that processes had before they were protected. */
#include "sys/adj/saved_adj.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "sys/adj/adj_file.h"
#include "sys/adj/mm_sharers.h"

/* A record as it was before this run wrote any, and as it is now; now.pid 0: it was removed. */
struct known_record {
	struct saved_adj was, now;
};

/* All of them, as mm_sharers_sort() leaves them. */
static struct {
	struct known_record *list;
	size_t n, room;
	bool is_read;
} known;

struct record_dir {
	int proc, dir;
};

static int collect(void *arg, pid_t pid)
{
	const struct record_dir *d = arg;
	struct saved_adj rec;
	int order;

	if (saved_adj_file_read(d->proc, d->dir, pid, &rec) || mm_sharers_order(pid, pid, &order))
		return 0;
	if (array_grow(&known.list, &known.room, known.n + 1))
		return -ENOMEM;
	known.list[known.n++] = (struct known_record){ rec, rec };
	return 0;
}

/* Without kcmp(2) there are none: sharers could not be identified. */
static int read_known(int proc, int dir)
{
	struct record_dir d = { proc, dir };
	int order, err;

	if (known.is_read || mm_sharers_order(getpid(), getpid(), &order))
		return 0;
	known.n = 0;
	err = saved_adj_file_each(proc, dir, collect, &d);
	if (err)
		return err;
	mm_sharers_sort(known.list, known.n, sizeof(*known.list));
	known.is_read = true;
	return 0;
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

	/* By handles: kcmp(2) compared two PIDs, and both must be the same processes still. */
	is_same = pidref_open(proc, rec->pid, &other) == 0 && !other.is_thread &&
		  other.spared != UNKILLABLE_NO_MM && other.spared != UNKILLABLE_KTHREAD &&
		  pidref_read_start(proc, &other, &start) == 0 && start == rec->start &&
		  adj_file_read_held(ref->dir, &adj) == 0 &&
		  adj_file_read_held(other.dir, &other_adj) == 0 && adj == other_adj;
	pidref_close(&other);
	return is_same;
}

/* The record of this very process. */
static int find_own(int proc, int dir, const struct pidref *ref, struct saved_adj *rec)
{
	uint64_t start;
	int err = saved_adj_file_read(proc, dir, ref->pid, rec);

	if (!err)
		err = pidref_read_start(proc, ref, &start);
	return err ? err : start == rec->start ? 0 : -ENOENT;
}

/* Whether adj is what protect set, or what there was when protect was killed before that. */
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

int saved_adj_read(int proc, const struct pidref *ref, int adj, int *before)
{
	int dir = saved_adj_file_open_dir(false), err;
	struct saved_adj rec;

	if (dir < 0)
		return dir;
	err = find_record(proc, dir, ref, adj, &rec);
	close(dir);
	/* It was unprotected, and changed by others since. */
	if (!err && rec.before == rec.after && rec.after != adj)
		err = -ENOENT;
	if (!err)
		*before = rec.before;
	return err;
}

/* Brings the records of sharers to the same values, so that none is older. */
static void update_sharers(int proc, int dir, const struct pidref *ref, const struct saved_adj *rec)
{
	size_t at = MM_SHARERS_START;
	struct known_record *k;

	while ((k = next_known(ref->pid, &at))) {
		struct saved_adj next = { k->was.pid, k->was.start, rec->before, rec->after,
					  rec->before };

		if ((k->now.pid && k->now.before == next.before && k->now.after == next.after) ||
		    k->was.pid == ref->pid || !has_same_adj(proc, ref, &k->was))
			continue;
		if (saved_adj_file_write(proc, dir, &next) == 0)
			k->now = next;
	}
}

int saved_adj_save(int proc, const struct pidref *ref, int before, int last, int after,
		   struct saved_adj_change *c)
{
	int dir = saved_adj_file_open_dir(true), err;
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
		err = saved_adj_file_write(proc, dir, rec);
	}
	close(dir);
	return err;
}

int saved_adj_finish(int proc, const struct pidref *ref, int after, struct saved_adj_change *c)
{
	struct saved_adj done = { c->rec.pid, c->rec.start, c->rec.before, after, c->rec.before };
	int dir = saved_adj_file_open_dir(false), err = 0;

	if (dir < 0)
		return dir;
	if (c->rec.after != after || c->rec.last != done.last)
		err = saved_adj_file_write(proc, dir, &done);
	if (!err)
		update_sharers(proc, dir, ref, &done);
	close(dir);
	return err;
}

void saved_adj_undo(int proc, const struct saved_adj_change *c, bool has_ended)
{
	int dir = saved_adj_file_open_dir(false);

	if (dir < 0)
		return;
	if (has_ended || !c->has_earlier || saved_adj_file_write(proc, dir, &c->earlier))
		saved_adj_file_remove(proc, dir, c->rec.pid);
	close(dir);
}

static void forget(int proc, int dir, pid_t pid, uint64_t start, int value)
{
	const struct saved_adj kept = { pid, start, value, value, value };

	if (value >= 0 || saved_adj_file_write(proc, dir, &kept))
		saved_adj_file_remove(proc, dir, pid);
}

int saved_adj_forget(int proc, const struct pidref *ref, int value)
{
	int dir = saved_adj_file_open_dir(false);
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
		return "/run/oomctl is not root's alone";
	return err == -ENOTSUP ? "start times can't be reckoned in this time namespace"
			       : strerror(-err);
}

/* /proc may hide a process (hidepid), and kill(2) may act in another namespace than /proc. */
static bool has_ended(int found, pid_t pid)
{
	return found == -ESRCH && kill(pid, 0) && errno == ESRCH;
}

static int sweep_one(void *arg, pid_t pid)
{
	const struct record_dir *s = arg;
	struct pidref ref;
	struct saved_adj rec;
	uint64_t start;

	if (saved_adj_file_read(s->proc, s->dir, pid, &rec))
		return 0;
	if (has_ended(pidref_open(s->proc, pid, &ref), pid) ||
	    (pidref_read_start(s->proc, &ref, &start) == 0 && start != rec.start))
		saved_adj_file_remove(s->proc, s->dir, pid);
	pidref_close(&ref);
	return 0;
}

void saved_adj_sweep(int proc, int lock)
{
	struct record_dir s = { proc, saved_adj_file_open_dir(false) };

	if (s.dir < 0)
		return;
	if (lock >= 0)
		saved_adj_file_sweep(s.dir);
	saved_adj_file_each(proc, s.dir, sweep_one, &s);
	close(s.dir);
}
