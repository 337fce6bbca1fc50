/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record: what adj a process had before it was protected. */
#include "sys/record.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/adjfile.h"
#include "sys/recordfile.h"
#include "sys/sharers.h"

#define MAX_KNOWN 20000 /* records in which those of sharers are looked for */

/* A record as it was before this run wrote any, and as it is now; now.pid 0: it was removed. */
struct known {
	struct record was, now;
};

/* All of them, in the order of their memories: those of sharers are side by side, and few are compared with each target. */
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
	int order;

	if (recordfile_read(c->proc, c->dir, pid, &rec) == 0 &&
	    sharers_order(pid, pid, &order) == 0)
		known.list[known.n++] = (struct known){ rec, rec };
	return known.n == MAX_KNOWN;
}

static int compare_memory(const void *va, const void *vb)
{
	const struct known *a = va, *b = vb;
	int order;

	/* One that has just ended has no place any more, whichever it gets. */
	return sharers_order(a->was.pid, b->was.pid, &order) ? 0 : order;
}

static void read_known(int proc, int dir)
{
	struct collection c = { proc, dir };
	int order;

	if (known.is_read)
		return;
	known.is_read = true;
	/* Without kcmp(2) nobody's would be told from others'. */
	if (sharers_order(getpid(), getpid(), &order))
		return;
	known.list = calloc(MAX_KNOWN, sizeof(*known.list));
	if (!known.list)
		return;
	recordfile_each(proc, dir, collect, &c);
	qsort(known.list, known.n, sizeof(*known.list), compare_memory);
}

/* The first one that may share the memory of pid; those that have ended are stepped over. */
static size_t find_memory(pid_t pid)
{
	size_t low = 0, high = known.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2, at = mid;
		int order = 0;

		while (at < high && sharers_order(known.list[at].was.pid, pid, &order))
			at++;
		if (at < high && order < 0)
			low = at + 1;
		else
			high = at < high ? at : mid;
	}
	return low;
}

/*
 * The kernel ties the adj of those that share memory, unless one is a child of vfork(2), which keeps its own
 * (fs/proc/base.c, __set_oom_adj()). Those that have ended have no memory, which compares as equal.
 */
static bool is_tied(int proc, const struct pidref *ref, const struct record *rec)
{
	struct pidref other;
	uint64_t start;
	int adj, others;
	bool is_it;

	is_it = pidref_open(proc, rec->pid, &other) == 0 && !other.is_thread &&
		other.spared != SPARED_NO_MM && other.spared != SPARED_KTHREAD &&
		pidref_read_start(proc, &other, &start) == 0 && start == rec->start &&
		adjfile_read_pid(proc, ref->pid, &adj) == 0 &&
		adjfile_read_pid(proc, rec->pid, &others) == 0 && adj == others;
	pidref_close(&other);
	return is_it;
}

/* The next known record from *at on of one that shares the process's memory, or of itself; NULL: there is no more. */
static struct known *next_of_memory(pid_t pid, size_t *at)
{
	while (*at < known.n) {
		struct known *k = &known.list[(*at)++];
		int same = sharers_compare(k->was.pid, pid);

		if (same == 1)
			return k;
		if (same == 0)
			return NULL;
	}
	return NULL;
}

/* Of this very process. */
static int find_own(int proc, int dir, const struct pidref *ref, struct record *rec)
{
	uint64_t start;
	int err = recordfile_read(proc, dir, ref->pid, rec);

	if (!err)
		err = pidref_read_start(proc, ref, &start);
	return err ? err : start == rec->start ? 0 : -ENOENT;
}

/*
 * Of the process, which had this adj before the run, or of one that shares its memory. What tells of that adj is newer than
 * what tells of another.
 */
static int find_record(int proc, int dir, const struct pidref *ref, int adj, struct record *rec)
{
	int err = find_own(proc, dir, ref, rec);
	struct known *k;
	size_t at;

	if ((!err && rec->after == adj) || (err && err != -ENOENT && err != -EBADF))
		return err;
	read_known(proc, dir);
	at = find_memory(ref->pid);
	while ((k = next_of_memory(ref->pid, &at))) {
		if ((!err && k->was.after != adj) || !is_tied(proc, ref, &k->was))
			continue;
		*rec = k->was;
		err = 0;
		if (rec->after == adj)
			break;
	}
	return err;
}

int record_read(int proc, const struct pidref *ref, int adj, int *before)
{
	int dir = recordfile_open_dir(false), err;
	struct record rec;

	if (dir < 0)
		return dir;
	err = find_record(proc, dir, ref, adj, &rec);
	close(dir);
	if (!err)
		*before = rec.before;
	return err;
}

/* What is remembered of its sharers tells of the change, too: none is older than another. */
static void update_sharers(int proc, int dir, const struct pidref *ref, const struct record *rec)
{
	size_t at = find_memory(ref->pid);
	struct known *k;

	while ((k = next_of_memory(ref->pid, &at))) {
		struct record next = { k->was.pid, k->was.start, rec->before, rec->after };

		if ((k->now.pid && k->now.before == next.before && k->now.after == next.after) ||
		    k->was.pid == ref->pid || !is_tied(proc, ref, &k->was))
			continue;
		if (recordfile_write(proc, dir, &next) == 0)
			k->now = next;
	}
}

static int save(int proc, int dir, const struct pidref *ref, struct record *rec)
{
	struct record earlier;
	int err = pidref_read_start(proc, ref, &rec->start);

	if (err)
		return err;
	read_known(proc, dir);
	if (find_record(proc, dir, ref, rec->before, &earlier) == 0 && earlier.after == rec->before)
		rec->before = earlier.before;
	err = recordfile_write(proc, dir, rec);
	if (!err)
		update_sharers(proc, dir, ref, rec);
	return err;
}

int record_save(int proc, const struct pidref *ref, int before, int after)
{
	struct record rec = { .pid = ref->pid, .before = before, .after = after };
	int dir = recordfile_open_dir(true), err;

	if (dir < 0)
		return dir;
	err = save(proc, dir, ref, &rec);
	close(dir);
	return err;
}

int record_lock(bool saves)
{
	return recordfile_lock(saves);
}

void record_unlock(int lock)
{
	if (lock >= 0)
		close(lock);
}

int record_probe(void)
{
	return recordfile_probe();
}

void record_forget(int proc, const struct pidref *ref)
{
	int dir = recordfile_open_dir(false);
	struct known *k;
	size_t at;

	if (dir < 0)
		return;
	read_known(proc, dir);
	recordfile_remove(proc, dir, ref->pid);
	at = find_memory(ref->pid);
	while ((k = next_of_memory(ref->pid, &at))) {
		if (!k->now.pid || k->was.pid == ref->pid || !is_tied(proc, ref, &k->was))
			continue;
		recordfile_remove(proc, dir, k->was.pid);
		k->now.pid = 0;
	}
	close(dir);
}

const char *record_error(int err)
{
	if (err == -EBADF)
		return "/run/oomctl is not root's alone";
	return err == -ENOTSUP ? "start times can't be reckoned in this time namespace"
			       : strerror(-err);
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

	if (recordfile_read(s->proc, s->dir, pid, &rec))
		return 0;
	if (has_ended(pidref_open(s->proc, pid, &ref), pid) ||
	    (pidref_read_start(s->proc, &ref, &start) == 0 && start != rec.start))
		recordfile_remove(s->proc, s->dir, pid);
	pidref_close(&ref);
	return 0;
}

void record_sweep(int proc)
{
	struct sweep s = { proc, recordfile_open_dir(false) };

	if (s.dir < 0)
		return;
	recordfile_each(proc, s.dir, sweep_one, &s);
	close(s.dir);
}
