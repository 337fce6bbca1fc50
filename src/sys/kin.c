/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kin: parents and children of processes that share memory with them. */
#include "sys/kin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/procfs.h"
#include "sys/sharers.h"

/* A process that makes children without end must not keep this busy. */
#define MOST_FOUND 1024

struct search {
	int proc;
	pid_t *known; /* the given ones, rising */
	size_t n_known;
	pid_t *found;
	size_t n_found;
	pid_t pid, mm_pid; /* whose kin is looked at, and its thread that holds the memory */
	int err;
};

static int compare_pids(const void *va, const void *vb)
{
	const pid_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

static bool is_known(const struct search *s, pid_t pid)
{
	for (size_t i = 0; i < s->n_found; i++)
		if (s->found[i] == pid)
			return true;
	return bsearch(&pid, s->known, s->n_known, sizeof(pid), compare_pids) != NULL;
}

static uint64_t read_size(int proc, pid_t pid)
{
	char buf[128];

	if (procfs_read_pid(proc, pid, 0, "statm", buf, sizeof(buf)) <= 0)
		return 0;
	return strtoull(buf, NULL, 10);
}

static bool may_share(const struct search *s, pid_t pid)
{
	int same = sharers_compare(s->mm_pid, pid);
	uint64_t size;

	/* Two that have ended have no memory, which compares as equal. */
	if (same == 0)
		return false;
	size = read_size(s->proc, pid);
	return size && (same == 1 || size == read_size(s->proc, s->mm_pid));
}

static void consider(struct search *s, pid_t pid)
{
	pid_t *grown;

	if (pid <= 1 || s->n_found == MOST_FOUND || is_known(s, pid) || !may_share(s, pid))
		return;
	grown = reallocarray(s->found, s->n_found + 1, sizeof(*grown));
	if (!grown) {
		s->err = -ENOMEM;
		return;
	}
	s->found = grown;
	s->found[s->n_found++] = pid;
}

/* "4243 4244 ": children are those of the thread that made them. */
static int add_children(void *arg, pid_t tid)
{
	struct search *s = arg;
	char path[48], buf[PROCFS_BUF];
	const char *p;
	char *end;

	snprintf(path, sizeof(path), "%d/task/%d/children", (int)s->pid, (int)tid);
	if (procfs_read_all(s->proc, path, buf, sizeof(buf)) <= 0)
		return 0;
	for (p = buf; *p; p = end) {
		pid_t pid = (pid_t)strtol(p, &end, 10);

		if (end == p)
			break;
		consider(s, pid);
	}
	return s->err;
}

static void look_at(struct search *s, pid_t pid, pid_t mm_pid, pid_t parent, bool is_threaded)
{
	char path[32];
	int dir;

	s->pid = pid;
	s->mm_pid = mm_pid;
	consider(s, parent);
	if (!is_threaded) {
		add_children(s, pid);
		return;
	}
	snprintf(path, sizeof(path), "%d/task", (int)pid);
	dir = openat(s->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	procfs_each(dir, add_children, s, NULL);
	close(dir);
}

static pid_t read_parent(int proc, pid_t pid)
{
	char buf[PROCFS_BUF];
	uint64_t parent;

	if (procfs_read_pid(proc, pid, 0, "status", buf, sizeof(buf)) <= 0 ||
	    !procfs_find_number(buf, "PPid", &parent))
		return 0;
	return (pid_t)parent;
}

int kin_find(int proc, const struct task *tasks, size_t n, pid_t **found, size_t *n_found)
{
	struct search s = { .proc = proc, .n_known = n };

	*found = NULL;
	*n_found = 0;
	s.known = calloc(n + 1, sizeof(*s.known));
	if (!s.known)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		s.known[i] = tasks[i].pid;
	qsort(s.known, n, sizeof(*s.known), compare_pids);
	for (size_t i = 0; !s.err && i < n; i++)
		if (tasks[i].total_vm)
			look_at(&s, tasks[i].pid, tasks[i].mm_pid, tasks[i].ppid,
				tasks[i].threads > 1);
	/* Those that were found have kin too. */
	for (size_t i = 0; !s.err && i < s.n_found; i++)
		look_at(&s, s.found[i], s.found[i], read_parent(proc, s.found[i]), true);
	free(s.known);
	if (s.err) {
		free(s.found);
		return s.err;
	}
	*found = s.found;
	*n_found = s.n_found;
	return 0;
}
