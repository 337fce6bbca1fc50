/* SPDX-License-Identifier: GPL-2.0-or-later */
/* error_bounds: how far what was read of a process may be from what the kernel will count. */
#include "sys/predict/error_bounds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "oom/rules/version.h"
#include "sys/proc/procfs.h"
#include "sys/proc/task.h"

/*
 * A thread keeps up to so many page faults to itself before it tells (TASK_RSS_EVENTS_THRESH, to
 * 6.1).
 */
#define CACHED_PAGES 64

/* What a CPU can bring in or give up in a millisecond: 1 GiB/s. */
#define PAGES_PER_MS 262

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void error_bounds_begin(struct error_bounds *s)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);

	memset(s, 0, sizeof(*s));
	s->cpus = cpus > 0 ? (unsigned int)cpus : 1;
	s->begun_ms = now_ms();
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

void error_bounds_read(struct error_bounds *s, const struct snapshot *from)
{
	uint64_t batch = 2ULL * s->cpus > 32 ? 2ULL * s->cpus : 32;
	int version = from->machine.version;

	/* percpu_counter_batch; a CPU keeps less than that to itself (lib/percpu_counter.c). */
	if (version >= VERSION(6, 2, 0) && version < VERSION(7, 0, 0))
		s->counter_pages = (batch - 1) * s->cpus;
	/* The very numbers that the choice reads, of one moment. */
	if (from->scan.has_points) {
		s->begun_ms = from->scan.counted_ms;
		s->is_rss_told = true;
		return;
	}
	s->hides_swap = s->counter_pages && from->rss == RSS_STAT && was_swap_used(from->proc);
	s->is_rss_told = rules_rss_is_reported(from->rules, from->rss, from->scan.tasks,
					       from->scan.n_tasks, &from->machine.totals);
}

/*
 * A count of swap below 0 is taken as 0 (percpu_counter_read_positive()): not more can be missing
 * than is shown.
 */
void error_bounds_set(const struct error_bounds *s, struct candidate *c)
{
	const struct task *t = &c->task;

	if (s->hides_swap) {
		c->error_pages = s->counter_pages;
		c->error_reduced_down = t->swap < s->counter_pages ? s->counter_pages - t->swap : 0;
	}
	if (!s->is_rss_told && task_has(t, TASK_RSS_STAT))
		c->error_pages += t->rss_stat > t->rss ? t->rss_stat - t->rss
						       : t->rss - t->rss_stat;
}

struct awake {
	int task_dir;
	size_t n, most;
};

static int try_thread(void *arg, pid_t tid)
{
	struct awake *a = arg;
	char name[32], buf[PROCFS_BUF];
	const char *state;
	ssize_t n;

	snprintf(name, sizeof(name), "%d/status", (int)tid);
	n = procfs_read(a->task_dir, name, buf, sizeof(buf));
	if (n == 0 || n == -ENOENT || n == -ESRCH)
		return 0;
	/*
	 * The name comes before, and can't hold a newline of its own. What can't be read may be
	 * awake.
	 */
	state = n > 0 ? strstr(buf, "\nState:\t") : NULL;
	if (!state || !state[8] || !strchr("STtIZX", state[8]))
		a->n++;
	return a->n >= a->most;
}

static uint64_t moved_by(const struct error_bounds *s, uint64_t threads)
{
	return threads * (CACHED_PAGES + (now_ms() - s->begun_ms + 1) * PAGES_PER_MS);
}

uint64_t error_bounds_max_drift(const struct error_bounds *s)
{
	return moved_by(s, s->cpus);
}

uint64_t error_bounds_of_others(const struct error_bounds *s, int version, const struct task *t)
{
	uint64_t batch = 2ULL * s->cpus > 32 ? 2ULL * s->cpus : 32;

	if (version < VERSION(2, 6, 34) || version >= VERSION(7, 0, 0))
		return 0;
	if (version < VERSION(6, 2, 0))
		return (uint64_t)CACHED_PAGES * t->threads;
	/* Anonymous, file, shared memory and swap have a counter each. */
	return 4 * batch * s->cpus;
}

/*
 * The end of from..to where the score still is what it is: the last below or at it, or the first
 * above or at it.
 */
static int64_t find_edge(const struct snapshot *from, int64_t low, int64_t high, int64_t score,
			 bool is_upper)
{
	const struct totals *of = &from->machine.totals;

	while (low < high) {
		int64_t mid = low + (high - low + is_upper) / 2;
		int64_t at = rules_score(from->rules, mid, of);

		if (is_upper && at > score)
			high = mid - 1;
		else if (is_upper)
			low = mid;
		else if (at < score)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void error_bounds_reduce(const struct snapshot *from, const struct task *t, struct candidate *c)
{
	int64_t fuzz = (int64_t)c->error_pages, points, score, lowest, highest;
	struct task_reader *reader = task_new(from->proc, &from->machine);
	int err = reader ? task_score(reader, t->pid, &score) : -ENOMEM;

	free(reader);
	if (err || !score || from->rules->weight != WEIGHT_PAGES ||
	    rules_points(from->rules, from->rss, t, &from->machine.totals, &points))
		return;
	lowest = find_edge(from, points - fuzz, points + fuzz, score, false);
	highest = find_edge(from, points - fuzz, points + fuzz, score, true);
	if (rules_score(from->rules, lowest, &from->machine.totals) != score || lowest > highest)
		return;
	c->error_reduced_up =
		larger(c->error_reduced_up,
		       (uint64_t)(highest < points ? fuzz : fuzz - (highest - points)));
	c->error_reduced_down =
		larger(c->error_reduced_down,
		       (uint64_t)(lowest > points ? fuzz : fuzz - (points - lowest)));
}

uint64_t error_bounds_rss_change(const struct error_bounds *s, int proc, const struct task *t,
				 size_t n_children)
{
	struct awake a = { .most = s->cpus + n_children };
	char path[32];
	int dir;

	snprintf(path, sizeof(path), "%d/task", (int)t->pid);
	dir = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 : error_bounds_max_drift(s);
	a.task_dir = dir;
	if (procfs_each(dir, try_thread, &a, NULL) < 0)
		a.n = a.most;
	close(dir);
	return a.n > n_children ? moved_by(s, a.n - n_children) : 0;
}
