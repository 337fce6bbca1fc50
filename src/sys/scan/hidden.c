/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hidden: counts the processes that the caller cannot see. */
#include "sys/scan/hidden.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>

#include "sys/proc/machine.h"
#include "sys/proc/procfs.h"

struct visible {
	int proc;
	size_t n;
};

/* With hidepid=1 the others are listed too, but their files cannot be read. */
static bool can_read(int proc, pid_t pid)
{
	char buf[1024];
	ssize_t n = procfs_read_pid(proc, pid, 0, "stat", buf, sizeof(buf));

	return n != -EPERM && n != -EACCES && (pid != 1 || n > 0);
}

static int count_visible(void *arg, pid_t pid)
{
	struct visible *v = arg;

	v->n += can_read(v->proc, pid);
	return 0;
}

size_t hidden_count(int proc)
{
	struct visible v = { .proc = proc };
	size_t n_others = 0, n_all;

	/* A difference would only be processes that started or exited meanwhile. */
	if (can_read(proc, 1) && machine_is_initial_pidns(proc))
		return 0;
	if (procfs_each(proc, count_visible, &v, &n_others))
		return 0;
	n_all = procfs_count_all(proc, n_others);
	return n_all > v.n ? n_all - v.n : 0;
}

size_t hidden_count_here(int proc)
{
	return can_read(proc, 1) ? 0 : hidden_count(proc);
}
