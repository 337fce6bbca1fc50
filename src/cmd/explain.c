/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain: why a process has its place, and what would change it. */
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "cmd/explain/points.h"
#include "cmd/explain/adj_origin.h"
#include "cmd/predict/text.h"
#include "cmd/explain/adj_range.h"
#include "ui/wrap.h"
#include "cmd/shared/processes.h"
#include "oom/rules/kill_order.h"
#include "oom/predict/whatif.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"
#include "ui/format.h"

struct explain_options {
	struct targets targets; /* the operand alone */
	struct scan_options scan;
};

static const char *const unkillable_reasons[] = {
	[UNKILLABLE_INIT] =
		"It is the first process, init, without which nothing goes on: no version "
		"of Linux kills it (oom_unkillable_task() since 2.6.36, before "
		"select_bad_process()).",
	[UNKILLABLE_KTHREAD] =
		"It is a part of the kernel and has no memory of its own to give back. No "
		"version of Linux kills it (PF_KTHREAD in oom_unkillable_task(), since "
		"2.6.36).",
	[UNKILLABLE_ADJ] = "Its adj is -1000, which means never: since Linux 2.6.36 oom_badness() "
			   "passes it over (before, oom_adj -17). Any other adj makes it killable.",
	[UNKILLABLE_NO_MM] =
		"It has ended and holds no memory any more; it stays in the list until "
		"its parent has asked how it ended (find_lock_task_mm(), since 2.6.36).",
	[UNKILLABLE_KERNEL] =
		"The kernel passes it over for now: it is between vfork() and exec and "
		"borrows its parent's memory (in_vfork(), since 4.8), or was killed "
		"already and its memory is taken back (MMF_OOM_SKIP, since 4.9).",
};

static void print_heading(FILE *out, const struct candidates *a, size_t nth)
{
	const struct task *t = &a->p.candidates[nth].task;
	char user[USER_NAME_MAX] = "?";
	size_t n = whatif_count(&a->p);

	if (task_has(t, TASK_UID))
		user_name(t->uid, user, sizeof(user));
	if (t->spared != KILLABLE)
		wrap_prose_print(out, "", "%d (%s), user %s, is never killed.", t->pid, t->name,
				 user);
	else
		wrap_prose_print(out, "",
				 "%d (%s), user %s: number %zu of the %zu that the kernel could "
				 "kill%s.",
				 t->pid, t->name, user, whatif_place(&a->p, nth, t->points), n,
				 a->p.doubt == DOUBT_UNSEEN ? " and that can be seen from here"
							    : "");
	if (t->mm_pid != t->pid)
		wrap_prose_print(out, "",
				 "Its first thread has ended; thread %d holds the memory, and is "
				 "named in the kernel's log.",
				 t->mm_pid);
	if (t->is_dying)
		wrap_prose_print(out, "", "It is being killed already.");
}

/* One cgroup with a limit, and the place of its process pid. */
static void print_cgroup(FILE *out, const char *path, pid_t pid, const struct bpf_tasks *census)
{
	char limit[FORMAT_TEXT_MAX], used[FORMAT_TEXT_MAX], unit[FORMAT_TEXT_MAX];
	struct candidates a;
	size_t at;

	if (candidates_read_cgroup(&a, path, census) == 0 && !predict_weigh(&a.p)) {
		const struct predict *p = &a.p;
		int64_t unit_pages = points_unit_pages(p);

		at = predict_find(p, pid);
		format_format(unit_pages * (int64_t)p->totals.page_size, unit);
		if (at != PREDICT_NONE && a.memcg.limit.memory != MEMCG_LIMIT_NONE)
			wrap_prose_print(out, "  ", "%s (%s of %s used): number %zu of %zu%s; %s%s",
					 path, format_format((int64_t)a.memcg.usage_bytes, used),
					 format_format((int64_t)a.memcg.limit.memory, limit),
					 whatif_place(p, at, p->candidates[at].task.points),
					 whatif_count(p),
					 p->doubt == DOUBT_UNSEEN ? " seen from here" : "",
					 unit_pages ? "a unit of adj counts "
						    : "adj counts nothing, the limit is below "
						      "1000 pages",
					 unit_pages ? unit : "");
	}
	candidates_free(&a);
}

/* The cgroups with a limit that the process is in, from the innermost up. */
static void print_cgroups(FILE *out, const struct candidates *a, size_t nth)
{
	const struct task *t = &a->p.candidates[nth].task;
	char path[CGROUP_PATH_MAX];
	bool is_any = false;
	uint64_t limit;

	if (a->tree.root < 0 || t->spared != KILLABLE ||
	    cgroup_path_read_pid(a->s.proc, t->pid, path, sizeof(path)))
		return;
	for (; path[0] == '/' && path[1]; *strrchr(path, '/') = '\0') {
		if (memcg_read_limit(&a->tree, path, &limit) || limit == UINT64_MAX)
			continue;
		if (!is_any) {
			putc('\n', out);
			wrap_prose_print(out, "",
					 "Cgroups with a limit, at which the kernel chooses "
					 "among their processes alone:");
		}
		is_any = true;
		print_cgroup(out, path, t->pid, a->census);
	}
}

static enum status explain(struct ctx *cx, struct candidates *a, pid_t pid)
{
	size_t at = predict_find(&a->p, pid);
	FILE *out = cx->out;
	const struct task *t;

	if (at == PREDICT_NONE) {
		msg_error("pid %d: has ended meanwhile", (int)pid);
		return ST_MISSED;
	}
	t = &a->p.candidates[at].task;
	predict_reveal(&a->p, at);
	if (predict_weigh(&a->p))
		return ST_MISSED;
	if (processes_forbid_privilege(cx))
		return ST_BROKEN;
	print_heading(out, a, at);
	if (t->spared != KILLABLE)
		wrap_prose_print(out, "", "%s", unkillable_reasons[t->spared]);
	else {
		putc('\n', out);
		points_print(out, a, at);
		adj_range_print(out, &a->p, at);
	}
	print_cgroups(out, a, at);
	if (t->spared == KILLABLE || t->spared == UNKILLABLE_ADJ)
		adj_origin_print(out, a, at);
	return ST_OK;
}

static enum status run(struct ctx *cx, struct args *args, void *options)
{
	struct explain_options *o = options;
	enum status st = processes_scan_count(&o->scan, cx, PROCESSES_SCAN_EXACT);
	struct candidates a;

	if (st == ST_OK)
		st = processes_targets(&o->targets, args);
	if (st == ST_OK && o->targets.n) {
		st = predict_text_take(&a, NULL, true, o->scan.census);
		if (st == ST_OK)
			st = explain(cx, &a, o->targets.list[0].pid);
		if (st == ST_OK)
			processes_say_hidden(&a.s);
		candidates_free(&a);
	}
	targets_free(&o->targets);
	return st;
}

const struct cmd cmd_explain = {
	.name = "explain",
	.synopsis = "[OPTION]... PID",
	.summary = "Show why a process has its place, and what would change it",
	.shared = { { &processes_scan_group, offsetof(struct explain_options, scan) } },
	.options_size = sizeof(struct explain_options),
	.min_args = 1,
	.max_args = 1,
	.flags = CMD_OWN, /* kcmp(2) tells root who shares memory with whom */
	.run = run,
};
