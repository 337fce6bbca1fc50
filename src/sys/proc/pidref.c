/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pidref: a process held by a handle of its /proc directory. */
#include "sys/proc/pidref.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys/proc/parse.h"
#include "sys/proc/procfs.h"

int pidref_open(int proc, pid_t id, struct pidref *ref)
{
	char path[16], buf[PROCFS_BUF];
	struct task t = { 0 };
	uint64_t tgid;
	bool has_mm;
	int64_t score;
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
	has_mm = parse_status(buf, 0, 4096, &t) || t.threads > 1;
	if (!task_has(&t, TASK_ADMIN_KNOWN))
		return -EIO;
	if (!procfs_find_number(buf, "Tgid", &tgid))
		return -ESRCH;
	ref->is_thread = (pid_t)tgid != id;
	ref->pid = (pid_t)tgid;
	ref->uid = t.uid;
	ref->ppid = t.ppid;
	ref->unkillable = has_mm                         ? KILLABLE
			  : t.ppid == 2 || ref->pid == 2 ? UNKILLABLE_KTHREAD
							 : UNKILLABLE_NO_MM;
	/* Process 1 of a container is killable, and has a score. */
	if (ref->pid == 1 && procfs_read_number(ref->dir, "oom_score", &score) == 0 && score == 0)
		ref->unkillable = UNKILLABLE_INIT;
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
	parse_status(buf, 0, 4096, &t);
	memcpy(ref->name, t.name, sizeof(ref->name));
}

void pidref_close(struct pidref *ref)
{
	if (ref->dir >= 0)
		close(ref->dir);
	ref->dir = -1;
}

bool pidref_is(const struct pidref *ref, const struct identity *id)
{
	struct identity held;

	return identity_read_stat(ref->dir, "stat", &held) == 0 && held.start == id->start;
}

int pidref_identify(const struct pidref *ref, struct identity *id)
{
	char path[32] = "stat";

	/* The handle is the thread's; the process is pid. */
	if (ref->is_thread)
		snprintf(path, sizeof(path), "task/%d/stat", (int)ref->pid);
	id->pid = ref->pid;
	return identity_read_stat(ref->dir, path, id);
}

int pidref_read_start(int proc, const struct pidref *ref, uint64_t *start_ticks)
{
	struct identity id;
	int err = pidref_identify(ref, &id);

	if (err)
		return err;
	*start_ticks = id.start;
	return identity_start_to_host(proc, start_ticks);
}

/* Each thread has a list of the children that it forked. */
struct child_search {
	int tasks;
	int (*found)(void *arg, pid_t child);
	void *arg;
};

static int each_child_of_thread(void *arg, pid_t tid)
{
	const struct child_search *s = arg;
	char path[32];
	int stop;

	snprintf(path, sizeof(path), "%d/children", (int)tid);
	stop = procfs_each_number(s->tasks, path, s->found, s->arg);
	return stop > 0 ? stop : 0;
}

int pidref_each_child(const struct pidref *ref, int (*found)(void *arg, pid_t child), void *arg)
{
	int tasks = openat(ref->dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC), stop;
	struct child_search s = { tasks, found, arg };

	if (tasks < 0)
		return 0;
	stop = procfs_each(tasks, each_child_of_thread, &s, NULL);
	close(tasks);
	return stop;
}
