/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * candidates_cgroup: the processes of one memory cgroup, and those elsewhere that would die with
 * one of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oom/rules/version.h"
#include "sys/predict/internal.h"
#include "sys/adj/mm_sharers.h"
#include "sys/proc/task.h"

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What is read is the inexact count itself: there may be more than it says. */
static bool shows_counts(const struct candidates *a)
{
	return a->s.rss == RSS_STATUS || a->s.scan.has_points;
}

/*
 * An inexact counter lacks up to C pages, or has as many too many, and all that moves by it can
 * turn the one into the other. What is swapped out moves by two counters, private memory and swap.
 * Where swap is read exactly but counted inexactly its error is in error_pages, whatever moves, and
 * not more can be missing than will be in swap.
 */
static void expect_drift(const struct candidates *a, struct candidate *c)
{
	const struct memcg_state *d = &a->domain;
	const struct task *t = &c->task;
	uint64_t most = a->slack.counter_pages, unseen = shows_counts(a) ? most : 0;
	uint64_t file = smaller(t->rss_file + unseen, d->reclaim_file);
	uint64_t shmem = smaller(t->rss_shmem + unseen, d->reclaim_shmem);
	uint64_t out = smaller(t->rss_anon + unseen, d->swap_left), in_swap = t->swap + out;

	c->rss_change_pages =
		smaller(file, 2 * most) + smaller(shmem, 2 * most) + smaller(out, 2 * most);
	if (unseen)
		c->rss_change_pages += smaller(out, 2 * most);
	else if (a->slack.hides_swap)
		c->error_reduced_down = in_swap < most ? most - in_swap : 0;
	else
		c->rss_change_pages += smaller(out, most);
}

/*
 * What the kernel's search for memory may still take or move before it gives up and chooses: files,
 * and shared memory that goes to swap without counting there. Private memory that goes to swap
 * counts on, by a counter that may be inexact.
 */
static void expect_reclaim(struct candidates *a, struct candidate *c)
{
	bool is_exact = a->s.rss == RSS_STATUS && a->slack.is_rss_told && !a->s.scan.has_points;

	c->drop_pages = smaller(c->task.rss_file, a->domain.reclaim_file) +
			smaller(c->task.rss_shmem, a->domain.reclaim_shmem);
	if (a->slack.counter_pages && !is_exact)
		expect_drift(a, c);
}

/* Members and tasks have one order; the tasks lack those that have ended. */
static void take_members(struct candidates *a)
{
	size_t at = 0;

	for (size_t i = 0; i < a->p.n; i++) {
		struct candidate *c = &a->p.candidates[i];

		while (at + 1 < a->domain.n && a->domain.members[at].pid != c->task.pid)
			at++;
		c->group = a->domain.members[at].group;
		c->is_placed = a->domain.members[at].is_placed;
		expect_reclaim(a, c);
	}
}

static int take_pids(struct candidates *a)
{
	pid_t *pids = calloc(a->domain.n + 1, sizeof(*pids));
	int err;

	if (!pids)
		return -ENOMEM;
	for (size_t i = 0; i < a->domain.n; i++)
		pids[i] = a->domain.members[i].pid;
	err = snapshot_take_pids(pids, a->domain.n, a->census, &a->s);
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
 * hidepid hides members without a word; of those outside of a PID namespace version 2 lists 0, and
 * version 1 nothing. Who is missing where all can be seen has ended.
 */
static bool may_hide_members(const struct candidates *a)
{
	if (!a->s.machine.is_initial_pidns && a->tree.is_v1)
		return true;
	return a->s.scan.n_unseen ||
	       (a->s.scan.n_tasks < a->domain.n && faccessat(a->s.proc, "1", F_OK, 0));
}

int candidates_read_cgroup(struct candidates *a, const char *path, const struct bpf_tasks *census)
{
	struct totals totals;
	int err;

	candidates_begin(a, census);
	a->is_cgroup = true;
	/* Nothing but the machine, for its swap. */
	err = snapshot_take_pids(NULL, 0, NULL, &a->s);
	if (!err)
		err = memcg_open(a->s.proc, &a->tree);
	if (!err)
		err = memcg_state_read(a->s.proc, &a->tree, path, a->s.machine.swap_bytes,
				       a->s.machine.totals.page_size, &a->domain);
	snapshot_free(&a->s);
	if (!err)
		err = take_pids(a);
	if (err)
		return err;
	totals.page_size = a->s.machine.totals.page_size;
	totals.total_pages = memcg_limit_total_pages(&a->domain.limit, a->s.machine.version,
						     a->s.machine.swap_bytes, totals.page_size);
	err = candidates_complete(a, a->s.rules->tie_memcg, &totals);
	if (!err) {
		take_members(a);
		if (a->domain.unread || may_hide_members(a))
			a->p.doubt = DOUBT_UNSEEN;
		err = add_outsiders(a);
	}
	return err;
}
