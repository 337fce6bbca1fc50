/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pidref: a process held by a handle of its /proc directory. */
#include "sys/pidref.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys/procfs.h"
#include "sys/status.h"

int pidref_open(int proc, pid_t id, struct pidref *ref)
{
	char path[16], buf[PROCFS_BUF];
	struct task t = { 0 };
	uint64_t tgid;
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
	status_parse(buf, 0, 4096, &t);
	if (!procfs_find_number(buf, "Tgid", &tgid))
		return -ESRCH;
	ref->is_thread = (pid_t)tgid != id;
	ref->pid = (pid_t)tgid;
	ref->uid = t.uid;
	ref->ppid = t.ppid;
	memcpy(ref->name, t.name, sizeof(ref->name));
	return 0;
}

void pidref_close(struct pidref *ref)
{
	if (ref->dir >= 0)
		close(ref->dir);
	ref->dir = -1;
}

int pidref_read_start(const struct pidref *ref, uint64_t *start_ticks)
{
	struct task t = { 0 };
	char buf[2048];
	bool is_kthread;
	ssize_t n = procfs_read(ref->dir, "stat", buf, sizeof(buf));

	if (n <= 0)
		return n == 0 || n == -ENOENT ? -ESRCH : (int)n;
	if (!status_parse_stat(buf, &t, &is_kthread))
		return -EIO;
	*start_ticks = t.start_ticks;
	return 0;
}

struct counting {
	int tasks;
	size_t n;
	bool is_told;
};

static int count_of_thread(void *arg, pid_t tid)
{
	struct counting *c = arg;
	char path[32], buf[4096];

	snprintf(path, sizeof(path), "%d/children", (int)tid);
	if (procfs_read_all(c->tasks, path, buf, sizeof(buf)) < 0)
		return 0;
	c->is_told = true;
	for (const char *p = buf; *p; p++)
		c->n += *p == ' ';
	return 0;
}

int pidref_count_children(const struct pidref *ref, size_t *n)
{
	int tasks = openat(ref->dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct counting c = { .tasks = tasks };

	if (tasks < 0)
		return -errno;
	procfs_each(tasks, count_of_thread, &c, NULL);
	close(tasks);
	*n = c.n;
	return c.is_told ? 0 : -ENOENT;
}
