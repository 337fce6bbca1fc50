/* SPDX-License-Identifier: GPL-2.0-or-later */
/* effects: warnings about effects of a change that the user might not expect. */
#include "cmd/adj/effects.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/shared/processes.h"
#include "oom/rules/kill_order.h"
#include "sys/adj/adj_file.h"
#include "sys/cgroup/memcg.h"
#include "sys/cgroup/path.h"
#include "sys/unit/unit_settings.h"
#include "ui/format.h"

/* Searches a cgroup for a process that would remain killable. */
struct group_search {
	struct processes_by_pid by;
	const struct targets *t;
	bool has_unseen; /* a process that is not in the snapshot, and might be killable */
};

static int try_member(void *arg, pid_t pid)
{
	struct group_search *g = arg;
	const struct task *t = processes_find(&g->by, pid);

	g->has_unseen |= !t;
	return t && t->unkillable == KILLABLE && !targets_has(g->t, pid);
}

/* 1: path becomes the innermost cgroup with a limit; 0: none has a limit; or a negative errno. */
static int find_limited(const struct memcg_tree *tree, char *path)
{
	uint64_t bytes;
	int err;

	while (path[0] == '/' && path[1]) {
		err = memcg_read_limit(tree, path, &bytes);
		if (err && !memcg_is_gone(err))
			return err;
		if (!err && bytes != UINT64_MAX)
			return 1;
		*strrchr(path, '/') = '\0';
	}
	return 0;
}

static void warn_of_groups(const struct targets *t, const struct snapshot *s)
{
	struct group_search g = { .by = processes_sort(s), .t = t };
	char path[CGROUP_PATH_MAX], warned[CGROUP_PATH_MAX] = "";
	struct memcg_tree tree;
	int err = memcg_open(s->proc, &tree);

	if (err && err != -ENODEV)
		msg_warn("cannot read memory cgroups: %s", strerror(-err));
	for (size_t i = 0; !err && i < t->n; i++) {
		int found = cgroup_path_read_pid(s->proc, t->list[i].pid, path, sizeof(path));

		if (!found)
			found = find_limited(&tree, path);
		if (found < 0 && !memcg_is_gone(found) && found != -ENODATA && found != -ESRCH)
			msg_warn("pid %d: cannot read its cgroup: %s", (int)t->list[i].pid,
				 strerror(-found));
		if (found <= 0 || strcmp(path, warned) == 0)
			continue;
		g.has_unseen = false;
		found = memcg_each_process(&tree, path, try_member, &g);
		if (found < 0)
			msg_warn("cgroup %s has a limit and might contain no killable process: "
				 "cannot read all its processes: %s",
				 path, strerror(-found));
		else if (!found)
			msg_warn("cgroup %s has a limit and %s contain no killable process: at its "
				 "limit the kernel would retry forever",
				 path, g.has_unseen ? "might" : "would");
		snprintf(warned, sizeof(warned), "%s", path);
	}
	free(g.by.list);
	memcg_close(&tree);
}

/* Orders processes so that those known to share memory are adjacent, and it counts once. */
static int compare_memory(const void *va, const void *vb)
{
	const struct task *const *a = va, *const *b = vb;
	int order;

	if ((*a)->mm_id && (*b)->mm_id)
		return ((*a)->mm_id > (*b)->mm_id) - ((*a)->mm_id < (*b)->mm_id);
	if (mm_sharers_order((*a)->mm_pid, (*b)->mm_pid, &order) == 0)
		return order;
	return ((*a)->pid > (*b)->pid) - ((*a)->pid < (*b)->pid);
}

static void warn_of_machine(const struct targets *t, const struct snapshot *s)
{
	const struct task **kept = mem_alloc(s->scan.n_tasks, sizeof(*kept));
	uint64_t held = 0, page = s->machine.totals.page_size;
	char size[FORMAT_TEXT_MAX];
	bool is_any_left = false;
	size_t n = 0;

	for (size_t i = 0; i < s->scan.n_tasks; i++) {
		const struct task *task = &s->scan.tasks[i];

		if (targets_has(t, task->pid))
			kept[n++] = task;
		else
			is_any_left |= task->unkillable == KILLABLE;
	}
	qsort(kept, n, sizeof(*kept), compare_memory);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || compare_memory(&kept[i - 1], &kept[i]) != 0)
			held += snapshot_rss(s, kept[i]) + kept[i]->swap;
	free(kept);
	if (!is_any_left)
		msg_warn(s->scan.n_unseen
				 ? "no killable process would remain among the visible processes"
				 : "no killable process would remain: if memory runs out, the "
				   "kernel panics");
	if (held > s->machine.totals.total_pages / 2)
		msg_warn("the targets hold %s, more than half of RAM plus swap: killing all other "
			 "processes might not free enough",
			 format_format((int64_t)(held * page), size));
}

/* Whether a target gets adj -1000. */
static bool reaches_never(const struct targets *t, int proc, const struct adj_change *c)
{
	bool is_clamped;
	int adj;

	if (!c->is_relative)
		return adj_resolve(c, 0, false, &is_clamped) == ADJ_NEVER;
	for (size_t i = 0; c->value < 0 && i < t->n; i++)
		if (!adj_file_read_pid(proc, t->list[i].pid, &adj) &&
		    adj_resolve(c, adj, false, &is_clamped) == ADJ_NEVER)
			return true;
	return false;
}

void effects_warn_never(const struct ctx *cx, const struct targets *t, int proc,
			const struct adj_change *change)
{
	struct scan_want want = { .top = SCAN_ALL, .unkillable = true };
	struct scan_options scan = { .way = PROCESSES_SCAN_AUTO };
	struct snapshot s = { .proc = -1 };

	if (msg_verbosity < 0 || !t->n || !reaches_never(t, proc, change))
		return;
	processes_scan_bpf(&scan, cx, PROCESSES_SCAN_BREAK_EVEN);
	want.bpf = scan.bpf;
	if (processes_take(NULL, &want, &s) == ST_OK) {
		warn_of_machine(t, &s);
		warn_of_groups(t, &s);
	}
	snapshot_free(&s);
	processes_scan_free(&scan);
}

/* The children of a process that have another adj. */
struct child_count {
	const struct targets *t;
	int proc, adj;
	size_t n;
};

static int count_child(void *arg, pid_t child)
{
	struct child_count *c = arg;
	struct pidref ref;
	int adj;

	/* Targets, this process and its parent are not counted. */
	if (child == getpid() || child == getppid() || targets_has(c->t, child) ||
	    adj_file_read_pid(c->proc, child, &adj) || adj == c->adj)
		return 0;
	/* Nor are children that have exited. */
	c->n += pidref_open(c->proc, child, &ref) == 0 && ref.unkillable != UNKILLABLE_NO_MM;
	pidref_close(&ref);
	return 0;
}

/* What the next start of a user manager or of one of its units sets. */
static void say_start(const struct ctx *cx, const struct pidref *ref, const char *manager,
		      const char *unit)
{
	const struct systemctl system = { .is_user = false };
	struct unit_effect_settings s = { .has_adj = false };

	/* To ask the user's manager, the program would have to become that user. */
	if (unit)
		msg_warn("pid %d (%s): systemd sets adj again when user unit %s is restarted, to "
			 "its OOMScoreAdjust=, which is not known here, or else to 100 more than "
			 "the user manager has",
			 (int)ref->pid, ref->name, unit);
	else if (unit_settings_read(cx->privilege, &system, manager, &s) == 0 && s.has_adj)
		msg_warn("pid %d (%s): systemd sets adj to %d again when %s is restarted",
			 (int)ref->pid, ref->name, s.adj, manager);
	else
		msg_warn("pid %d (%s): systemd sets adj again when %s is restarted, to its "
			 "OOMScoreAdjust=, which is not known here",
			 (int)ref->pid, ref->name, manager);
}

/*
 * systemd sets 100 for a user manager, and this adds 100 for the services that it starts. The
 * processes of a scope are not started by it, except the manager's own, init.scope.
 */
static void warn_of_user_unit(const struct ctx *cx, const struct pidref *ref)
{
	char memory[CGROUP_PATH_MAX], path[CGROUP_PATH_MAX], unit[256], *manager, *end;
	static bool is_manager_said, is_unit_said;
	bool is_manager;

	if ((is_manager_said && is_unit_said) || geteuid() != 0 ||
	    cgroup_path_read_both(ref->dir, 0, memory, path))
		return;
	manager = strstr(path, "/user@");
	if (!manager)
		return;
	end = strchrnul(++manager, '/');
	if (cgroup_path_find_unit(end, unit, sizeof(unit)))
		return;
	*end = '\0';
	is_manager = strcmp(unit, "init.scope") == 0;
	if (is_manager ? is_manager_said
		       : is_unit_said || strcmp(strrchr(unit, '.'), ".scope") == 0)
		return;
	say_start(cx, ref, manager, is_manager ? NULL : unit);
	is_manager_said |= is_manager;
	is_unit_said |= !is_manager;
}

void effects_warn_process(const struct ctx *cx, const struct pidref *ref, int adj, bool is_stored)
{
	if (ref->unkillable == UNKILLABLE_INIT)
		msg_warn("pid %d (%s): init is never killed, but services that it starts later "
			 "without OOMScoreAdjust= inherit adj %d",
			 (int)ref->pid, ref->name, adj);
	else if (ref->unkillable == UNKILLABLE_KTHREAD)
		msg_warn("pid %d (%s): a kernel thread is never killed, but processes that it "
			 "starts later inherit adj %d",
			 (int)ref->pid, ref->name, adj);
	else if (ref->unkillable != KILLABLE)
		msg_warn("pid %d (%s): %s: its adj has no effect", (int)ref->pid, ref->name,
			 kill_order_unkillable_text(ref->unkillable));
	else if (!is_stored)
		warn_of_user_unit(cx, ref);
}

/* A child, such as a daemon's worker, inherits adj only when it is forked. */
void effects_warn_children(const struct targets *t, int proc, bool has_no_options)
{
	for (size_t i = 0; !t->has_tree && i < t->n; i++) {
		struct child_count c = { t, proc, t->list[i].after, 0 };
		struct pidref ref;

		if (!t->list[i].is_changed)
			continue;
		if (pidref_open(proc, t->list[i].pid, &ref) == 0 && ref.unkillable == KILLABLE)
			pidref_each_child(&ref, count_child, &c);
		if (c.n)
			msg_warn("pid %d (%s): %zu %s unchanged%s", (int)ref.pid, ref.name, c.n,
				 c.n == 1 ? "child" : "children",
				 has_no_options ? ""
				 : c.n == 1     ? " (use --tree to include it)"
						: " (use --tree to include them)");
		pidref_close(&ref);
	}
}

void effects_watch_sharers(const struct targets *t, int proc, struct mm_sharers *watched)
{
	pid_t *pids = mem_alloc(t->n, sizeof(*pids));

	for (size_t i = 0; i < t->n; i++)
		pids[i] = t->list[i].pid;
	if (mm_sharers_watch(proc, pids, t->n, watched))
		watched->is_incomplete = true;
	free(pids);
}

static int compare_memories(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The processes of a scan that have the memory of a target. NULL: there is no scan. */
static pid_t *list_by_memory(const struct targets *t, size_t *n)
{
	struct bpf_tasks tasks;
	const struct bpf_tasks *scan = targets_scan_again(t, &tasks);
	uint64_t *memories;
	size_t n_memories = 0;
	pid_t *pids;

	*n = 0;
	/* Before 6.7, the first row of a process can lack its memory. */
	if (!scan || !scan->is_fork_order)
		return NULL;
	memories = mem_alloc(scan->n, sizeof(*memories));
	pids = mem_alloc(scan->n, sizeof(*pids));
	for (size_t i = 0; i < scan->n; i++)
		if (scan->rows[i].mm && targets_has(t, scan->rows[i].pid))
			memories[n_memories++] = scan->rows[i].mm;
	qsort(memories, n_memories, sizeof(*memories), compare_memories);
	for (size_t i = 0; i < scan->n; i++)
		if (n_memories && bpf_tasks_is_process(scan, &scan->rows[i]) &&
		    bsearch(&scan->rows[i].mm, memories, n_memories, sizeof(*memories),
			    compare_memories))
			pids[(*n)++] = scan->rows[i].pid;
	free(memories);
	return pids;
}

/* Sharers have the new adj, except children of vfork(2): only the write shows which. */
void effects_warn_sharers(const struct mm_sharers *watched, const struct targets *t, int proc,
			  bool is_dry_run)
{
	pid_t *changed = mem_alloc(t->n, sizeof(*changed)), *candidates;
	struct mm_sharers found, before = *watched;
	int adj, others, err;
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->list[i].is_changed)
			changed[n++] = t->list[i].pid;
	before.candidates = candidates = list_by_memory(t, &before.n_candidates);
	err = mm_sharers_find(proc, &before, changed, n, &found);
	for (size_t i = 0; i < found.n; i++) {
		const struct mm_sharer *sharer = &found.list[i];
		struct pidref ref;
		bool is_read = pidref_open(proc, sharer->pid, &ref) == 0 &&
			       adj_file_read_pid(proc, sharer->pid, &adj) == 0;

		if (is_read && !is_dry_run)
			msg_warn("pid %d (%s): shares memory with %d; its adj is now %d",
				 (int)ref.pid, ref.name, (int)sharer->with, adj);
		else if (is_read && !adj_file_read_pid(proc, sharer->with, &others) &&
			 adj == others)
			msg_warn("pid %d (%s): shares memory with %d; its adj, %d, would change "
				 "too",
				 (int)ref.pid, ref.name, (int)sharer->with, adj);
		pidref_close(&ref);
	}
	if (err || found.is_incomplete)
		msg_warn("cannot find all processes that share memory with the targets");
	mm_sharers_free(&found);
	free(candidates);
	free(changed);
}
