/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * candidates: the processes among which the kernel would choose, of the machine or of one cgroup.
 */
#include "sys/predict/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oom/rules/version.h"
#include "oom/rules/kill_order.h"

void candidates_begin(struct candidates *a, const struct bpf_tasks *census)
{
	memset(a, 0, sizeof(*a));
	a->tree.root = -1;
	a->s.proc = -1;
	a->census = census;
	error_bounds_begin(&a->slack);
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

	error_bounds_read(&a->slack, &a->s);
	a->company.proc = a->s.proc;
	a->company.tree = a->is_cgroup ? NULL : &a->tree;
	p->rules = a->s.rules;
	p->rss = a->s.rss;
	p->tie = tie;
	p->totals = *totals;
	p->version = a->s.machine.version;
	p->reveal = kill_set_reveal;
	p->arg = &a->company;
	p->n = a->s.scan.n_tasks;
	p->candidates = calloc(p->n + 1, sizeof(*p->candidates));
	if (!p->candidates)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++) {
		struct candidate *c = &p->candidates[i];

		c->task = a->s.scan.tasks[i];
		c->is_placed = true;
		error_bounds_set(&a->slack, c);
		/* Who asks is gone when the kernel chooses. */
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
	/* There may be cgroups that die whole. */
	if (!err && no_tree && no_tree != -ENODEV)
		a->p.doubt = DOUBT_UNSEEN;
	return err;
}

/*
 * Whoever waits in vfork() for its child is shown as D, but does nothing until the child is gone.
 */
static size_t count_vforked(const struct predict *p, const struct task *t)
{
	size_t n = 0;

	for (size_t i = 0; t->state == 'D' && i < p->n; i++)
		n += p->candidates[i].task.ppid == t->pid &&
		     p->candidates[i].task.spared == UNKILLABLE_KERNEL;
	return n;
}

/* edge: the points of the last victim. */
static void look_closely(const struct candidates *a, const struct predict *p, size_t nth,
			 int64_t edge)
{
	struct candidate *c = &p->candidates[nth];
	bool sleeps = c->task.threads == 1 && strchr("STt", c->task.state);

	c->move_pages = sleeps ? 0
			       : error_bounds_rss_change(&a->slack, a->s.proc, &c->task,
							 count_vforked(p, &c->task));
	/* The score tells of now, not of what the counters will be once something has moved. */
	if (c->error_pages && !c->move_pages && !c->rss_change_pages && !a->is_elsewhere &&
	    c->task.points + 4 * (int64_t)c->error_pages >= edge)
		error_bounds_reduce(&a->s, &a->s.scan.tasks[nth], c);
}

/* Only who could overtake a victim, or be one, is looked at closely. */
void candidates_finish(const struct candidates *a, struct predict *p, size_t kills)
{
	uint64_t most = 2 * error_bounds_max_drift(&a->slack);
	int64_t edge = INT64_MAX;
	struct caller_policy v;

	if (predict_weigh(p))
		return;
	for (size_t i = 0; i < kills && predict_next(p, &v); i++)
		edge = p->candidates[v.chosen].task.points;
	predict_reset(p);
	for (size_t i = 0; edge != INT64_MAX && i < p->n; i++) {
		struct candidate *c = &p->candidates[i];

		if (c->task.spared == KILLABLE && !c->is_gone && !c->is_outside &&
		    c->task.points > edge - (int64_t)most)
			look_closely(a, p, i, edge);
	}
}

void candidates_free(struct candidates *a)
{
	free(a->p.candidates);
	free(a->p.old_stats);
	a->p.candidates = NULL;
	a->p.old_stats = NULL;
	memcg_state_free(&a->domain);
	memcg_close(&a->tree);
	snapshot_free(&a->s);
}
