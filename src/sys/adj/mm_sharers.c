/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mm_sharers: finds processes that share memory (CLONE_VM without CLONE_THREAD). */
#include "sys/adj/mm_sharers.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/array.h"
#include "sys/adj/adj_file.h"
#include "sys/proc/procfs.h"

/* Bounds the search among processes that keep forking. */
#define MAX_RELATIVES 1024

/* With this many given processes or fewer, kcmp(2) is faster than reading sizes first. */
#define FEW_GIVEN 16

struct mm_search {
	int proc;
	struct mm_sharer *given; /* by PID */
	size_t n;
	uint64_t *sizes; /* of given, ascending */
	pid_t *by_mm;    /* given processes that kcmp(2) compares, sorted for mm_sharers_next() */
	size_t n_by_mm;
	bool is_sorted;
	struct mm_sharer of;   /* the process whose relatives are compared with it */
	pid_t relative;        /* the relative that is compared now */
	bool lacks_children;   /* the kernel does not list children */
	struct mm_sharers *to; /* the result */
};

int mm_sharers_order(pid_t a, pid_t b, int *order)
{
	long result = syscall(SYS_kcmp, a, b, KCMP_VM, 0, 0);

	if (result < 0)
		return -errno;
	*order = result == 0 ? 0 : result == 1 ? -1 : 1;
	return 0;
}

int mm_sharers_compare(pid_t a, pid_t b)
{
	int order = 0, err = mm_sharers_order(a, b, &order);

	return err ? err : order == 0;
}

static int compare_mm(const void *a, const void *b)
{
	int order = 0;

	/* The position of a process that has just exited does not matter. */
	mm_sharers_order(*(const pid_t *)a, *(const pid_t *)b, &order);
	return order;
}

void mm_sharers_sort(void *list, size_t n, size_t size)
{
	if (n)
		qsort(list, n, size, compare_mm);
}

/* The first element that might share the memory of pid; skips processes that have exited. */
static size_t find_first(const void *list, size_t n, size_t size, pid_t pid)
{
	const char *first = list;
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2, at = mid;
		int order = 0;

		while (at < high &&
		       mm_sharers_order(*(const pid_t *)(first + at * size), pid, &order))
			at++;
		if (at < high && order < 0)
			low = at + 1;
		else
			high = at < high ? at : mid;
	}
	return low;
}

void *mm_sharers_next(void *list, size_t n, size_t size, pid_t pid, size_t *at)
{
	if (*at == MM_SHARERS_START)
		*at = find_first(list, n, size, pid);
	while (*at < n) {
		pid_t *next = (void *)((char *)list + (*at)++ * size);
		int same = mm_sharers_compare(*next, pid);

		if (same >= 0)
			return same ? next : NULL;
	}
	return NULL;
}

void mm_sharers_free(struct mm_sharers *s)
{
	free(s->list);
	free(s->given);
	*s = (struct mm_sharers){ .n = 0 };
}

/*
 * Only a lack of memory ends the search; read errors make it incomplete. Processes hidden from the
 * caller count as exited, as with hidepid=2.
 */
static int note_error(struct mm_search *s, ssize_t err)
{
	if (err == -ENOMEM)
		return -ENOMEM;
	s->to->is_incomplete |= err < 0 && err != -ENOENT && err != -ESRCH && err != -EACCES &&
				err != -EPERM;
	return 0;
}

/* In pages; 0: it has exited, or has no memory. */
static uint64_t read_size(struct mm_search *s, pid_t pid, pid_t tid)
{
	char buf[128];
	ssize_t n = procfs_read_pid(s->proc, pid, tid, "statm", buf, sizeof(buf));

	note_error(s, n);
	return n > 0 ? strtoull(buf, NULL, 10) : 0;
}

static int compare_pids(const void *va, const void *vb)
{
	const struct mm_sharer *a = va, *b = vb;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

static int compare_sizes(const void *va, const void *vb)
{
	const uint64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

static const struct mm_sharer *find_given(const struct mm_search *s, pid_t pid)
{
	const struct mm_sharer key = { .pid = pid };

	return bsearch(&key, s->given, s->n, sizeof(key), compare_pids);
}

static int add(struct mm_search *s, const struct mm_sharer *new)
{
	if (array_grow(&s->to->list, &s->to->room, s->to->n + 1))
		return -ENOMEM;
	s->to->list[s->to->n++] = *new;
	return 0;
}

static int begin(struct mm_search *s, const pid_t *pids, size_t n)
{
	s->given = calloc(n + 1, sizeof(*s->given));
	s->sizes = calloc(n + 1, sizeof(*s->sizes));
	if (!s->given || !s->sizes)
		return -ENOMEM;
	s->n = n;
	for (size_t i = 0; i < n; i++) {
		s->sizes[i] = read_size(s, pids[i], 0);
		s->given[i] = (struct mm_sharer){ .pid = pids[i], .total_vm = s->sizes[i] };
	}
	qsort(s->given, n, sizeof(*s->given), compare_pids);
	qsort(s->sizes, n, sizeof(*s->sizes), compare_sizes);
	return 0;
}

static int end(struct mm_search *s, int err)
{
	free(s->given);
	free(s->sizes);
	free(s->by_mm);
	if (err)
		mm_sharers_free(s->to);
	return err;
}

static bool is_size_given(const struct mm_search *s, uint64_t total_vm)
{
	return total_vm && bsearch(&total_vm, s->sizes, s->n, sizeof(total_vm), compare_sizes);
}

static int watch_process(void *arg, pid_t pid)
{
	struct mm_search *s = arg;
	struct mm_sharer w = { .pid = pid };
	int err;

	if (find_given(s, pid))
		return 0;
	w.total_vm = read_size(s, pid, 0);
	if (!is_size_given(s, w.total_vm))
		return 0;
	err = adj_file_read_pid(s->proc, pid, &w.adj);
	return err ? note_error(s, err) : add(s, &w);
}

int mm_sharers_watch(int proc, const pid_t *pids, size_t n, struct mm_sharers *watched)
{
	struct mm_search s = { .proc = proc, .to = watched };
	int err;

	*watched = (struct mm_sharers){ .lacks_kcmp = mm_sharers_compare(getpid(), getpid()) < 0 };
	if (!watched->lacks_kcmp)
		return 0;
	err = begin(&s, pids, n);
	if (!err)
		err = procfs_each(proc, watch_process, &s, NULL);
	return end(&s, err);
}

/* Adds watched processes whose adj became that of a given process of their size. */
static int find_changed(struct mm_search *s, const struct mm_sharers *watched)
{
	int adj, err;

	for (size_t i = 0; i < s->n; i++) {
		err = adj_file_read_pid(s->proc, s->given[i].pid, &s->given[i].adj);
		/* Then its adj is unknown, and must not match. */
		if (err)
			s->given[i].total_vm = 0;
		if (note_error(s, err))
			return -ENOMEM;
	}
	for (size_t i = 0; i < watched->n; i++) {
		struct mm_sharer w = watched->list[i];

		if (find_given(s, w.pid))
			continue;
		err = adj_file_read_pid(s->proc, w.pid, &adj);
		if (note_error(s, err))
			return -ENOMEM;
		if (err || adj == w.adj || read_size(s, w.pid, 0) != w.total_vm)
			continue;
		for (size_t k = 0; !w.with && k < s->n; k++)
			if (s->given[k].total_vm == w.total_vm && s->given[k].adj == adj)
				w.with = s->given[k].pid;
		if (w.with && add(s, &w))
			return -ENOMEM;
	}
	return 0;
}

static int compare_process(void *arg, pid_t pid)
{
	struct mm_search *s = arg;
	struct mm_sharer found = { .pid = pid };
	const pid_t *with;
	size_t at = MM_SHARERS_START;

	if (find_given(s, pid) || (s->n > FEW_GIVEN && !is_size_given(s, read_size(s, pid, 0))))
		return 0;
	if (!s->is_sorted)
		mm_sharers_sort(s->by_mm, s->n_by_mm, sizeof(*s->by_mm));
	s->is_sorted = true;
	with = mm_sharers_next(s->by_mm, s->n_by_mm, sizeof(*s->by_mm), pid, &at);
	/* If both have just exited, they have no memory, which compares as equal. */
	if (!with || !read_size(s, pid, 0) || !read_size(s, *with, 0))
		return 0;
	found.with = *with;
	return add(s, &found);
}

int mm_sharers_find(int proc, const struct mm_sharers *watched, const pid_t *pids, size_t n,
		    struct mm_sharers *found)
{
	struct mm_search s = { .proc = proc, .to = found };
	int err;

	*found = (struct mm_sharers){ .is_incomplete = watched->is_incomplete };
	err = begin(&s, pids, n);
	if (err || watched->lacks_kcmp)
		return end(&s, err ? err : find_changed(&s, watched));
	s.by_mm = calloc(n + 1, sizeof(*s.by_mm));
	if (!s.by_mm)
		return end(&s, -ENOMEM);
	for (size_t i = 0; i < n; i++)
		if (s.given[i].total_vm && mm_sharers_compare(s.given[i].pid, s.given[i].pid) >= 0)
			s.by_mm[s.n_by_mm++] = s.given[i].pid;
	if (!watched->candidates)
		return end(&s, s.n_by_mm ? procfs_each(proc, compare_process, &s, NULL) : 0);
	for (size_t i = 0; !err && s.n_by_mm && i < watched->n_candidates; i++)
		err = compare_process(&s, watched->candidates[i]);
	return end(&s, err);
}

static int try_thread(void *arg, pid_t tid)
{
	struct mm_search *s = arg;

	return read_size(s, s->relative, tid) ? tid : 0;
}

/* Finds a given process, or one found earlier. */
static const struct mm_sharer *find_known(const struct mm_search *s, pid_t pid)
{
	const struct mm_sharer *known = find_given(s, pid);

	for (size_t i = 0; !known && i < s->to->n; i++)
		if (s->to->list[i].pid == pid)
			known = &s->to->list[i];
	return known;
}

/* Adds pid, a relative of s->of, if it shares its memory or, if kcmp(2) fails, has its size. */
static int add_if_sharer(void *arg, pid_t pid)
{
	struct mm_search *s = arg;
	struct mm_sharer found = { .pid = pid, .mm_pid = pid, .with = s->of.pid };
	int same;

	if (pid <= 1 || find_known(s, pid))
		return 0;
	if (s->to->n == MAX_RELATIVES) {
		s->to->is_incomplete = true;
		return 0;
	}
	/* The thread that holds the memory. */
	if (!read_size(s, pid, 0)) {
		s->relative = pid;
		found.mm_pid = procfs_each_thread(s->proc, pid, try_thread, s);
		note_error(s, found.mm_pid);
	}
	if (found.mm_pid <= 0)
		return 0;
	same = mm_sharers_compare(s->of.mm_pid, found.mm_pid);
	if (same < 0)
		same = read_size(s, pid, found.mm_pid) == read_size(s, s->of.pid, s->of.mm_pid);
	return same ? add(s, &found) : 0;
}

/* Adds the children of one thread; the kernel lists them by thread. */
static int add_children(void *arg, pid_t tid)
{
	struct mm_search *s = arg;
	char path[48];
	int err;

	snprintf(path, sizeof(path), "%d/task/%d/children", (int)s->of.pid, (int)tid);
	err = procfs_each_number(s->proc, path, add_if_sharer, s);
	/* Unless the thread has just exited. */
	if (err == -ENOENT && read_size(s, s->of.pid, tid))
		s->lacks_children = true;
	return note_error(s, err);
}

static int add_relatives(struct mm_search *s, const struct mm_sharer *of, pid_t parent,
			 bool is_threaded)
{
	int err;

	s->of = *of;
	err = add_if_sharer(s, parent);
	if (err)
		return err;
	if (!is_threaded)
		return add_children(s, of->pid);
	return note_error(s, procfs_each_thread(s->proc, of->pid, add_children, s));
}

static pid_t read_parent(struct mm_search *s, pid_t pid)
{
	char buf[PROCFS_BUF];
	uint64_t parent = 0;
	ssize_t n = procfs_read_pid(s->proc, pid, 0, "status", buf, sizeof(buf));

	note_error(s, n);
	if (n > 0)
		procfs_find_number(buf, "PPid", &parent);
	return (pid_t)parent;
}

static int try_parent(void *arg, pid_t pid)
{
	struct mm_search *s = arg;
	const struct mm_sharer *of = find_known(s, read_parent(s, pid));

	if (!of || !of->mm_pid)
		return 0;
	s->of = *of;
	return add_if_sharer(s, pid);
}

int mm_sharers_find_relatives(int proc, const struct task *tasks, size_t n,
			      struct mm_sharers *found)
{
	struct mm_search s = { .proc = proc, .n = n, .to = found };
	int err = array_grow(&found->given, &found->given_room, n + 1);

	found->n = 0;
	found->is_incomplete = false;
	s.given = found->given;
	for (size_t i = 0; !err && i < n; i++)
		s.given[i] = (struct mm_sharer){ .pid = tasks[i].pid, .mm_pid = tasks[i].mm_pid };
	if (!err)
		qsort(s.given, n, sizeof(*s.given), compare_pids);
	for (size_t i = 0; !err && i < n; i++)
		if (tasks[i].total_vm)
			err = add_relatives(&s, find_given(&s, tasks[i].pid), tasks[i].ppid,
					    tasks[i].threads > 1);
	/* The processes found have relatives too. */
	for (size_t i = 0; !err && i < found->n; i++) {
		const struct mm_sharer of = found->list[i];

		err = add_relatives(&s, &of, read_parent(&s, of.pid), true);
	}
	if (!err && s.lacks_children)
		err = procfs_each(proc, try_parent, &s, NULL);
	if (err)
		mm_sharers_free(found);
	return err;
}
