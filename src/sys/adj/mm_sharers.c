/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mm_sharers: processes that share the memory of others (CLONE_VM without CLONE_THREAD). */
#include "sys/adj/mm_sharers.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/adj/adj_file.h"
#include "sys/proc/procfs.h"

/* The most pairs that are compared: among thousands of the same size it would be all with all. */
#define MAX_COMPARED 20000
/* The most whose adj is watched where kcmp(2) is missing. */
#define MAX_WATCHED 4096

struct known {
	uint64_t total_vm;
	pid_t pid;
};

struct watched {
	uint64_t total_vm;
	pid_t pid;
	int adj;
};

struct search {
	int proc;
	struct known *known; /* by total_vm */
	size_t n;
	pid_t *pids; /* the given ones, rising */
	struct sharer *found;
	size_t n_found, n_compared;
	struct mm_sharers_watch *watch;
};

/*
 * Those that share memory have the same size: only such pairs are worth a kcmp(2). 0: no memory, or
 * gone.
 */
static uint64_t read_size(int proc, pid_t pid)
{
	char buf[128];

	if (procfs_read_pid(proc, pid, 0, "statm", buf, sizeof(buf)) <= 0)
		return 0;
	return strtoull(buf, NULL, 10);
}

static int compare_known(const void *va, const void *vb)
{
	const struct known *a = va, *b = vb;

	return (a->total_vm > b->total_vm) - (a->total_vm < b->total_vm);
}

static int compare_pids(const void *va, const void *vb)
{
	const pid_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

static bool is_given(const struct search *s, pid_t pid)
{
	return bsearch(&pid, s->pids, s->n, sizeof(pid), compare_pids) != NULL;
}

/* The first of those of one size; n: there is none. */
static size_t find_size(const struct search *s, uint64_t size)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->known[mid].total_vm < size)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->n && s->known[low].total_vm == size ? low : s->n;
}

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

static int add_found(struct search *s, pid_t pid, pid_t with)
{
	struct sharer *grown = reallocarray(s->found, s->n_found + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	s->found = grown;
	s->found[s->n_found++] = (struct sharer){ pid, with };
	return 0;
}

static int try_process(void *arg, pid_t pid)
{
	struct search *s = arg;
	uint64_t size = is_given(s, pid) ? 0 : read_size(s->proc, pid);

	for (size_t i = size ? find_size(s, size) : s->n; i < s->n && s->known[i].total_vm == size;
	     i++) {
		if (s->n_compared++ >= MAX_COMPARED)
			return 0;
		if (mm_sharers_compare(s->known[i].pid, pid) != 1)
			continue;
		/* Two that have just ended have no memory, which compares as equal. */
		if (read_size(s->proc, pid) == 0 || read_size(s->proc, s->known[i].pid) == 0)
			return 0;
		return add_found(s, pid, s->known[i].pid);
	}
	return 0;
}

static int watch_process(void *arg, pid_t pid)
{
	struct search *s = arg;
	struct watched *grown, w = { .pid = pid };

	w.total_vm = is_given(s, pid) ? 0 : read_size(s->proc, pid);
	if (!w.total_vm || find_size(s, w.total_vm) == s->n || s->watch->n >= MAX_WATCHED ||
	    adj_file_read_pid(s->proc, pid, &w.adj))
		return 0;
	grown = reallocarray(s->watch->list, s->watch->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	s->watch->list = grown;
	grown[s->watch->n++] = w;
	return 0;
}

/*
 * Whose adj has become that of one of its size, and was another before: nobody wrote it but the
 * kernel.
 */
static int check_watched(struct search *s, const struct watched *w)
{
	int adj, given;

	if (is_given(s, w->pid) || adj_file_read_pid(s->proc, w->pid, &adj) || adj == w->adj ||
	    read_size(s->proc, w->pid) != w->total_vm)
		return 0;
	for (size_t i = find_size(s, w->total_vm); i < s->n && s->known[i].total_vm == w->total_vm;
	     i++) {
		if (s->n_compared++ >= MAX_COMPARED)
			return 0;
		if (adj_file_read_pid(s->proc, s->known[i].pid, &given) == 0 && given == adj)
			return add_found(s, w->pid, s->known[i].pid);
	}
	return 0;
}

static int begin(struct search *s, const pid_t *pids, size_t n)
{
	pid_t *sorted = calloc(n + 1, sizeof(*sorted));

	s->known = calloc(n + 1, sizeof(*s->known));
	s->pids = sorted;
	if (!s->known || !sorted)
		return -ENOMEM;
	s->n = n;
	for (size_t i = 0; i < n; i++)
		s->known[i] = (struct known){ read_size(s->proc, pids[i]), pids[i] };
	memcpy(sorted, pids, n * sizeof(*pids));
	qsort(s->known, n, sizeof(*s->known), compare_known);
	qsort(sorted, n, sizeof(*sorted), compare_pids);
	return 0;
}

static void end(struct search *s)
{
	free(s->known);
	free(s->pids);
}

int mm_sharers_watch(int proc, const pid_t *pids, size_t n, struct mm_sharers_watch *watch)
{
	struct search s = { .proc = proc, .watch = watch };
	int err;

	*watch = (struct mm_sharers_watch){ .is_needed = mm_sharers_compare(getpid(), getpid()) <
							 0 };
	if (!watch->is_needed)
		return 0;
	err = begin(&s, pids, n);
	if (!err)
		err = procfs_each(proc, watch_process, &s, NULL);
	end(&s);
	return err;
}

void mm_sharers_unwatch(struct mm_sharers_watch *watch)
{
	free(watch->list);
	watch->list = NULL;
	watch->n = 0;
}

int mm_sharers_find(int proc, const struct mm_sharers_watch *watch, const pid_t *pids, size_t n,
		    struct sharer **found, size_t *n_found)
{
	struct search s = { .proc = proc };
	int err = begin(&s, pids, n);

	*found = NULL;
	*n_found = 0;
	if (!err && !watch->is_needed)
		err = procfs_each(proc, try_process, &s, NULL);
	for (size_t i = 0; !err && i < watch->n; i++)
		err = check_watched(&s, &watch->list[i]);
	end(&s);
	if (err) {
		free(s.found);
		return err;
	}
	*found = s.found;
	*n_found = s.n_found;
	return 0;
}
