/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pidref: a process held by a handle of its /proc directory. */
#include "sys/proc/pidref.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sys/proc/procfs.h"
#include "sys/proc/parse.h"
#include "sys/proc/timens.h"

#define NS_PER_S 1000000000LL

int pidref_open(int proc, pid_t id, struct pidref *ref)
{
	char path[16], buf[PROCFS_BUF];
	struct task t = { 0 };
	uint64_t tgid;
	bool has_mm;
	long score;
	ssize_t n;

	memset(ref, 0, sizeof(*ref));
	ref->pid = id;
	snprintf(path, sizeof(path), "%d", (int)id);
	ref->dir = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ref->dir < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = procfs_read(ref->dir, "status", buf, sizeof(buf));
	if (n <= 0)
		return n == 0 || n == -ENOENT ? -ESRCH : (int)n;
	has_mm = parse_parse(buf, 0, 4096, &t) || t.threads > 1;
	if (!task_has(&t, TASK_ADMIN_KNOWN))
		return -EIO;
	if (!procfs_find_number(buf, "Tgid", &tgid))
		return -ESRCH;
	ref->is_thread = (pid_t)tgid != id;
	ref->pid = (pid_t)tgid;
	ref->uid = t.uid;
	ref->ppid = t.ppid;
	ref->spared = has_mm                         ? KILLABLE
		      : t.ppid == 2 || ref->pid == 2 ? UNKILLABLE_KTHREAD
						     : UNKILLABLE_NO_MM;
	/* Process 1 of a container is not the machine's, and has a score. */
	if (ref->pid == 1 && procfs_read_number(ref->dir, "oom_score", &score) == 0 && score == 0)
		ref->spared = UNKILLABLE_INIT;
	memcpy(ref->name, t.name, sizeof(ref->name));
	return 0;
}

void pidref_take_name(struct pidref *ref)
{
	char path[48], buf[PROCFS_BUF];
	struct task t = { 0 };

	snprintf(path, sizeof(path), "task/%d/status", (int)ref->pid);
	if (procfs_read(ref->dir, path, buf, sizeof(buf)) <= 0)
		return;
	parse_parse(buf, 0, 4096, &t);
	memcpy(ref->name, t.name, sizeof(ref->name));
}

void pidref_close(struct pidref *ref)
{
	if (ref->dir >= 0)
		close(ref->dir);
	ref->dir = -1;
}

static int64_t ns_per_tick(void)
{
	return NS_PER_S / sysconf(_SC_CLK_TCK);
}

int64_t identity_clock(void)
{
	struct timespec now;
	int64_t ns;

	if (clock_gettime(CLOCK_BOOTTIME, &now))
		return -errno;
	ns = now.tv_sec * NS_PER_S + now.tv_nsec;
	return ns - ns % ns_per_tick();
}

void identity_wait(void)
{
	struct timespec rest = { .tv_nsec = ns_per_tick() };

	while (nanosleep(&rest, &rest) && errno == EINTR)
		;
}

static int read_stat(int dir, const char *path, struct identity *id)
{
	struct task t = { 0 };
	char buf[2048];
	bool is_kthread;
	ssize_t n = procfs_read(dir, path, buf, sizeof(buf));

	if (n <= 0)
		return n == 0 || n == -ENOENT ? -ESRCH : (int)n;
	if (!parse_parse_stat(buf, &t, &is_kthread))
		return -EIO;
	id->start = t.start_ticks;
	/* ") S 1234 " */
	id->ppid = (pid_t)strtol(strrchr(buf, ')') + strlen(") S "), NULL, 10);
	return 0;
}

int identity_read(int proc, pid_t pid, struct identity *id)
{
	char path[32];

	id->pid = pid;
	snprintf(path, sizeof(path), "%d/stat", (int)pid);
	return read_stat(proc, path, id);
}

bool identity_is_settled(const struct identity *id, int64_t clock)
{
	/*
	 * In a time namespace a process can have been started before 0: the kernel shows that as a
	 * large number.
	 */
	return (int64_t)(id->start * (uint64_t)ns_per_tick()) < clock || id->pid == getpid();
}

bool identity_exists(int proc, const struct identity *id)
{
	struct identity now;

	return identity_read(proc, id->pid, &now) == 0 && now.start == id->start;
}

bool pidref_is(const struct pidref *ref, const struct identity *id)
{
	struct identity held;

	return read_stat(ref->dir, "stat", &held) == 0 && held.start == id->start;
}

int pidref_identify(const struct pidref *ref, struct identity *id)
{
	char path[32] = "stat";

	/* The handle is the thread's; the process is pid. */
	if (ref->is_thread)
		snprintf(path, sizeof(path), "task/%d/stat", (int)ref->pid);
	id->pid = ref->pid;
	return read_stat(ref->dir, path, id);
}

int pidref_read_start(int proc, const struct pidref *ref, uint64_t *start_ticks)
{
	struct identity id;
	int err = pidref_identify(ref, &id);

	if (err)
		return err;
	*start_ticks = id.start;
	return timens_start_to_host(proc, start_ticks);
}

/* The walk over the threads, each of which has a list of the children that it forked. */
struct walk {
	int tasks;
	int (*found)(void *arg, pid_t child);
	void *arg;
};

static int walk_thread(void *arg, pid_t tid)
{
	const struct walk *w = arg;
	char path[32];
	int stop;

	snprintf(path, sizeof(path), "%d/children", (int)tid);
	stop = procfs_each_number(w->tasks, path, w->found, w->arg);
	return stop > 0 ? stop : 0;
}

int pidref_each_child(const struct pidref *ref, int (*found)(void *arg, pid_t child), void *arg)
{
	int tasks = openat(ref->dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC), stop;
	struct walk w = { tasks, found, arg };

	if (tasks < 0)
		return 0;
	stop = procfs_each(tasks, walk_thread, &w, NULL);
	close(tasks);
	return stop;
}
