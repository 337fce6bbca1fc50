/* SPDX-License-Identifier: GPL-2.0-or-later */
/* candidates_cgroup: the processes of one memory cgroup, and those that die with them elsewhere. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/adj/mm_sharers.h"
#include "sys/predict/internal.h"
#include "sys/proc/task.h"

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What was read is the inexact count itself: the exact one may be larger. */
static bool shows_counts(const struct candidates *a)
{
	return a->s.rss == RSS_STATUS || a->s.scan.has_points;
}

/*
 * A counter may be wrong by as much as max either way, and reclaim may turn the one error into the
 * other. Swapping out changes two counters, anonymous memory and swap. Where swap is read exactly
 * but counted inexactly, its error is in error_pages, and no more can be missing than is in swap.
 */
static void set_error_growth(const struct candidates *a, struct candidate *c)
{
	const struct memcg_state *m = &a->memcg;
	const struct task *t = &c->task;
	uint64_t max = a->bounds.counter_pages, unseen = shows_counts(a) ? max : 0;
	uint64_t file = smaller(t->rss_file + unseen, m->reclaim_file);
	uint64_t shmem = smaller(t->rss_shmem + unseen, m->reclaim_shmem);
	uint64_t swapped = smaller(t->rss_anon + unseen, m->swap_left), in_swap = t->swap + swapped;

	c->error_growth_pages =
		smaller(file, 2 * max) + smaller(shmem, 2 * max) + smaller(swapped, 2 * max);
	if (unseen)
		c->error_growth_pages += smaller(swapped, 2 * max);
	else if (a->bounds.hides_swap)
		c->error_reduced_down_pages = in_swap < max ? max - in_swap : 0;
	else
		c->error_growth_pages += smaller(swapped, max);
}

/*
 * Reclaim may still take files, and shared memory, which does not count in swap, before the kernel
 * chooses. Anonymous memory in swap still counts, by a counter that may be inexact.
 */
static void set_reclaim(struct candidates *a, struct candidate *c)
{
	bool is_exact = a->s.rss == RSS_STATUS && a->bounds.is_rss_known && !a->s.scan.has_points;

	c->reclaim_pages = smaller(c->task.rss_file, a->memcg.reclaim_file) +
			   smaller(c->task.rss_shmem, a->memcg.reclaim_shmem);
	if (a->bounds.counter_pages && !is_exact)
		set_error_growth(a, c);
}

/* Members and tasks have the same order; members that have ended have no task. */
static void take_members(struct candidates *a)
{
	size_t at = 0;

	for (size_t i = 0; i < a->p.n; i++) {
		struct candidate *c = &a->p.candidates[i];

		while (at + 1 < a->memcg.n && a->memcg.members[at].pid != c->task.pid)
			at++;
		c->group = a->memcg.members[at].group;
		c->is_placed = a->memcg.members[at].is_placed;
		set_reclaim(a, c);
	}
}

static int take_pids(struct candidates *a)
{
	pid_t *pids = calloc(a->memcg.n + 1, sizeof(*pids));
	int err;

	if (!pids)
		return -ENOMEM;
	for (size_t i = 0; i < a->memcg.n; i++)
		pids[i] = a->memcg.members[i].pid;
	err = snapshot_take_pids(pids, a->memcg.n, a->census, &a->s);
	free(pids);
	return err;
}

/* Processes of other cgroups can't be chosen, but die with a sharer (__oom_kill_process()). */
static int add_outsiders(struct candidates *a)
{
	struct predict *p = &a->p;
	struct task_reader *reader = task_new(a->s.proc, &a->s.machine);
	struct candidate *grown = NULL;
	struct mm_sharers found;
	int64_t score;
	int err = mm_sharers_find_relatives(a->s.proc, a->s.scan.tasks, a->s.scan.n_tasks, &found);

	if (!err && found.is_incomplete)
		p->doubt = DOUBT_UNSEEN;
	if (reader && !err)
		grown = reallocarray(p->candidates, p->n + found.n + 1, sizeof(*grown));
	if (grown)
		p->candidates = grown;
	for (size_t i = 0; grown && i < found.n; i++) {
		pid_t pid = found.list[i].pid;
		struct candidate c = { .is_outside = true };
		int unread = task_read(reader, pid, &c.task);

		if (unread && unread != -ESRCH)
			p->doubt = DOUBT_UNSEEN;
		if (unread)
			continue;
		if (task_score(reader, pid, &score) == 0)
			task_take_score(&a->s.machine, &c.task, score);
		p->candidates[p->n++] = c;
	}
	mm_sharers_free(&found);
	free(reader);
	return grown ? 0 : -ENOMEM;
}

/*
 * hidepid hides members silently. Of those outside of the PID namespace cgroup v2 lists 0, and v1
 * nothing. A member that is missing where all are visible has ended.
 */
static bool may_hide_members(const struct candidates *a)
{
	if (!a->s.machine.is_initial_pidns && a->tree.is_v1)
		return true;
	return a->s.scan.n_unseen ||
	       (a->s.scan.n_tasks < a->memcg.n && faccessat(a->s.proc, "1", F_OK, 0));
}

int candidates_read_cgroup(struct candidates *a, const char *path, const struct bpf_tasks *census)
{
	struct totals totals;
	int err;

	candidates_begin(a, census);
	a->is_cgroup = true;
	/* Reads only the machine, for its swap. */
	err = snapshot_take_pids(NULL, 0, NULL, &a->s);
	if (!err)
		err = memcg_open(a->s.proc, &a->tree);
	if (!err)
		err = memcg_state_read(a->s.proc, &a->tree, path, a->s.machine.swap_bytes,
				       a->s.machine.totals.page_size, &a->memcg);
	snapshot_free(&a->s);
	if (!err)
		err = take_pids(a);
	if (err)
		return err;
	totals.page_size = a->s.machine.totals.page_size;
	totals.total_pages = memcg_limit_total_pages(&a->memcg.limit, a->s.machine.version,
						     a->s.machine.swap_bytes, totals.page_size);
	err = candidates_complete(a, a->s.rules->tie_memcg, &totals);
	if (!err) {
		take_members(a);
		if (a->memcg.unread || may_hide_members(a))
			a->p.doubt = DOUBT_UNSEEN;
		err = add_outsiders(a);
	}
	return err;
}
