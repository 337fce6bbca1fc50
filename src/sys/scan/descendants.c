/* SPDX-License-Identifier: GPL-2.0-or-later */
/* descendants: finds the descendants of processes. */
#include "sys/scan/descendants.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "sys/proc/procfs.h"

/* All processes but the roots. */
struct process_list {
	int proc;
	const struct identity *roots;
	size_t n_roots;
	struct identity *list;
	size_t n, room;
};

static int compare_pids(const void *va, const void *vb)
{
	const struct identity *a = va, *b = vb;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

static int compare_parents(const void *va, const void *vb)
{
	const struct identity *a = va, *b = vb;

	return a->ppid != b->ppid ? (a->ppid > b->ppid) - (a->ppid < b->ppid) : compare_pids(a, b);
}

void descendants_sort(struct identity *list, size_t n)
{
	if (n)
		qsort(list, n, sizeof(*list), compare_pids);
}

const struct identity *descendants_lookup(const struct identity *list, size_t n, pid_t pid)
{
	const struct identity key = { .pid = pid };

	return n ? bsearch(&key, list, n, sizeof(key), compare_pids) : NULL;
}

static int list_process(void *arg, pid_t pid)
{
	struct process_list *l = arg;
	struct identity id;

	if (descendants_lookup(l->roots, l->n_roots, pid) || identity_read(l->proc, pid, &id))
		return 0;
	if (array_grow(&l->list, &l->room, l->n + 1))
		return -ENOMEM;
	l->list[l->n++] = id;
	return 0;
}

/* The first of the list, which is sorted by parents, with a parent of ppid or higher. */
static size_t find_children(const struct process_list *l, pid_t ppid)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->list[mid].ppid < ppid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/*
 * Adds the settled children of one process. It was settled before the listing and must exist after
 * it: then the PID was its own all the time. Returns how many children are not settled.
 */
static size_t add_children(const struct process_list *l, const struct identity *parent,
			   int64_t clock, struct identity *found, size_t *n_found)
{
	size_t at = find_children(l, parent->pid), n_young = 0;

	if (at == l->n || l->list[at].ppid != parent->pid || !identity_exists(l->proc, parent))
		return 0;
	for (; at < l->n && l->list[at].ppid == parent->pid; at++) {
		if (identity_is_settled(&l->list[at], clock))
			found[(*n_found)++] = l->list[at];
		else
			n_young++;
	}
	return n_young;
}

/* Lists once. A process has one parent, so that none is found twice. */
static int find_once(struct process_list *l, struct identity **found, size_t *n_found,
		     size_t *n_young)
{
	int64_t clock = identity_clock();
	int err = clock < 0 ? (int)clock : procfs_each(l->proc, list_process, l, NULL);

	*n_found = *n_young = 0;
	*found = err ? NULL : calloc(l->n + 1, sizeof(**found));
	if (err || !*found)
		return err ? err : -ENOMEM;
	if (l->n)
		qsort(l->list, l->n, sizeof(*l->list), compare_parents);
	for (size_t i = 0; i < l->n_roots; i++)
		*n_young += add_children(l, &l->roots[i], clock, *found, n_found);
	for (size_t i = 0; i < *n_found; i++)
		*n_young += add_children(l, &(*found)[i], clock, *found, n_found);
	return 0;
}

int descendants_find(int proc, struct identity *roots, size_t n, struct identity **found,
		     size_t *n_found)
{
	struct process_list l = { .proc = proc, .roots = roots, .n_roots = n };
	size_t n_young;
	int err;

	descendants_sort(roots, n);
	err = find_once(&l, found, n_found, &n_young);
	/* All that existed the first time are settled the second time. */
	if (!err && n_young) {
		free(*found);
		identity_wait();
		l.n = 0;
		err = find_once(&l, found, n_found, &n_young);
	}
	free(l.list);
	return err;
}
