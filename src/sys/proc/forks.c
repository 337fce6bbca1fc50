/* SPDX-License-Identifier: GPL-2.0-or-later */
/* forks: waits until forks that are under way have ended. */
#include "sys/proc/forks.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "oom/rules/task.h"
#include "sys/proc/procfs.h"

/* Of user time: one tick may be a rounded part of a time before. */
#define MIN_TICKS 2

/*
 * Whether a thread perhaps forks, its user time, and the number of its process's threads. While it
 * forks it runs or waits without being interrupted, and user time does not grow. One that cannot be
 * read perhaps forks; then *user is unchanged. tid 0: the first thread, with the time of all.
 */
static bool is_busy(int proc, pid_t pid, pid_t tid, unsigned long *user, long *n_threads)
{
	char buf[2048], state;
	const char *end;
	unsigned long now;
	ssize_t n = procfs_read_pid(proc, pid, tid, "stat", buf, sizeof(buf));

	*n_threads = 0;
	if (n == 0 || n == -ENOENT || n == -ESRCH)
		return false;
	end = n > 0 ? strrchr(buf, ')') : NULL;
	/* proc_pid_stat(5): state is field 3, utime is field 14, num_threads is field 20. */
	if (!end ||
	    sscanf(end, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %*u %*d %*d %*d %*d %ld",
		   &state, &now, n_threads) != 3)
		return true;
	*user = now;
	return !task_state_is_idle(state);
}

static void add(struct forks *f, const struct fork_thread *thread)
{
	f->list = mem_grow(f->list, f->n, sizeof(*f->list));
	f->list[f->n++] = *thread;
}

struct fork_search {
	struct forks *forks;
	int proc;
	pid_t pid;
};

static int add_thread(void *arg, pid_t tid)
{
	const struct fork_search *s = arg;
	struct fork_thread thread = { .pid = s->pid, .tid = tid };
	long n_threads;

	if (is_busy(s->proc, s->pid, tid, &thread.user, &n_threads))
		add(s->forks, &thread);
	return 0;
}

void forks_add(struct forks *f, int proc, pid_t pid)
{
	struct fork_search s = { f, proc, pid };
	struct fork_thread thread = { .pid = pid };
	long n_threads;
	bool busy = is_busy(proc, pid, 0, &thread.user, &n_threads);

	if (n_threads > 1)
		procfs_each_thread(proc, pid, add_thread, &s);
	else if (busy)
		add(f, &thread);
}

void forks_wait(struct forks *f, int proc, int ms)
{
	const struct timespec rest = { .tv_nsec = 1000000 };
	int64_t end = clock_ms() + ms;
	long n_threads;
	size_t n;

	while (f->n && clock_ms() < end) {
		nanosleep(&rest, NULL);
		n = f->n;
		f->n = 0;
		for (size_t i = 0; i < n; i++) {
			unsigned long user = f->list[i].user;

			if (is_busy(proc, f->list[i].pid, f->list[i].tid, &user, &n_threads) &&
			    user - f->list[i].user < MIN_TICKS)
				f->list[f->n++] = f->list[i];
		}
	}
}

void forks_free(struct forks *f)
{
	free(f->list);
	*f = (struct forks){ 0 };
}
