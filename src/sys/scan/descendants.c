/* SPDX-License-Identifier: GPL-2.0-or-later */
/* descendants: finds the descendants of processes. */
#include "sys/scan/descendants.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "sys/cgroup/path.h"
#include "sys/proc/pidref.h"
#include "sys/proc/procfs.h"

/* All processes but the roots. */
struct process_list {
	int proc;
	const struct identity *roots;
	size_t n_roots;
	struct identity *list;
	size_t n, room;
	pid_t ancestors[64]; /* of the roots, but init; n_ancestors 0: not yet listed */
	size_t n_ancestors;
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

/*
 * Adds the settled children of one process. It was settled before the listing and must exist after
 * it: then the PID belonged to it all the time. Returns how many children are not settled.
 */
static size_t add_children(const struct process_list *l, const struct identity *parent,
			   int64_t clock, struct identity *found, size_t *n_found)
{
	size_t at = 0, high = l->n, n_young = 0;

	/* The list is sorted by parents: the first one with this parent or a higher one. */
	while (at < high) {
		size_t mid = at + (high - at) / 2;

		if (l->list[mid].ppid < parent->pid)
			at = mid + 1;
		else
			high = mid;
	}
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

/* Whether the leader of a session has exited; it can be a zombie for some time. */
static bool has_no_leader(int proc, pid_t session)
{
	struct pidref ref;
	int err = pidref_open(proc, session, &ref);
	bool has_none = err == -ESRCH || (!err && ref.unkillable == UNKILLABLE_NO_MM);

	pidref_close(&ref);
	return has_none;
}

/*
 * Whether an orphan was probably forked below this root: it has the root's user and cgroup, and its
 * session and process group; or its session was begun by a process that has exited, and was forked
 * later than this program, as its PID shows.
 */
static bool is_from(int proc, const struct identity *orphan, const struct identity *root)
{
	char path[2][CGROUP_PATH_MAX];
	struct pidref ref[2];
	int err[2];
	bool is_same;

	if (orphan->session == root->session
		    ? orphan->group != root->group
		    : orphan->session <= getpid() || orphan->session >= orphan->pid ||
			      !has_no_leader(proc, orphan->session))
		return false;
	err[0] = pidref_open(proc, root->pid, &ref[0]);
	err[1] = pidref_open(proc, orphan->pid, &ref[1]);
	is_same = !err[0] && !err[1] && pidref_is(&ref[0], root) && pidref_is(&ref[1], orphan) &&
		  ref[0].uid == ref[1].uid &&
		  !cgroup_path_read_pid(ref[0].dir, 0, path[0], sizeof(path[0])) &&
		  !cgroup_path_read_pid(ref[1].dir, 0, path[1], sizeof(path[1])) &&
		  strcmp(path[0], path[1]) == 0;
	pidref_close(&ref[0]);
	pidref_close(&ref[1]);
	return is_same;
}

static void list_ancestors(struct process_list *l)
{
	for (size_t i = 0; i < l->n_roots; i++) {
		struct identity id = { .pid = l->roots[i].pid };

		while (identity_read(l->proc, id.pid, &id) == 0 && id.ppid > 1 &&
		       l->n_ancestors < sizeof(l->ancestors) / sizeof(l->ancestors[0])) {
			size_t k = 0;

			while (k < l->n_ancestors && l->ancestors[k] != id.ppid)
				k++;
			if (k < l->n_ancestors)
				break;
			l->ancestors[l->n_ancestors++] = id.pid = id.ppid;
		}
	}
}

/* The kernel gives an orphan to an ancestor of its parent: to a subreaper, or to init. */
static bool can_adopt(struct process_list *l, pid_t pid)
{
	size_t k = 0;

	if (pid == 1)
		return true;
	if (!l->n_ancestors)
		list_ancestors(l);
	while (k < l->n_ancestors && l->ancestors[k] != pid)
		k++;
	return k < l->n_ancestors ||
	       k == sizeof(l->ancestors) / sizeof(l->ancestors[0]); /* not all are listed */
}

/* Whether two processes are in the same cgroups, or these cannot be read. */
static bool may_share_cgroup(int proc, pid_t a, pid_t b)
{
	char memory[2][CGROUP_PATH_MAX], systemd[2][CGROUP_PATH_MAX];

	return cgroup_path_read_both(proc, a, memory[0], systemd[0]) ||
	       cgroup_path_read_both(proc, b, memory[1], systemd[1]) ||
	       (strcmp(memory[0], memory[1]) == 0 && strcmp(systemd[0], systemd[1]) == 0);
}

/* Whether p can have been forked below a root, although is_from() does not show it. */
static bool can_be_from(struct process_list *l, const struct identity *p)
{
	if (p->pid == getpid() || p->pid == getppid() || !can_adopt(l, p->ppid))
		return false;
	for (size_t k = 0; k < l->n_roots; k++)
		if (may_share_cgroup(l->proc, p->pid, l->roots[k].pid))
			return true;
	return false;
}

static bool is_probably_from(const struct process_list *l, const struct identity *p, int64_t clock)
{
	/* The session of a leader shows nothing. */
	if (!identity_is_settled(p, clock) || p->session == p->pid)
		return false;
	for (size_t k = 0; k < l->n_roots; k++)
		if (is_from(l->proc, p, &l->roots[k]))
			return true;
	return false;
}

/*
 * Adds the orphans to what was found, and then those that are doubtful. The parent of an orphan is
 * init, or in another session: a process that has exited can have forked it.
 */
static int add_orphans(struct process_list *l, const struct identity *self,
		       struct descendants *found)
{
	struct identity *doubtful = calloc(l->n + 1, sizeof(*doubtful));
	const int64_t clock = identity_clock();

	if (!doubtful)
		return -ENOMEM;
	for (size_t i = 0; i < l->n; i++) {
		const struct identity *p = &l->list[i];
		struct identity parent;
		bool is_known = p->start < self->start;

		if (!is_known && p->ppid != 1)
			is_known = identity_read(l->proc, p->ppid, &parent) ||
				   parent.session == p->session;
		for (size_t k = 0; !is_known && k < found->n; k++)
			is_known = found->list[k].pid == p->pid;
		if (is_known)
			continue;
		if (is_probably_from(l, p, clock)) {
			found->list[found->n++] = *p;
			found->n_orphans++;
		} else if (can_be_from(l, p)) {
			doubtful[found->n_doubtful++] = *p;
		}
	}
	/* All are in l->list, which is as long. */
	memcpy(found->list + found->n, doubtful, found->n_doubtful * sizeof(*doubtful));
	free(doubtful);
	return 0;
}

int descendants_find(int proc, struct identity *roots, size_t n, bool has_orphans,
		     struct descendants *found)
{
	struct process_list l = { .proc = proc, .roots = roots, .n_roots = n };
	struct identity self;
	size_t n_young;
	int err;

	*found = (struct descendants){ .n = 0 };
	descendants_sort(roots, n);
	/* Then all orphans that were forked before the roots were changed are settled. */
	if (has_orphans)
		identity_wait();
	err = find_once(&l, &found->list, &found->n, &n_young);
	/* All that existed the first time are settled the second time. */
	if (!err && n_young) {
		free(found->list);
		identity_wait();
		l.n = 0;
		err = find_once(&l, &found->list, &found->n, &n_young);
	}
	if (!err && has_orphans && identity_read(proc, getpid(), &self) == 0)
		err = add_orphans(&l, &self, found);
	free(l.list);
	return err;
}
