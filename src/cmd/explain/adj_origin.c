/* SPDX-License-Identifier: GPL-2.0-or-later */
/* adj_origin: where the adj of a process may come from, as far as is visible. */
#include "cmd/explain/adj_origin.h"

#include <string.h>

#include "sys/adj/saved_adj.h"
#include "sys/cgroup/path.h"
#include "sys/proc/pidref.h"
#include "ui/wrap.h"

#define MAX_ANCESTORS 1024

/* The oldest of consecutive ancestors with the same adj; PREDICT_NONE: its parent's differs. */
static size_t find_ancestor(const struct predict *p, size_t nth)
{
	const struct candidate *c = p->candidates;
	size_t oldest = PREDICT_NONE, at = nth;

	for (int i = 0; i < MAX_ANCESTORS; i++) {
		at = c[at].task.ppid > 0 ? predict_find(p, c[at].task.ppid) : PREDICT_NONE;
		if (at == PREDICT_NONE || !task_has(&c[at].task, TASK_ADJ) ||
		    c[at].task.adj != c[nth].task.adj)
			break;
		oldest = at;
	}
	return oldest;
}

struct unit_count {
	const struct predict *p;
	int adj;
	size_t n, same;
};

static int count_member(void *arg, pid_t pid)
{
	struct unit_count *u = arg;
	size_t at = predict_find(u->p, pid);

	if (at != PREDICT_NONE) {
		u->n++;
		u->same += u->p->candidates[at].task.adj == u->adj;
	}
	return 0;
}

static void print_unit(FILE *out, const struct candidates *a, const struct task *t)
{
	struct unit_count u = { &a->p, t->adj, 0, 0 };
	char path[CGROUP_PATH_MAX], unit[256];
	char *at;

	if (a->tree.root < 0 || cgroup_path_read_pid(a->s.proc, t->pid, path, sizeof(path)) ||
	    cgroup_path_find_unit(path, unit, sizeof(unit)))
		return;
	at = strstr(path, unit);
	if (!at)
		return;
	at[strlen(unit)] = '\0';
	if (memcg_each_process(&a->tree, path, count_member, &u))
		return;
	if (u.n > 1 && u.same == u.n)
		wrap_prose_print(out, "  ",
				 "all %zu processes of the unit %s have it: see its "
				 "OOMScoreAdjust=",
				 u.n, unit);
	else
		wrap_prose_print(out, "  ", "%zu of the %zu processes of the unit %s have it",
				 u.same, u.n, unit);
}

static bool print_record(FILE *out, const struct candidates *a, pid_t pid, int adj)
{
	struct pidref ref;
	bool is_known;
	int before;

	is_known = pidref_open(a->s.proc, pid, &ref) == 0 &&
		   saved_adj_read(a->s.proc, &ref, adj, &before) == 0 && before != adj;
	if (is_known)
		wrap_prose_print(out, "  ", "'protect' has set it; before, it was %d", before);
	pidref_close(&ref);
	return is_known;
}

void adj_origin_print(FILE *out, const struct candidates *a, size_t nth)
{
	const struct candidate *c = a->p.candidates;
	const struct task *t = &c[nth].task;
	size_t ancestor = find_ancestor(&a->p, nth);

	if (!task_has(t, TASK_ADJ))
		return;
	fprintf(out, "\nWhere its adj, %d, may come from:\n", t->adj);
	if (print_record(out, a, t->pid, t->adj))
		return;
	if (t->adj == 0)
		fputs("  0 is what every process has as long as nobody sets another\n", out);
	else if (ancestor != PREDICT_NONE)
		wrap_prose_print(out, "  ",
				 "from %d (%s), which has the same: children take it over%s",
				 c[ancestor].task.pid, c[ancestor].task.name,
				 c[ancestor].task.pid == t->ppid ? " from their parent" : "");
	else
		wrap_prose_print(out, "  ",
				 "its parent has another: it was set for this process, by itself "
				 "or by somebody else");
	if (t->adj != 0)
		print_unit(out, a, t);
}
