/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kin: parents and children of processes that share memory with them. */
#include "sys/adj/kin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/proc/procfs.h"
#include "sys/adj/mm_sharers.h"

struct known {
	pid_t pid, mm_pid; /* the process, and its thread that holds the memory */
};

struct search {
	int proc;
	struct known *known; /* the given ones, by PID */
	size_t n_known;
	struct known *found;
	size_t n_found;
	struct known of;    /* whose kin is looked at */
	bool lacks_listing; /* the kernel does not list children */
	int err;
};

static int compare_pids(const void *va, const void *vb)
{
	const struct known *a = va, *b = vb;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

/* The thread that holds the memory of one that was given or found; 0: it is neither. */
static pid_t find_known(const struct search *s, pid_t pid)
{
	const struct known wanted = { .pid = pid };
	const struct known *k =
		bsearch(&wanted, s->known, s->n_known, sizeof(wanted), compare_pids);

	for (size_t i = 0; !k && i < s->n_found; i++)
		if (s->found[i].pid == pid)
			k = &s->found[i];
	return k ? k->mm_pid : 0;
}

static uint64_t read_size(int proc, pid_t pid, pid_t tid)
{
	char buf[128];

	if (procfs_read_pid(proc, pid, tid, "statm", buf, sizeof(buf)) <= 0)
		return 0;
	return strtoull(buf, NULL, 10);
}

struct process {
	int proc;
	pid_t pid;
};

static int try_thread(void *arg, pid_t tid)
{
	const struct process *p = arg;

	return read_size(p->proc, p->pid, tid) ? tid : 0;
}

/* The thread of a process that holds the memory: the first, unless it has ended; 0: none. */
static pid_t find_mm(const struct search *s, pid_t pid)
{
	struct process in = { s->proc, pid };
	char path[32];
	int dir, tid;

	if (read_size(s->proc, pid, 0))
		return pid;
	snprintf(path, sizeof(path), "%d/task", (int)pid);
	dir = openat(s->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return 0;
	tid = procfs_each(dir, try_thread, &in, NULL);
	close(dir);
	return tid > 0 ? tid : 0;
}

/* The thread by which it may share the memory that is looked at; 0: it does not. */
static pid_t find_sharer(const struct search *s, pid_t pid)
{
	pid_t mm_pid = find_mm(s, pid);
	int same = mm_pid ? mm_sharers_compare(s->of.mm_pid, mm_pid) : 0;

	if (same < 0)
		same = read_size(s->proc, pid, mm_pid) ==
		       read_size(s->proc, s->of.pid, s->of.mm_pid);
	return same ? mm_pid : 0;
}

static void consider(struct search *s, pid_t pid)
{
	struct known *grown;
	pid_t mm_pid;

	if (pid <= 1 || s->n_found == MM_SHARERS_KIN_MOST || find_known(s, pid))
		return;
	mm_pid = find_sharer(s, pid);
	if (!mm_pid)
		return;
	grown = reallocarray(s->found, s->n_found + 1, sizeof(*grown));
	if (!grown) {
		s->err = -ENOMEM;
		return;
	}
	s->found = grown;
	s->found[s->n_found++] = (struct known){ pid, mm_pid };
}

static int add_child(void *arg, pid_t pid)
{
	struct search *s = arg;

	consider(s, pid);
	return s->err;
}

/* Children are those of the thread that made them. */
static int add_children(void *arg, pid_t tid)
{
	struct search *s = arg;
	char path[48], buf[PROCFS_BUF];
	int err;

	snprintf(path, sizeof(path), "%d/task/%d/children", (int)s->of.pid, (int)tid);
	err = procfs_each_number(s->proc, path, add_child, s);
	/* Or the thread has just ended. */
	if (err == -ENOENT)
		s->lacks_listing |=
			procfs_read_pid(s->proc, s->of.pid, tid, "stat", buf, sizeof(buf)) > 0;
	return s->err;
}

static void look_at(struct search *s, const struct known *of, pid_t parent, bool is_threaded)
{
	char path[32];
	int dir;

	s->of = *of;
	consider(s, parent);
	if (!is_threaded) {
		add_children(s, of->pid);
		return;
	}
	snprintf(path, sizeof(path), "%d/task", (int)of->pid);
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

static int try_process(void *arg, pid_t pid)
{
	struct search *s = arg;
	pid_t parent = read_parent(s->proc, pid);

	s->of = (struct known){ parent, find_known(s, parent) };
	if (s->of.mm_pid)
		consider(s, pid);
	return s->err;
}

static void search_kin(struct search *s, const struct task *tasks, size_t n)
{
	for (size_t i = 0; !s->err && i < n; i++)
		if (tasks[i].total_vm)
			look_at(s, &(struct known){ tasks[i].pid, tasks[i].mm_pid }, tasks[i].ppid,
				tasks[i].threads > 1);
	/* Those that were found have kin too. */
	for (size_t i = 0; !s->err && i < s->n_found; i++)
		look_at(s, &(struct known){ s->found[i].pid, s->found[i].mm_pid },
			read_parent(s->proc, s->found[i].pid), true);
	if (!s->err && s->lacks_listing)
		procfs_each(s->proc, try_process, s, NULL);
}

int mm_sharers_kin_find(int proc, const struct task *tasks, size_t n, pid_t **found,
			size_t *n_found)
{
	struct search s = { .proc = proc, .n_known = n };

	*found = NULL;
	*n_found = 0;
	s.known = calloc(n + 1, sizeof(*s.known));
	if (!s.known)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		s.known[i] = (struct known){ tasks[i].pid, tasks[i].mm_pid };
	qsort(s.known, n, sizeof(*s.known), compare_pids);
	search_kin(&s, tasks, n);
	free(s.known);
	if (s.err) {
		free(s.found);
		return s.err;
	}
	*found = calloc(s.n_found + 1, sizeof(**found));
	for (size_t i = 0; *found && i < s.n_found; i++)
		(*found)[(*n_found)++] = s.found[i].pid;
	free(s.found);
	return *found ? 0 : -ENOMEM;
}
