/* SPDX-License-Identifier: GPL-2.0-or-later */
/* candidates: the processes that the kernel can choose from. */
#include "sys/predict/candidates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oom/rules/kill_order.h"
#include "oom/rules/version.h"
#include "sys/cgroup/path.h"
#include "sys/predict/internal.h"
#include "sys/proc/task.h"

static void begin(struct candidates *a, const struct bpf_tasks *bpf)
{
	memset(a, 0, sizeof(*a));
	a->tree.root = -1;
	a->s.proc = -1;
	a->bpf = bpf;
	error_bounds_begin(&a->bounds);
}

/* Fills the candidates, which have room, from the snapshot's tasks, with rules and error bounds. */
static void fill(struct candidates *a, enum rules_tie tie, const struct totals *totals)
{
	const struct machine *m = &a->s.machine;
	struct predict *p = &a->p;

	error_bounds_read(&a->bounds, &a->s);
	p->rules = a->s.rules;
	p->rss = a->s.rss;
	p->tie = tie;
	p->totals = *totals;
	p->version = m->version;
	p->reveal = kill_set_reveal;
	p->arg = &a->kill_set;
	p->n = a->s.scan.n_tasks;
	for (size_t i = 0; i < p->n; i++) {
		struct candidate *c = &p->candidates[i];

		*c = (struct candidate){ .task = a->s.scan.tasks[i], .is_placed = true };
		error_bounds_set(&a->bounds, c);
		c->uncounted_pages = error_bounds_uncounted(&a->bounds, &c->task);
		/* oomctl will have exited when memory runs out. */
		c->is_gone = c->task.pid == a->s.scan.self;
		if (c->task.is_dying && c->task.unkillable == KILLABLE)
			p->doubt = DOUBT_DYING;
	}
	/* The kernel has panic_on_oom since 2.6.18, oom_kill_allocating_task since 2.6.24. */
	if ((m->panic_on_oom < 0 && m->version >= VERSION(2, 6, 18)) ||
	    (m->kill_allocating < 0 && m->version >= VERSION(2, 6, 24)))
		p->doubt = DOUBT_SETTINGS;
	if (a->s.scan.n_unseen)
		p->doubt = DOUBT_UNSEEN;
}

/* Makes the candidates from the snapshot's tasks. 0 or -ENOMEM. */
static int complete(struct candidates *a, enum rules_tie tie, const struct totals *totals)
{
	a->kill_set.proc = a->s.proc;
	a->kill_set.tree = a->is_cgroup ? NULL : &a->tree;
	a->kill_set.scan = &a->s.scan;
	a->kill_set.possible = &a->possible;
	a->p.candidates = calloc(a->s.scan.n_tasks + 1, sizeof(*a->p.candidates));
	if (!a->p.candidates)
		return -ENOMEM;
	fill(a, tie, totals);
	return 0;
}

/* Makes the candidates from the snapshot's tasks, instead of those from before. */
static int complete_machine(struct candidates *a)
{
	if (a->s.scan.n_tasks)
		qsort(a->s.scan.tasks, a->s.scan.n_tasks, sizeof(struct task),
		      kill_order_compare_age);
	free(a->p.candidates);
	a->p = (struct predict){ .by_age = true };
	a->kill_set = (struct kill_set){ .mms = 0 };
	return complete(a, a->s.rules->tie_global, &a->s.machine.totals);
}

int candidates_read_machine(struct candidates *a, bool needs_ages, size_t kills,
			    const struct bpf_tasks *bpf)
{
	const struct scan_want want = {
		.top = SCAN_ALL,
		.unkillable = true,
		.stat = needs_ages,
		.bpf = bpf,
		.reduce = kills ? possible_reduce : NULL,
		.reduce_arg = a,
	};
	int err, no_tree;

	begin(a, bpf);
	a->possible.kills = kills;
	err = snapshot_take(&want, &a->s);
	if (err)
		return err;
	no_tree = memcg_open(a->s.proc, &a->tree);
	do {
		err = complete_machine(a);
		if (!err)
			possible_find(a);
		if (!err && a->possible.n_wanted)
			err = snapshot_add_others(&want, &a->s);
	} while (!err && a->possible.n_wanted);
	/* There may be cgroups with memory.oom.group. */
	if (!err && no_tree && no_tree != -ENODEV)
		a->p.doubt = DOUBT_UNSEEN;
	return err;
}

int candidates_reserve(struct candidates *a, size_t n)
{
	begin(a, NULL);
	a->s.scan.tasks = calloc(n, sizeof(*a->s.scan.tasks));
	a->p.candidates = calloc(n, sizeof(*a->p.candidates));
	return a->s.scan.tasks && a->p.candidates ? 0 : -ENOMEM;
}

/*
 * The most pages that a count in memory.stat lacks: until 5.12, each CPU keeps up to 32
 * (MEMCG_CHARGE_BATCH). Later kernels add up what all CPUs have when the file is read, unless
 * little has changed since the last time; see memcg_state_read().
 */
static uint64_t stale_pages(const struct candidates *a)
{
	return a->s.machine.version < VERSION(5, 13, 0) ? 32ULL * a->bounds.cpus : 0;
}

/*
 * Reclaim may still take files, and shared memory, which does not count in swap, before the kernel
 * chooses. Anonymous memory in swap still counts. Its counter may be wrong by as much as max either
 * way, and reclaim may turn the one error into the other. Swapping out changes two counters,
 * anonymous memory and swap. If swap is read exactly but counted inexactly, its error is in
 * error_pages, and at most the swap in use can be missing.
 */
static void set_reclaim(const struct candidates *a, struct candidate *c)
{
	bool is_counted = a->s.scan.has_points, is_status = a->s.rss == RSS_STATUS;
	/* What was read is the inexact count itself: the exact one may be larger. */
	uint64_t max = a->bounds.counter_pages, unseen = is_status || is_counted ? max : 0;
	const struct memcg_state *m = &a->memcg;
	const struct task *t = &c->task;
	uint64_t stale = stale_pages(a), reclaim_file = m->reclaim_file + stale;
	uint64_t reclaim_shmem = memcg_limit_min(m->reclaim_shmem + stale, m->swap_left);
	uint64_t file = memcg_limit_min(t->rss_file + unseen, reclaim_file);
	uint64_t shmem = memcg_limit_min(t->rss_shmem + unseen, reclaim_shmem);
	uint64_t swapped = memcg_limit_min(t->rss_anon + unseen, m->swap_left);
	uint64_t in_swap = t->swap + swapped;

	c->reclaim_pages = memcg_limit_min(t->rss_file, reclaim_file) +
			   memcg_limit_min(t->rss_shmem, reclaim_shmem);
	if (!max || (is_status && a->bounds.is_rss_known && !is_counted))
		return;
	c->error_growth_pages = memcg_limit_min(file, 2 * max) + memcg_limit_min(shmem, 2 * max) +
				memcg_limit_min(swapped, 2 * max);
	if (unseen)
		c->error_growth_pages += memcg_limit_min(swapped, 2 * max);
	else if (a->bounds.hides_swap)
		c->error_reduced_down_pages = in_swap < max ? max - in_swap : 0;
	else
		c->error_growth_pages += memcg_limit_min(swapped, max);
}

/* Members and tasks have the same order; members that have exited have no task. */
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

struct totals candidates_totals(const struct candidates *a)
{
	const struct machine *m = &a->s.machine;
	struct totals totals = m->totals;

	if (a->is_cgroup)
		totals.total_pages = memcg_limit_total_pages(&a->memcg.limit, m->version,
							     m->swap_bytes, totals.page_size);
	return totals;
}

/* cgroup v2 lists 0 for members outside of the PID namespace, and v1 nothing. */
static bool lacks_members(const struct candidates *a)
{
	return a->memcg.unread || a->s.scan.n_unseen ||
	       (!a->s.machine.is_initial_pidns && a->tree.is_v1);
}

void candidates_refill(struct candidates *a, uint64_t begun_ms)
{
	const struct rules *rules = a->s.rules;
	const struct totals totals = candidates_totals(a);

	error_bounds_begin(&a->bounds);
	a->bounds.begun_ms = begun_ms;
	a->kill_set = (struct kill_set){ .proc = a->s.proc };
	a->p = (struct predict){ .candidates = a->p.candidates, .by_age = !a->is_cgroup };
	fill(a, a->is_cgroup ? rules->tie_memcg : rules->tie_global, &totals);
	if (!a->is_cgroup)
		return;
	take_members(a);
	if (lacks_members(a))
		a->p.doubt = DOUBT_UNSEEN;
}

/* Processes of other cgroups can't be chosen, but die with a sharer (__oom_kill_process()). */
static int add_outsiders(struct candidates *a)
{
	struct predict *p = &a->p;
	struct task_reader *reader = task_new(a->s.proc, &a->s.machine);
	struct candidate *grown = NULL;
	struct mm_sharers found = { .n = 0 };
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
		c.uncounted_pages = error_bounds_uncounted(&a->bounds, &c.task);
		p->candidates[p->n++] = c;
	}
	mm_sharers_free(&found);
	free(reader);
	return grown ? 0 : -ENOMEM;
}

size_t candidates_count_outsiders(struct candidates *a, const struct task *t, bool *is_incomplete)
{
	size_t n = 0;
	int err = mm_sharers_find_relatives(a->s.proc, t, 1, &a->sharers);

	*is_incomplete = err || a->sharers.is_incomplete;
	for (size_t i = 0; i < a->sharers.n; i++)
		n += predict_find(&a->p, a->sharers.list[i].pid) == PREDICT_NONE;
	return n;
}

int candidates_read_cgroup(struct candidates *a, const char *path, const struct bpf_tasks *bpf)
{
	struct totals totals;
	pid_t *pids = NULL;
	int err;

	begin(a, bpf);
	a->is_cgroup = true;
	a->path = path;
	/* Reads only the machine's values, for its swap. */
	err = snapshot_take_pids(NULL, 0, NULL, &a->s);
	if (!err)
		err = memcg_open(a->s.proc, &a->tree);
	if (!err)
		err = memcg_state_read(a->s.proc, &a->tree, path, a->s.machine.swap_bytes,
				       a->s.machine.totals.page_size, &a->memcg);
	snapshot_free(&a->s);
	if (!err)
		pids = calloc(a->memcg.n + 1, sizeof(*pids));
	if (!err && !pids)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < a->memcg.n; i++)
		pids[i] = a->memcg.members[i].pid;
	if (!err)
		err = snapshot_take_pids(pids, a->memcg.n, bpf, &a->s);
	free(pids);
	if (err)
		return err;
	totals = candidates_totals(a);
	err = complete(a, a->s.rules->tie_memcg, &totals);
	if (err)
		return err;
	take_members(a);
	/* hidepid hides members silently. If all are visible, a missing member has exited. */
	if (lacks_members(a) ||
	    (a->s.scan.n_tasks < a->memcg.n && faccessat(a->s.proc, "1", F_OK, 0)))
		a->p.doubt = DOUBT_UNSEEN;
	return add_outsiders(a);
}

/* A thread inside vfork() has state D, but does nothing until its child has exited. */
size_t candidates_count_vforks(const struct predict *p, const struct task *t)
{
	size_t n = 0;

	for (size_t i = 0; t->state == 'D' && i < p->n; i++)
		n += p->candidates[i].task.ppid == t->pid &&
		     p->candidates[i].task.unkillable == UNKILLABLE_KERNEL;
	return n;
}

/* Candidates with more points than this can be a victim, or overtake one. */
struct reached {
	const struct candidates *a;
	struct predict *p;
	int64_t points;
};

static bool is_reached(const struct reached *r, const struct candidate *c)
{
	return predict_is_killable(c) && c->task.points > r->points;
}

static uint64_t find_own_change(const struct reached *r, const struct task *t)
{
	if (error_bounds_is_still(t))
		return 0;
	return error_bounds_rss_change(&r->a->bounds, r->a->s.proc, t,
				       candidates_count_vforks(r->p, t), 0);
}

/*
 * Adds what those do that share the memory of others. A sharer that can be chosen counts only for
 * victims: it has as many points as the others, so that it is their rival itself.
 */
static void add_sharers_changes(const struct reached *r)
{
	struct predict *p = r->p;
	struct kill_set *set = p->arg;

	for (size_t i = 0; i < p->n; i++) {
		const struct candidate *d = &p->candidates[i];
		uint64_t change = 0;

		if ((d->mm || !predict_is_killable(d)) && !d->is_gone && d->task.total_vm)
			change = find_own_change(r, &d->task);
		for (size_t k = 0; change && k < p->n; k++) {
			struct candidate *c = &p->candidates[k];

			if (k != i && is_reached(r, c) && kill_set_may_share(set, c, d))
				c->sharers_change_pages += change;
		}
	}
}

/* Reads error bounds only of what could be a victim, or overtake one. */
void candidates_finish(const struct candidates *a, struct predict *p, size_t kills)
{
	int64_t max_change = (int64_t)(2 * error_bounds_change(&a->bounds, a->bounds.cpus));
	int64_t min_points = INT64_MAX;
	struct reached r = { .a = a, .p = p };
	struct kill_choice choice;

	if (predict_weigh(p))
		return;
	for (size_t i = 0; i < kills && predict_next(p, &choice); i++)
		min_points = p->candidates[choice.chosen].task.points;
	predict_reset(p);
	if (min_points == INT64_MAX)
		return;
	r.points = min_points - max_change;
	for (size_t i = 0; i < p->n; i++)
		p->candidates[i].sharers_change_pages = 0;
	add_sharers_changes(&r);
	for (size_t i = 0; i < p->n; i++) {
		struct candidate *c = &p->candidates[i];
		const struct task *t = &c->task;

		if (!is_reached(&r, c))
			continue;
		c->rss_change_pages = find_own_change(&r, t) + c->sharers_change_pages;
		/* The score does not limit later changes. */
		if (c->error_pages && !c->rss_change_pages && !c->error_growth_pages &&
		    !a->is_other_kernel && t->points + 4 * (int64_t)c->error_pages >= min_points)
			error_bounds_reduce(&a->s, &a->s.scan.tasks[i], c);
	}
}

/* Memory and swap that the cgroup at path uses; UINT64_MAX: unknown. */
static uint64_t read_used(const struct candidates *a, const char *path)
{
	int dir = memcg_open_group(&a->tree, path), err;
	uint64_t memory = 0, swap = a->s.machine.swap_used_bytes;

	if (dir < 0)
		return UINT64_MAX;
	if (a->tree.is_v1) {
		err = memcg_read_bytes(dir, "memory.memsw.usage_in_bytes", &memory);
		if (err)
			err = memcg_read_bytes(dir, "memory.usage_in_bytes", &memory);
		else
			swap = 0;
	} else {
		err = memcg_read_bytes(dir, "memory.current", &memory);
		/* Without swap accounting, its swap is at most that of the machine. */
		memcg_read_bytes(dir, "memory.swap.current", &swap);
	}
	close(dir);
	return err ? UINT64_MAX : memory + swap;
}

uint64_t candidates_max_freed(const struct candidates *a, const struct predict *p,
			      const struct kill_choice *choice)
{
	const struct machine *m = &a->s.machine;
	uint64_t used = m->ram_bytes + m->swap_used_bytes, page_size = p->totals.page_size;
	const struct candidate *victim = &p->candidates[choice->victim];
	char path[CGROUP_PATH_MAX], top[CGROUP_PATH_MAX];

	if (a->is_cgroup)
		used = read_used(a, a->path);
	if (victim->group &&
	    !cgroup_path_read_pid(a->s.proc, victim->task.pid, path, sizeof(path)) &&
	    memcg_state_find_group(&a->tree, path, top, sizeof(top)) > 0)
		used = memcg_limit_min(used, read_used(a, top));
	return memcg_limit_min(choice->frees_pages, used / page_size);
}

void candidates_free(struct candidates *a)
{
	free(a->p.candidates);
	free(a->p.old_stats);
	a->p.candidates = NULL;
	a->p.old_stats = NULL;
	memcg_state_free(&a->memcg);
	mm_sharers_free(&a->sharers);
	memcg_close(&a->tree);
	snapshot_free(&a->s);
}
