/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arena: the processes among which the kernel would choose, of the machine or of one cgroup. */
#include "sys/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oom/version.h"
#include "oom/victim.h"
#include "sys/lifetime.h"

static int begin(struct arena *a)
{
	memset(a, 0, sizeof(*a));
	a->tree.root = -1;
	a->s.proc = -1;
	slack_begin(&a->slack);
	return 0;
}

/* What both kinds have in common: the rules, and what is said of each process. */
static int complete(struct arena *a, enum rules_tie tie, const struct totals *totals)
{
	struct predict *p = &a->p;

	slack_read(&a->slack, &a->s);
	a->company.proc = a->s.proc;
	a->company.tree = a->is_cgroup ? NULL : &a->tree;
	p->rules = a->s.rules;
	p->rss = a->s.rss;
	p->tie = tie;
	p->totals = *totals;
	p->version = a->s.machine.version;
	p->reveal = company_reveal;
	p->arg = &a->company;
	p->n = a->s.scan.n_tasks;
	p->candidates = calloc(p->n + 1, sizeof(*p->candidates));
	if (!p->candidates)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++) {
		struct candidate *c = &p->candidates[i];

		c->task = a->s.scan.tasks[i];
		c->is_placed = true;
		c->fuzz_pages = slack_fuzz(&a->slack, &c->task);
		/* Who asks is gone when the kernel chooses. */
		c->is_gone = c->task.pid == getpid();
		if (c->task.is_dying && c->task.spared == SPARED_NOT)
			p->doubt = DOUBT_DYING;
	}
	if (a->s.scan.n_unseen)
		p->doubt = DOUBT_UNSEEN;
	return 0;
}

static int compare_age(const void *a, const void *b)
{
	return victim_compare_age(a, b);
}

int arena_take_machine(struct arena *a, bool needs_ages)
{
	const struct scan_want want = { .top = SCAN_ALL, .spared = true, .stat = needs_ages };
	int err = begin(a);

	if (!err)
		err = snapshot_take(&want, &a->s);
	if (err)
		return err;
	if (memcg_open(a->s.proc, &a->tree))
		a->tree.root = -1;
	if (a->s.scan.n_tasks)
		qsort(a->s.scan.tasks, a->s.scan.n_tasks, sizeof(struct task), compare_age);
	a->p.by_age = true;
	return complete(a, a->s.rules->tie_global, &a->s.machine.totals);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * What the kernel's search for memory may still take or move before it gives up and chooses: files, and shared memory that
 * goes to swap without counting there. Private memory that goes to swap counts on, by a counter that may be inexact.
 */
static void expect_reclaim(struct arena *a, struct candidate *c)
{
	const struct domain *d = &a->domain;
	const struct task *t = &c->task;
	bool is_inexact = a->slack.counter_pages &&
			  !(a->s.rss == RSS_STATUS && a->slack.is_rss_told);

	c->drop_pages =
		smaller(t->rss_file, d->reclaim_file) + smaller(t->rss_shmem, d->reclaim_shmem);
	if (is_inexact && c->drop_pages)
		c->drift_pages += smaller(c->drop_pages, a->slack.counter_pages);
	if (is_inexact)
		c->drift_pages += 2 * smaller(d->swap_left, a->slack.counter_pages);
}

/* Members and tasks have one order; the tasks lack those that have ended. */
static void take_members(struct arena *a)
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

static int take_pids(struct arena *a)
{
	pid_t *pids = calloc(a->domain.n + 1, sizeof(*pids));
	int err;

	if (!pids)
		return -ENOMEM;
	for (size_t i = 0; i < a->domain.n; i++)
		pids[i] = a->domain.members[i].pid;
	err = snapshot_take_pids(pids, a->domain.n, &a->s);
	free(pids);
	return err;
}

int arena_take_cgroup(struct arena *a, const char *path)
{
	struct totals totals;
	int err = begin(a);

	a->is_cgroup = true;
	/* Nothing but the machine, for its swap. */
	err = err ? err : snapshot_take_pids(NULL, 0, &a->s);
	if (!err)
		err = memcg_open(a->s.proc, &a->tree);
	if (!err)
		err = domain_read(a->s.proc, &a->tree, path, a->s.machine.swap_bytes,
				  a->s.machine.totals.page_size, &a->domain);
	snapshot_free(&a->s);
	if (!err)
		err = take_pids(a);
	if (err)
		return err;
	totals.page_size = a->s.machine.totals.page_size;
	totals.total_pages = limit_total_pages(&a->domain.limit, a->s.machine.version,
					       a->s.machine.swap_bytes, totals.page_size);
	err = complete(a, a->s.rules->tie_memcg, &totals);
	if (!err)
		take_members(a);
	return err;
}

struct known_pid {
	pid_t pid;
	size_t at;
};

static int compare_known(const void *va, const void *vb)
{
	const struct known_pid *a = va, *b = vb;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

/* What the rules before 2.6.36 ask beside what was read. */
static int read_lives(struct arena *a)
{
	struct predict *p = &a->p;
	struct known_pid *known = calloc(p->n + 1, sizeof(*known)), *parent;
	uint64_t uptime_s = lifetime_uptime(a->s.proc);

	p->lives = calloc(p->n + 1, sizeof(*p->lives));
	if (!known || !p->lives) {
		free(known);
		return -ENOMEM;
	}
	for (size_t i = 0; i < p->n; i++)
		known[i] = (struct known_pid){ p->candidates[i].task.pid, i };
	qsort(known, p->n, sizeof(*known), compare_known);
	for (size_t i = 0; i < p->n; i++) {
		const struct task *t = &p->candidates[i].task;
		struct known_pid wanted = { .pid = t->ppid };

		lifetime_read(a->s.proc, t, uptime_s, &p->lives[i].facts);
		parent = bsearch(&wanted, known, p->n, sizeof(*known), compare_known);
		p->lives[i].parent = parent ? parent->at : PREDICT_NONE;
	}
	free(known);
	p->doubt = DOUBT_LIVES;
	return 0;
}

int arena_use_kernel(struct arena *a, int version)
{
	struct predict *p = &a->p;

	a->is_elsewhere = true;
	p->version = version;
	p->rules = rules_find(version);
	p->rss = version >= VERSION(6, 16, 0) && version < VERSION(7, 0, 0) ? RSS_STAT : RSS_STATUS;
	p->tie = a->is_cgroup ? p->rules->tie_memcg : p->rules->tie_global;
	if (a->is_cgroup)
		p->totals.total_pages = limit_total_pages(&a->domain.limit, version,
							  a->s.machine.swap_bytes,
							  p->totals.page_size);
	for (size_t i = 0; i < p->n; i++)
		p->candidates[i].fuzz_pages +=
			slack_fuzz_elsewhere(&a->slack, version, &p->candidates[i].task);
	return p->rules->weight == WEIGHT_HEURISTIC ? read_lives(a) : 0;
}

/* Whoever waits in vfork() for its child is shown as D, but does nothing until the child is gone. */
static size_t count_vforked(const struct predict *p, const struct task *t)
{
	size_t n = 0;

	for (size_t i = 0; t->state == 'D' && i < p->n; i++)
		n += p->candidates[i].task.ppid == t->pid &&
		     p->candidates[i].task.spared == SPARED_KERNEL;
	return n;
}

/* edge: the points of the last victim. */
static void look_closely(const struct arena *a, const struct predict *p, size_t nth, int64_t edge)
{
	struct candidate *c = &p->candidates[nth];
	bool sleeps = c->task.threads == 1 && strchr("STt", c->task.state);

	c->move_pages =
		sleeps ? 0 : slack_move(&a->slack, a->s.proc, &c->task, count_vforked(p, &c->task));
	if (c->fuzz_pages && !c->move_pages && !a->is_elsewhere &&
	    c->task.points + 4 * (int64_t)c->fuzz_pages >= edge)
		slack_narrow(&a->s, &a->s.scan.tasks[nth], c);
}

/* Only who could overtake a victim, or be one, is looked at closely. */
void arena_settle(const struct arena *a, struct predict *p, size_t kills)
{
	uint64_t most = 2 * slack_most_move(&a->slack);
	int64_t edge = INT64_MAX;
	struct verdict v;

	if (predict_weigh(p))
		return;
	for (size_t i = 0; i < kills && predict_next(p, &v); i++)
		edge = p->candidates[v.chosen].task.points;
	predict_reset(p);
	for (size_t i = 0; edge != INT64_MAX && i < p->n; i++) {
		struct candidate *c = &p->candidates[i];

		if (c->task.spared == SPARED_NOT && !c->is_gone &&
		    c->task.points > edge - (int64_t)most)
			look_closely(a, p, i, edge);
	}
}

void arena_free(struct arena *a)
{
	free(a->p.candidates);
	free(a->p.lives);
	a->p.candidates = NULL;
	a->p.lives = NULL;
	domain_free(&a->domain);
	memcg_close(&a->tree);
	snapshot_free(&a->s);
}
