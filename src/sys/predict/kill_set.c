/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill_set: the processes that die together. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "sys/adj/mm_sharers.h"
#include "sys/cgroup/memcg_state.h"
#include "sys/cgroup/path.h"
#include "sys/predict/internal.h"

/* Comparing thousands of processes of one size would take long. */
#define MAX_COMPARED 100000

static bool are_relatives(const struct task *a, const struct task *b)
{
	return a->ppid == b->pid || b->ppid == a->pid || a->ppid == b->ppid;
}

/* Sharers of memory show the same size, unless one is changing it at the moment. */
static bool may_share(const struct task *a, const struct task *b)
{
	bool is_awake = !error_bounds_is_still(a) || !error_bounds_is_still(b);

	return a->total_vm && b->total_vm &&
	       (a->total_vm == b->total_vm || (is_awake && are_relatives(a, b)));
}

static bool is_vfork_pair(const struct task *parent, const struct task *child)
{
	return child->ppid == parent->pid && child->unkillable == UNKILLABLE_KERNEL &&
	       !child->is_dying && child->total_vm == parent->total_vm;
}

/*
 * Where kcmp(2) is missing or forbidden: a child inside vfork() shows by its score. Relatives with
 * the same counts may share memory or not.
 */
static bool guess_sharing(struct kill_set *set, struct candidate *a, struct candidate *b)
{
	const struct task *s = &a->task, *t = &b->task;

	if (is_vfork_pair(s, t) || is_vfork_pair(t, s))
		return true;
	if (s->rss != t->rss || s->swap != t->swap || s->pgtables_bytes != t->pgtables_bytes ||
	    !are_relatives(s, t))
		return false;
	if (!a->possible_mm)
		a->possible_mm = b->possible_mm ? b->possible_mm : ++set->mms;
	b->possible_mm = a->possible_mm;
	return false;
}

/* 1, 0, or a negative errno: kcmp(2) cannot tell. */
static int compare_mm(struct kill_set *set, struct predict *p, const struct task *a,
		      const struct task *b)
{
	if (set->n_compared++ < MAX_COMPARED)
		return mm_sharers_compare(a->mm_pid, b->mm_pid);
	if (p->doubt == DOUBT_NONE)
		p->doubt = DOUBT_SHARERS;
	return -EAGAIN;
}

static bool is_sharer(struct kill_set *set, struct predict *p, struct candidate *a,
		      struct candidate *b)
{
	int same;

	if (a->task.mm_id && b->task.mm_id)
		return a->task.mm_id == b->task.mm_id;
	if (!may_share(&a->task, &b->task))
		return false;
	same = compare_mm(set, p, &a->task, &b->task);
	return same < 0 ? guess_sharing(set, a, b) : same;
}

bool kill_set_may_share(struct kill_set *set, const struct candidate *a, const struct candidate *b)
{
	const struct task *s = &a->task, *t = &b->task;

	if (a->possible_mm && a->possible_mm == b->possible_mm)
		return true;
	if (s->mm_id && t->mm_id)
		return s->mm_id == t->mm_id;
	/* All that share memory with a marked one are marked. */
	if (a->mm || b->mm)
		return a->mm == b->mm;
	return may_share(s, t) &&
	       (set->n_compared++ >= MAX_COMPARED || mm_sharers_compare(s->mm_pid, t->mm_pid) != 0);
}

/* Whether a process that is no candidate shares memory, or may share it. */
static bool may_other_share(struct kill_set *set, struct predict *p, const struct task *t,
			    const struct scan_other *o)
{
	const struct task other = {
		.pid = o->pid,
		.mm_pid = o->mm_pid,
		.ppid = o->ppid,
		.state = o->state,
		.threads = o->threads,
		.total_vm = o->total_vm,
	};
	bool is_equal = o->memory == scan_memory(set->scan, t);
	int same;

	if (set->scan->has_points)
		return o->memory && is_equal;
	if (!may_share(t, &other))
		return false;
	same = compare_mm(set, p, t, &other);
	return same < 0 ? is_equal && are_relatives(t, &other) : same;
}

/* Sharers have the same counts, though they were read at two moments. */
static void share_counts(struct task *to, const struct task *from)
{
	to->total_vm = from->total_vm;
	to->rss = from->rss;
	to->rss_stat = from->rss_stat;
	to->rss_anon = from->rss_anon;
	to->rss_file = from->rss_file;
	to->rss_shmem = from->rss_shmem;
	to->swap = from->swap;
	to->nr_ptes = from->nr_ptes;
	to->nr_pmds = from->nr_pmds;
	to->pgtables_bytes = from->pgtables_bytes;
}

struct group_members {
	pid_t *pids;
	size_t n, room;
};

static int add_member(void *arg, pid_t pid)
{
	struct group_members *m = arg;

	if (array_grow(&m->pids, &m->room, m->n + 1))
		return -ENOMEM;
	m->pids[m->n++] = pid;
	return 0;
}

static int compare_pids(const void *va, const void *vb)
{
	const pid_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

static bool is_member(const struct group_members *m, pid_t pid)
{
	return bsearch(&pid, m->pids, m->n, sizeof(pid), compare_pids);
}

/* Marks the processes of the cgroup at top. 0 or a negative errno. */
static int mark_members(struct kill_set *set, struct predict *p, const char *top)
{
	struct group_members m = { .n = 0 };
	int err = memcg_each_process(set->tree, top, add_member, &m);

	set->groups++;
	if (m.n)
		qsort(m.pids, m.n, sizeof(*m.pids), compare_pids);
	for (size_t i = 0; m.n && i < p->n; i++)
		if (is_member(&m, p->candidates[i].task.pid))
			p->candidates[i].group = set->groups;
	for (size_t i = 0; m.n && set->scan && i < set->scan->n_others; i++)
		if (is_member(&m, set->scan->others[i].pid))
			possible_want(set->possible, &set->scan->others[i]);
	free(m.pids);
	return err;
}

void kill_set_reveal(void *arg, struct predict *p, size_t nth)
{
	struct kill_set *set = arg;
	struct candidate *c = p->candidates, *victim = &c[nth];
	char path[CGROUP_PATH_MAX], top[CGROUP_PATH_MAX];
	bool is_new = !victim->mm;
	int found;

	if (is_new)
		victim->mm = ++set->mms;
	for (size_t i = 0; is_new && i < p->n; i++) {
		if (i == nth || c[i].mm || !is_sharer(set, p, victim, &c[i]))
			continue;
		c[i].mm = victim->mm;
		share_counts(&c[i].task, &victim->task);
	}
	for (size_t i = 0; is_new && set->scan && i < set->scan->n_others; i++)
		if (may_other_share(set, p, &victim->task, &set->scan->others[i]))
			possible_want(set->possible, &set->scan->others[i]);
	if (!set->tree || set->tree->root < 0 || set->tree->is_v1 || victim->group)
		return;
	/* For the machine, groups up to the root count (mem_cgroup_get_oom_group()). */
	found = cgroup_path_read_pid(set->proc, victim->task.pid, path, sizeof(path));
	if (!found)
		found = memcg_state_find_group(set->tree, path, top, sizeof(top));
	if (found > 0)
		found = mark_members(set, p, top);
	if (found < 0)
		p->doubt = DOUBT_UNSEEN;
}
