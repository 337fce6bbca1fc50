/* SPDX-License-Identifier: GPL-2.0-or-later */
/* candidates: the processes among which the kernel would choose. */
#include "sys/predict/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oom/rules/kill_order.h"
#include "oom/rules/version.h"

void candidates_begin(struct candidates *a, const struct bpf_tasks *census)
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

int candidates_complete(struct candidates *a, enum rules_tie tie, const struct totals *totals)
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

	candidates_begin(a, census);
	err = snapshot_take(&want, &a->s);
	if (err)
		return err;
	no_tree = memcg_open(a->s.proc, &a->tree);
	if (a->s.scan.n_tasks)
		qsort(a->s.scan.tasks, a->s.scan.n_tasks, sizeof(struct task), compare_age);
	a->p.by_age = true;
	err = candidates_complete(a, a->s.rules->tie_global, &a->s.machine.totals);
	/* There may be cgroups with memory.oom.group. */
	if (!err && no_tree && no_tree != -ENODEV)
		a->p.doubt = DOUBT_UNSEEN;
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

		if (c->task.spared == KILLABLE && !c->is_gone && !c->is_outside &&
		    c->task.points > min_points - (int64_t)max_change)
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
