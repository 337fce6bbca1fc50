/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sharers: processes that share the memory of others (CLONE_VM without CLONE_THREAD). */
#include "sys/sharers.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/procfs.h"

/* The most pairs that are compared: among thousands of the same size it would be all with all. */
#define MAX_COMPARED 20000

struct known {
	uint64_t total_vm;
	pid_t pid;
};

struct search {
	int proc;
	struct known *known; /* by total_vm */
	size_t n;
	const pid_t *pids; /* the given ones, rising */
	struct sharer *found;
	size_t n_found, n_compared;
};

/* Those that share memory have the same size: only such pairs are worth a kcmp(2). 0: no memory, or gone. */
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

int sharers_compare(pid_t a, pid_t b)
{
	long order = syscall(SYS_kcmp, a, b, KCMP_VM, 0, 0);

	return order < 0 ? -errno : order == 0;
}

static int try_process(void *arg, pid_t pid)
{
	struct search *s = arg;
	uint64_t size = is_given(s, pid) ? 0 : read_size(s->proc, pid);
	struct sharer *grown;

	for (size_t i = size ? find_size(s, size) : s->n; i < s->n && s->known[i].total_vm == size;
	     i++) {
		if (s->n_compared++ >= MAX_COMPARED)
			return 0;
		if (sharers_compare(s->known[i].pid, pid) != 1)
			continue;
		/* Two that have just ended have no memory, which compares as equal. */
		if (read_size(s->proc, pid) == 0 || read_size(s->proc, s->known[i].pid) == 0)
			return 0;
		grown = reallocarray(s->found, s->n_found + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		s->found = grown;
		s->found[s->n_found++] = (struct sharer){ pid, s->known[i].pid };
		break;
	}
	return 0;
}

int sharers_find(int proc, const pid_t *pids, size_t n, struct sharer **found, size_t *n_found)
{
	struct search s = { .proc = proc, .n = n };
	pid_t *sorted = calloc(n + 1, sizeof(*sorted));
	int err = -ENOMEM;

	*found = NULL;
	*n_found = 0;
	s.known = calloc(n + 1, sizeof(*s.known));
	if (s.known && sorted) {
		for (size_t i = 0; i < n; i++)
			s.known[i] = (struct known){ read_size(proc, pids[i]), pids[i] };
		memcpy(sorted, pids, n * sizeof(*pids));
		qsort(s.known, n, sizeof(*s.known), compare_known);
		qsort(sorted, n, sizeof(*sorted), compare_pids);
		s.pids = sorted;
		err = procfs_each(proc, try_process, &s, NULL);
	}
	free(s.known);
	free(sorted);
	if (err) {
		free(s.found);
		return err;
	}
	*found = s.found;
	*n_found = s.n_found;
	return 0;
}
