/* SPDX-License-Identifier: GPL-2.0-or-later */
/* aftermath: names the processes for which a change of another one's adj may surprise: its children, its sharers. */
#include "cmd/aftermath.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/msg.h"
#include "sys/adjfile.h"

void aftermath_begin(struct aftermath *am, int proc, const struct targets *t)
{
	pid_t *pids = calloc(t->n + 1, sizeof(*pids));

	*am = (struct aftermath){ .proc = proc, .t = t };
	for (size_t i = 0; pids && i < t->n; i++)
		pids[i] = t->list[i].pid;
	if (pids)
		sharers_watch(proc, pids, t->n, &am->watch);
	free(pids);
}

void aftermath_end(struct aftermath *am)
{
	sharers_unwatch(&am->watch);
}

/* The children of one process that have another adj than it. */
struct children {
	const struct aftermath *am;
	int adj;
	size_t n;
};

static int count_child(void *arg, pid_t child)
{
	struct children *c = arg;
	struct adjfile file;
	char prefix[16];
	int adj;

	snprintf(prefix, sizeof(prefix), "%d/", (int)child);
	/* Neither this process and who started it count, nor those that have their turn. */
	if (child == getpid() || child == getppid() || targets_has(c->am->t, child) ||
	    adjfile_open(c->am->proc, prefix, false, &file))
		return 0;
	c->n += adjfile_read(&file, &adj) == 0 && adj != c->adj;
	adjfile_close(&file);
	return 0;
}

/* Children had their adj copied when they were forked: who protects a daemon may think of its workers too. */
void aftermath_report_children(const struct aftermath *am, const struct pidref *ref, int adj)
{
	struct children c = { am, adj, 0 };

	if (am->t->has_tree)
		return;
	pidref_each_child(ref, count_child, &c);
	if (c.n == 1)
		msg_warn("pid %d (%s): its child keeps its own adj (--tree takes it along)",
			 (int)ref->pid, ref->name);
	else if (c.n > 1)
		msg_warn("pid %d (%s): its %zu children keep their own adj (--tree takes them along)",
			 (int)ref->pid, ref->name, c.n);
}

void aftermath_report_sharers(const struct aftermath *am, const pid_t *changed, size_t n_changed)
{
	struct sharer *found;
	size_t n;

	if (sharers_find(am->proc, &am->watch, changed, n_changed, &found, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		struct pidref ref = { .dir = -1 };
		struct adjfile file = { .fd = -1 };
		int adj;

		if (pidref_open(am->proc, found[i].pid, &ref) == 0 &&
		    adjfile_open(ref.dir, "", false, &file) == 0 && adjfile_read(&file, &adj) == 0)
			msg_warn("pid %d (%s): shares memory with %d; its adj is %d now",
				 (int)ref.pid, ref.name, (int)found[i].with, adj);
		adjfile_close(&file);
		pidref_close(&ref);
	}
	free(found);
}
