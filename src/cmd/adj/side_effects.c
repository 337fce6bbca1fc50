/* SPDX-License-Identifier: GPL-2.0-or-later */
/* side_effects: names processes that a change of adj affects, or not: children, memory sharers. */
#include "cmd/adj/side_effects.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "sys/adj/adj_file.h"

void side_effects_begin(struct side_effects *am, int proc, const struct targets *t, bool is_dry_run)
{
	pid_t *pids = mem_alloc(t->n, sizeof(*pids));

	*am = (struct side_effects){ .proc = proc, .t = t, .is_dry_run = is_dry_run };
	for (size_t i = 0; i < t->n; i++)
		pids[i] = t->list[i].pid;
	if (mm_sharers_watch(proc, pids, t->n, &am->watch))
		am->watch.is_incomplete = true;
	free(pids);
}

void side_effects_end(struct side_effects *am)
{
	mm_sharers_free(&am->watch);
}

/* Counts the children of a process that have another adj. */
struct children {
	const struct side_effects *am;
	int adj;
	size_t n;
};

static int count_child(void *arg, pid_t child)
{
	struct children *c = arg;
	int adj;

	/* This process and its parent do not count, nor do targets. */
	if (child != getpid() && child != getppid() && !targets_has(c->am->t, child) &&
	    adj_file_read_pid(c->am->proc, child, &adj) == 0)
		c->n += adj != c->adj;
	return 0;
}

/* The workers of a daemon, for example, keep theirs. */
void side_effects_report_children(const struct side_effects *am, const struct pidref *ref, int adj)
{
	struct children c = { am, adj, 0 };

	if (am->t->has_tree)
		return;
	pidref_each_child(ref, count_child, &c);
	if (c.n == 1)
		msg_warn("pid %d (%s): its child keeps its own adj (--tree takes it along)",
			 (int)ref->pid, ref->name);
	else if (c.n > 1)
		msg_warn("pid %d (%s): its %zu children keep their own adj (--tree takes them "
			 "along)",
			 (int)ref->pid, ref->name, c.n);
}

/* A child of vfork(2) keeps its own adj: only after the write it is known whether it changed. */
static void report_sharer(const struct side_effects *am, const struct mm_sharer *found)
{
	struct pidref ref;
	int adj, others;

	if (pidref_open(am->proc, found->pid, &ref) == 0 &&
	    adj_file_read_pid(am->proc, found->pid, &adj) == 0) {
		if (!am->is_dry_run)
			msg_warn("pid %d (%s): shares memory with %d; its adj is %d now",
				 (int)ref.pid, ref.name, (int)found->with, adj);
		else if (adj_file_read_pid(am->proc, found->with, &others) == 0 && adj == others)
			msg_warn("pid %d (%s): shares memory with %d; its adj, %d, would change "
				 "with it",
				 (int)ref.pid, ref.name, (int)found->with, adj);
	}
	pidref_close(&ref);
}

void side_effects_report_sharers(const struct side_effects *am, const pid_t *changed,
				 size_t n_changed)
{
	struct mm_sharers found;
	int err = mm_sharers_find(am->proc, &am->watch, changed, n_changed, &found);

	for (size_t i = 0; i < found.n; i++)
		report_sharer(am, &found.list[i]);
	if (err || found.is_incomplete)
		msg_warn(
			"cannot find all processes that share memory with those that were changed");
	mm_sharers_free(&found);
}
