/* SPDX-License-Identifier: GPL-2.0-or-later */
/* protect: lowers the adj of processes and warns where that would do harm; unprotect undoes it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/num.h"
#include "cmd/adj/apply.h"
#include "cmd/shared/processes.h"
#include "oom/rules/adj.h"
#include "sys/adj/mm_sharers.h"
#include "sys/cgroup/memcg.h"
#include "sys/cgroup/path.h"
#include "ui/format.h"

/* Looks for a process in a cgroup that would still be killable. */
struct group_search {
	const struct snapshot *s;
	const struct targets *t;
	bool has_unseen; /* a process that may be killable */
};

static int try_member(void *arg, pid_t pid)
{
	struct group_search *g = arg;
	const struct task *t = processes_find(g->s, pid);

	g->has_unseen |= !t;
	return t && t->spared == KILLABLE && !targets_has(g->t, pid);
}

/* 1: path becomes the innermost cgroup with a limit; 0: none has one; or a negative errno. */
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

static void warn_of_group(const struct memcg_tree *tree, struct group_search *g, const char *path)
{
	int found = memcg_each_process(tree, path, try_member, g);

	if (found < 0)
		msg_warn("cgroup %s has a limit, and may hold nothing killable: cannot look at "
			 "all that is in it: %s",
			 path, strerror(-found));
	else if (!found)
		msg_warn("cgroup %s has a limit and %s: at its limit the kernel would try for ever",
			 path,
			 g->has_unseen ? "may hold nothing killable"
				       : "would hold nothing killable");
}

static void warn_of_groups(const struct targets *t, const struct snapshot *s)
{
	struct group_search g = { .s = s, .t = t };
	char path[CGROUP_PATH_MAX], warned[CGROUP_PATH_MAX] = "";
	struct memcg_tree tree;
	int err = memcg_open(s->proc, &tree);

	if (err && err != -ENODEV)
		msg_warn("cannot look at the cgroups: %s", strerror(-err));
	for (size_t i = 0; !err && i < t->n; i++) {
		int found = cgroup_path_read_pid(s->proc, t->list[i].pid, path, sizeof(path));

		if (!found)
			found = find_limited(&tree, path);
		if (found < 0 && !memcg_is_gone(found) && found != -ENODATA && found != -ESRCH)
			msg_warn("pid %d: cannot look at its cgroup: %s", (int)t->list[i].pid,
				 strerror(-found));
		if (found <= 0 || strcmp(path, warned) == 0)
			continue;
		g.has_unseen = false;
		warn_of_group(&tree, &g, path);
		snprintf(warned, sizeof(warned), "%s", path);
	}
	memcg_close(&tree);
}

/* Processes that share memory, as far as is known, are neighbours, so that it counts once. */
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

static uint64_t sum_memories(const struct snapshot *s, const struct task **list, size_t n)
{
	uint64_t held = 0;

	qsort(list, n, sizeof(struct task *), compare_memory);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || compare_memory(&list[i - 1], &list[i]) != 0)
			held += snapshot_rss(s, list[i]) + list[i]->swap;
	return held;
}

static void warn_of_machine(const struct targets *t, const struct snapshot *s)
{
	const struct task **kept = mem_alloc(s->scan.n_tasks, sizeof(*kept));
	uint64_t held, page = s->machine.totals.page_size;
	char size[FORMAT_TEXT_MAX];
	bool is_any_left = false;
	size_t n = 0;

	for (size_t i = 0; i < s->scan.n_tasks; i++) {
		const struct task *task = &s->scan.tasks[i];

		if (targets_has(t, task->pid))
			kept[n++] = task;
		else
			is_any_left |= task->spared == KILLABLE;
	}
	held = sum_memories(s, kept, n);
	free(kept);
	if (!is_any_left)
		msg_warn(s->scan.n_unseen
				 ? "nothing killable would be left of what can be seen from here"
				 : "nothing killable would be left: out of memory, the kernel "
				   "would panic");
	if (held > s->machine.totals.total_pages / 2)
		msg_warn("what is protected holds %s, more than half of RAM and swap: killing "
			 "all the rest may not be enough",
			 format_format((int64_t)(held * page), size));
}

/* Before adj -1000 is set: without a killable process the kernel panics. */
static void warn(const struct ctx *cx, const struct targets *t)
{
	struct scan_want want = { .top = SCAN_ALL, .spared = true };
	struct scan_options scan = { .way = PROCESSES_SCAN_AUTO };
	struct snapshot s = { .proc = -1 };

	if (msg_verbosity < 0 || !t->n)
		return;
	processes_scan_count(&scan, cx, PROCESSES_SCAN_BREAK_EVEN);
	want.census = scan.census;
	if (processes_take(&want, &s) == ST_OK) {
		warn_of_machine(t, &s);
		warn_of_groups(t, &s);
	}
	snapshot_free(&s);
	processes_scan_free(&scan);
}

struct protect_options {
	struct apply apply;
	struct targets targets;
	bool has_adj, has_never;
};

static enum status take_adj(void *target, const struct args *a)
{
	struct protect_options *o = target;
	long adj;

	if (num_parse(a->value, ADJ_NEVER, ADJ_MAX, &adj))
		return args_error(a, "adj must be %d to %d, not '%s'", ADJ_NEVER, ADJ_MAX,
				  a->value);
	o->has_adj = true;
	o->apply.value = (int)adj;
	return ST_OK;
}

static const struct opt opts[] = {
	OPT_CALL('n', "adjust", "ADJ", "the adj, -1000 to 1000 (default: -999, the last)",
		 take_adj),
	OPT_FLAG(0, "never", "adj -1000: never, even if the machine can't go on then",
		 struct protect_options, has_never),
	OPT_FLAG(0, "dry-run", "say what would change, and whether it may", struct protect_options,
		 apply.is_dry_run),
	OPT_END,
};

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct protect_options *o = options;
	struct apply *ap = &o->apply;

	if (o->has_never && o->has_adj)
		return args_error(a, "protect: --adjust and --never exclude each other");
	if (!targets_are_given(&o->targets, a))
		return args_error(a, "protect: which process? Give a PID or a selector");
	ap->kind = APPLY_PROTECT;
	ap->is_default = !o->has_adj && !o->has_never;
	if (!o->has_adj)
		ap->value = o->has_never ? ADJ_NEVER : ADJ_LAST;
	ap->before = ap->value == ADJ_NEVER ? warn : NULL;
	return apply_targets(cx, ap, &o->targets, a);
}

const struct cmd cmd_protect = {
	.name = "protect",
	.synopsis = "[OPTION]... TARGET...",
	.summary = "Make the kernel spare processes as long as there is another",
	.opts = opts,
	.shared = { { &targets_group, offsetof(struct protect_options, targets) } },
	.options_size = sizeof(struct protect_options),
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_WRITES | CMD_WHOLE,
	.run = run,
};

static const struct opt unprotect_opts[] = {
	OPT_FLAG(0, "dry-run", "say what would change, and whether it may", struct protect_options,
		 apply.is_dry_run),
	OPT_END,
};

static enum status run_unprotect(struct ctx *cx, struct args *a, void *options)
{
	struct protect_options *o = options;

	if (!targets_are_given(&o->targets, a))
		return args_error(a, "unprotect: which process? Give a PID or a selector");
	o->apply.kind = APPLY_UNPROTECT;
	return apply_targets(cx, &o->apply, &o->targets, a);
}

const struct cmd cmd_unprotect = {
	.name = "unprotect",
	.synopsis = "[OPTION]... TARGET...",
	.summary = "Give processes back the adj they had before protect",
	.opts = unprotect_opts,
	.shared = { { &targets_group, offsetof(struct protect_options, targets) } },
	.options_size = sizeof(struct protect_options),
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_WRITES | CMD_WHOLE,
	.run = run_unprotect,
};
