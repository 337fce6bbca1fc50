/* SPDX-License-Identifier: GPL-2.0-or-later */
/* error_bounds: how far the counts read of a process may be from those the kernel will use. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "oom/rules/version.h"
#include "sys/predict/internal.h"
#include "sys/proc/procfs.h"
#include "sys/proc/task.h"

/* A thread caches up to this many page faults (TASK_RSS_EVENTS_THRESH, until 6.1). */
#define CACHED_PAGES 64

/* Pages that a CPU can allocate or free in a millisecond: 1 GiB/s. */
#define PAGES_PER_MS 262

void error_bounds_begin(struct error_bounds *b)
{
	/* Reads a file, whose content never changes. */
	static long cpus;

	if (!cpus)
		cpus = sysconf(_SC_NPROCESSORS_CONF);
	memset(b, 0, sizeof(*b));
	b->cpus = cpus > 0 ? (unsigned int)cpus : 1;
	b->begun_ms = (uint64_t)clock_ms();
}

/* percpu_counter_batch: a CPU caches less than this (lib/percpu_counter.c). */
static uint64_t counter_batch(const struct error_bounds *b)
{
	return 2ULL * b->cpus > 32 ? 2ULL * b->cpus : 32;
}

/* Swap that was used once leaves a remainder in the counters even after the last page came back. */
static bool was_swap_used(int proc)
{
	static const char *const keys[] = { "pswpout", "zswpout", "swpout_zero" };
	char buf[PROCFS_BUF];
	uint64_t n;

	if (procfs_read_all(proc, "vmstat", buf, sizeof(buf)) <= 0 ||
	    !procfs_find_number(buf, "pswpout", &n))
		return true;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (procfs_find_number(buf, keys[i], &n) && n)
			return true;
	return false;
}

/* The most by which an approximate counter may be wrong. */
static uint64_t counter_error(const struct error_bounds *b, int version)
{
	return version >= VERSION(6, 2, 0) && version < VERSION(7, 0, 0)
		       ? (counter_batch(b) - 1) * b->cpus
		       : 0;
}

uint64_t error_bounds_most(const struct error_bounds *b, const struct snapshot *from)
{
	return !from->scan.has_points && from->rss == RSS_STAT && was_swap_used(from->proc)
		       ? counter_error(b, from->machine.version)
		       : 0;
}

void error_bounds_read(struct error_bounds *b, const struct snapshot *from)
{
	int version = from->machine.version;

	b->counter_pages = counter_error(b, version);
	/* The fault that exceeds the limit is cached too; the next one first empties the cache. */
	if (version >= VERSION(2, 6, 34) && version < VERSION(6, 2, 0))
		b->uncounted_thread_pages = CACHED_PAGES + 1;
	/* Where stat has another count, status has the exact sums. */
	if (from->scan.has_points || from->rss == RSS_STATUS)
		b->uncounted_pages = b->counter_pages;
	/* These are the numbers that the kernel's choice reads, of one moment. */
	if (from->scan.has_points) {
		b->begun_ms = from->scan.counted_ms;
		b->is_rss_known = true;
		return;
	}
	b->hides_swap = b->counter_pages && from->rss == RSS_STAT && was_swap_used(from->proc);
	b->is_rss_known = rules_rss_is_reported(from->rules, from->rss, from->scan.tasks,
						from->scan.n_tasks, &from->machine.totals);
}

/* A count of swap below 0 is read as 0 (percpu_counter_read_positive()): no more can be missing. */
void error_bounds_set(const struct error_bounds *b, struct candidate *c)
{
	const struct task *t = &c->task;

	if (b->hides_swap) {
		c->error_pages = b->counter_pages;
		c->error_reduced_down_pages =
			t->swap < b->counter_pages ? b->counter_pages - t->swap : 0;
	}
	if (!b->is_rss_known && task_has(t, TASK_RSS_STAT))
		c->error_pages += t->rss_stat > t->rss ? t->rss_stat - t->rss
						       : t->rss - t->rss_stat;
}

/*
 * Swap has one counter, memory one for each kind. Processes that share memory have a cache for each
 * of their threads.
 */
uint64_t error_bounds_uncounted(const struct error_bounds *b, const struct task *t)
{
	uint64_t counters = task_has(t, TASK_RSS_SPLIT) ? 2 : 4;

	return counters * b->uncounted_pages + b->uncounted_thread_pages * t->threads;
}

struct busy_threads {
	int proc;
	pid_t pid;
	size_t n, max;
};

static int count_busy(void *arg, pid_t tid)
{
	struct busy_threads *busy = arg;
	char buf[PROCFS_BUF];
	const char *state;
	ssize_t n = procfs_read_pid(busy->proc, busy->pid, tid, "status", buf, sizeof(buf));

	if (n == 0 || n == -ENOENT || n == -ESRCH)
		return 0;
	/*
	 * The name, before it, has no newline of its own. A thread that cannot be read may be
	 * busy.
	 */
	state = n > 0 ? strstr(buf, "\nState:\t") : NULL;
	if (!state || !task_state_is_idle(state[8]))
		busy->n++;
	return busy->n >= busy->max;
}

uint64_t error_bounds_change_in(const struct error_bounds *b, uint64_t threads, uint64_t more_ms)
{
	return threads *
	       (CACHED_PAGES + ((uint64_t)clock_ms() - b->begun_ms + 1 + more_ms) * PAGES_PER_MS);
}

uint64_t error_bounds_change(const struct error_bounds *b, uint64_t threads)
{
	return error_bounds_change_in(b, threads, 0);
}

bool error_bounds_is_still(const struct task *t)
{
	return t->threads == 1 && strchr("STt", t->state);
}

uint64_t error_bounds_of_others(const struct error_bounds *b, int version, const struct task *t)
{
	if (version < VERSION(2, 6, 34) || version >= VERSION(7, 0, 0))
		return 0;
	if (version < VERSION(6, 2, 0))
		return (uint64_t)CACHED_PAGES * t->threads;
	/* Anonymous, file, shared memory and swap have a counter each. */
	return 4 * counter_batch(b) * b->cpus;
}

/* The first of points low..high with at least this score; high + 1: none. The score never falls. */
static int64_t find_points(const struct snapshot *from, int64_t low, int64_t high, int64_t score)
{
	for (high++; low < high;) {
		int64_t mid = low + (high - low) / 2;

		if (rules_score(from->rules, mid, &from->machine.totals) < score)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Raises *reduced to the part of an error that goes beyond what the score allows. */
static void raise_reduced(uint64_t *reduced, int64_t error, int64_t allowed)
{
	uint64_t beyond = (uint64_t)(allowed < 0 ? error : error - allowed);

	if (beyond > *reduced)
		*reduced = beyond;
}

void error_bounds_reduce(const struct snapshot *from, const struct task *t, struct candidate *c)
{
	int64_t error = (int64_t)c->error_pages, points, score, lowest, highest;
	struct task_reader reader; /* not on the heap: see candidates_refill() */
	int err;

	reader.proc = from->proc;
	reader.m = &from->machine;
	reader.stat = false;
	err = task_score(&reader, t->pid, &score);
	if (err || !score || from->rules->weight != WEIGHT_PAGES ||
	    rules_points(from->rules, from->rss, t, &from->machine.totals, &points))
		return;
	lowest = find_points(from, points - error, points + error, score);
	highest = find_points(from, points - error, points + error, score + 1) - 1;
	if (lowest > highest)
		return;
	raise_reduced(&c->error_reduced_up_pages, error, highest - points);
	raise_reduced(&c->error_reduced_down_pages, error, points - lowest);
}

uint64_t error_bounds_rss_change(const struct error_bounds *b, int proc, const struct task *t,
				 size_t n_children, uint64_t more_ms)
{
	struct busy_threads busy = { proc, t->pid, 0, b->cpus + n_children };
	int err = procfs_each_thread(proc, t->pid, count_busy, &busy);

	if (err == -ENOENT || err == -ESRCH)
		return 0;
	if (err < 0)
		busy.n = busy.max;
	return busy.n > n_children ? error_bounds_change_in(b, busy.n - n_children, more_ms) : 0;
}
