/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill_set: the processes that die together. */
#include <errno.h>
#include <string.h>

#include "sys/adj/mm_sharers.h"
#include "sys/cgroup/memcg_state.h"
#include "sys/cgroup/path.h"
#include "sys/predict/internal.h"

/* Comparing thousands of processes of one size would take long. */
#define MAX_COMPARED 100000

/* Sharers of memory show the same size, unless one is changing it at the moment. */
static bool may_share(const struct task *a, const struct task *b)
{
	bool is_related = a->ppid == b->pid || b->ppid == a->pid || a->ppid == b->ppid;
	bool is_awake = !strchr("STt", a->state) || !strchr("STt", b->state);

	return a->total_vm && b->total_vm &&
	       (a->total_vm == b->total_vm || (is_related && is_awake));
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
	    (s->ppid != t->pid && t->ppid != s->pid && s->ppid != t->ppid))
		return false;
	if (!a->possible_mm)
		a->possible_mm = b->possible_mm ? b->possible_mm : ++set->mms;
	b->possible_mm = a->possible_mm;
	return false;
}

static bool is_sharer(struct kill_set *set, struct predict *p, struct candidate *a,
		      struct candidate *b)
{
	int same = -EAGAIN;

	if (a->task.mm_id && b->task.mm_id)
		return a->task.mm_id == b->task.mm_id;
	if (!may_share(&a->task, &b->task))
		return false;
	if (set->n_compared++ < MAX_COMPARED)
		same = mm_sharers_compare(a->task.mm_pid, b->task.mm_pid);
	else if (p->doubt == DOUBT_NONE)
		p->doubt = DOUBT_SHARERS;
	return same < 0 ? guess_sharing(set, a, b) : same;
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

static int mark_member(void *arg, pid_t pid)
{
	struct predict *p = arg;
	const struct kill_set *set = p->arg;
	size_t at = predict_find(p, pid);

	if (at != PREDICT_NONE)
		p->candidates[at].group = set->groups;
	return 0;
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
	if (!set->tree || set->tree->root < 0 || set->tree->is_v1 || victim->group)
		return;
	/* For the machine, groups up to the root count (mem_cgroup_get_oom_group()). */
	found = cgroup_path_read_pid(set->proc, victim->task.pid, path, sizeof(path));
	if (!found)
		found = memcg_state_find_group(set->tree, path, top, sizeof(top));
	if (found > 0) {
		set->groups++;
		found = memcg_each_process(set->tree, top, mark_member, p);
	}
	if (found < 0)
		p->doubt = DOUBT_UNSEEN;
}
