/* SPDX-License-Identifier: GPL-2.0-or-later */
/* candidates: the processes among which the kernel would choose. */
#include "sys/predict/candidates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oom/rules/kill_order.h"
#include "oom/rules/version.h"
#include "sys/adj/mm_sharers.h"
#include "sys/proc/task.h"

static void begin(struct candidates *a, const struct bpf_tasks *census)
{
	memset(a, 0, sizeof(*a));
	a->tree.root = -1;
	a->s.proc = -1;
	a->census = census;
	error_bounds_begin(&a->bounds);
}

/* The kernel has panic_on_oom since 2.6.18, oom_kill_allocating_task since 2.6.24. */
static bool settings_are_unseen(const struct machine *m)
{
	return (m->panic_on_oom < 0 && m->version >= VERSION(2, 6, 18)) ||
	       (m->kill_allocating < 0 && m->version >= VERSION(2, 6, 24));
}

/* Makes the candidates from the snapshot's tasks, with rules and error bounds. 0 or -ENOMEM. */
static int complete(struct candidates *a, enum rules_tie tie, const struct totals *totals)
{
	struct predict *p = &a->p;
	pid_t self = getpid();

	error_bounds_read(&a->bounds, &a->s);
	a->kill_set.proc = a->s.proc;
	a->kill_set.tree = a->is_cgroup ? NULL : &a->tree;
	p->rules = a->s.rules;
	p->rss = a->s.rss;
	p->tie = tie;
	p->totals = *totals;
	p->version = a->s.machine.version;
	p->reveal = kill_set_reveal;
	p->arg = &a->kill_set;
	p->n = a->s.scan.n_tasks;
	p->candidates = calloc(p->n + 1, sizeof(*p->candidates));
	if (!p->candidates)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++) {
		struct candidate *c = &p->candidates[i];

		c->task = a->s.scan.tasks[i];
		c->is_placed = true;
		error_bounds_set(&a->bounds, c);
		/* This program is gone when the kernel chooses. */
		c->is_gone = c->task.pid == self;
		if (c->task.is_dying && c->task.spared == KILLABLE)
			p->doubt = DOUBT_DYING;
	}
	if (settings_are_unseen(&a->s.machine))
		p->doubt = DOUBT_SETTINGS;
	if (a->s.scan.n_unseen)
		p->doubt = DOUBT_UNSEEN;
	return 0;
}

static int compare_age(const void *a, const void *b)
{
	return kill_order_compare_age(a, b);
}

int candidates_read_machine(struct candidates *a, bool needs_ages, const struct bpf_tasks *census)
{
	const struct scan_want want = { .top = SCAN_ALL,
					.spared = true,
					.stat = needs_ages,
					.census = census };
	int err, no_tree;

	begin(a, census);
	err = snapshot_take(&want, &a->s);
	if (err)
		return err;
	no_tree = memcg_open(a->s.proc, &a->tree);
	if (a->s.scan.n_tasks)
		qsort(a->s.scan.tasks, a->s.scan.n_tasks, sizeof(struct task), compare_age);
	a->p.by_age = true;
	err = complete(a, a->s.rules->tie_global, &a->s.machine.totals);
	/* There may be cgroups with memory.oom.group. */
	if (!err && no_tree && no_tree != -ENODEV)
		a->p.doubt = DOUBT_UNSEEN;
	return err;
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
	uint64_t file = memcg_limit_min(t->rss_file + unseen, m->reclaim_file);
	uint64_t shmem = memcg_limit_min(t->rss_shmem + unseen, m->reclaim_shmem);
	uint64_t swapped = memcg_limit_min(t->rss_anon + unseen, m->swap_left),
		 in_swap = t->swap + swapped;

	c->error_growth_pages = memcg_limit_min(file, 2 * max) + memcg_limit_min(shmem, 2 * max) +
				memcg_limit_min(swapped, 2 * max);
	if (unseen)
		c->error_growth_pages += memcg_limit_min(swapped, 2 * max);
	else if (a->bounds.hides_swap)
		c->error_reduced_down_pages = in_swap < max ? max - in_swap : 0;
	else
		c->error_growth_pages += memcg_limit_min(swapped, max);
}

/*
 * Reclaim may still take files, and shared memory, which does not count in swap, before the kernel
 * chooses. Anonymous memory in swap still counts, by a counter that may be inexact.
 */
static void set_reclaim(struct candidates *a, struct candidate *c)
{
	bool is_exact = a->s.rss == RSS_STATUS && a->bounds.is_rss_known && !a->s.scan.has_points;

	c->reclaim_pages = memcg_limit_min(c->task.rss_file, a->memcg.reclaim_file) +
			   memcg_limit_min(c->task.rss_shmem, a->memcg.reclaim_shmem);
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

	begin(a, census);
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
	err = complete(a, a->s.rules->tie_memcg, &totals);
	if (!err) {
		take_members(a);
		if (a->memcg.unread || may_hide_members(a))
			a->p.doubt = DOUBT_UNSEEN;
		err = add_outsiders(a);
	}
	return err;
}

/* A thread that waits in vfork() has state D, but does nothing until its child is gone. */
static size_t count_vfork_children(const struct predict *p, const struct task *t)
{
	size_t n = 0;

	for (size_t i = 0; t->state == 'D' && i < p->n; i++)
		n += p->candidates[i].task.ppid == t->pid &&
		     p->candidates[i].task.spared == UNKILLABLE_KERNEL;
	return n;
}

/* min_points: those of the last victim. */
static void read_rss_error(const struct candidates *a, const struct predict *p, size_t nth,
			   int64_t min_points)
{
	struct candidate *c = &p->candidates[nth];
	bool is_asleep = c->task.threads == 1 && strchr("STt", c->task.state);

	c->rss_change_pages = is_asleep
				      ? 0
				      : error_bounds_rss_change(&a->bounds, a->s.proc, &c->task,
								count_vfork_children(p, &c->task));
	/* The score says nothing of later counts. */
	if (c->error_pages && !c->rss_change_pages && !c->error_growth_pages && !a->is_elsewhere &&
	    c->task.points + 4 * (int64_t)c->error_pages >= min_points)
		error_bounds_reduce(&a->s, &a->s.scan.tasks[nth], c);
}

/* Reads error bounds only of what could be a victim, or overtake one. */
void candidates_finish(const struct candidates *a, struct predict *p, size_t kills)
{
	uint64_t max_change = 2 * error_bounds_max_rss_change(&a->bounds);
	int64_t min_points = INT64_MAX;
	struct kill_choice choice;

	if (predict_weigh(p))
		return;
	for (size_t i = 0; i < kills && predict_next(p, &choice); i++)
		min_points = p->candidates[choice.chosen].task.points;
	predict_reset(p);
	for (size_t i = 0; min_points != INT64_MAX && i < p->n; i++) {
		struct candidate *c = &p->candidates[i];

		if (predict_is_killable(c) && c->task.points > min_points - (int64_t)max_change)
			read_rss_error(a, p, i, min_points);
	}
}

void candidates_free(struct candidates *a)
{
	free(a->p.candidates);
	free(a->p.old_stats);
	a->p.candidates = NULL;
	a->p.old_stats = NULL;
	memcg_state_free(&a->memcg);
	memcg_close(&a->tree);
	snapshot_free(&a->s);
}
