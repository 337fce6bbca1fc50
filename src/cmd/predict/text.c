/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: reads candidates for a command, and prints the sentences around a list of victims. */
#include "cmd/predict/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/text.h"
#include "cmd/shared/processes.h"
#include "oom/rules/version.h"
#include "sys/cgroup/path.h"
#include "ui/format.h"
#include "ui/wrap.h"

#define MAX_CGROUPS 5

static enum status say_cgroup(const char *path, int err)
{
	switch (mem_check(err)) {
	case -ENODEV:
		msg_error("there is no memory cgroup here: no hierarchy with the memory "
			  "controller is mounted");
		return ST_BROKEN;
	case -ENOENT:
		msg_error("cgroup %s: no such cgroup", path);
		return ST_MISSED;
	case -EXDEV:
		msg_error("cgroup %s: lies outside of this cgroup namespace", path);
		return ST_MISSED;
	case -EOPNOTSUPP:
		if (path[strspn(path, "/")] == '\0')
			msg_error("cgroup /: the root has no limit; 'predict' alone is about the "
				  "whole machine");
		else
			msg_error("cgroup %s: the memory controller is not in it: its processes "
				  "count to the cgroup above",
				  path);
		return ST_MISSED;
	default:
		msg_error("cgroup %s: %s", path, strerror(-err));
		return ST_DENIED;
	}
}

enum status predict_text_take(struct candidates *a, const char *cgroup, bool needs_ages,
			      const struct bpf_tasks *census)
{
	int err;

	if (cgroup) {
		err = candidates_read_cgroup(a, cgroup_path_strip_mount(cgroup), census);
		if (err)
			return say_cgroup(cgroup, err);
		processes_say_source(&a->s, census);
		if (a->memcg.unread)
			msg_warn("cgroup %s: cannot look at all that is in it: %s", cgroup,
				 strerror(-a->memcg.unread));
		if (a->memcg.limit.memory != MEMCG_LIMIT_NONE)
			return ST_OK;
		msg_error("cgroup %s: has no limit of its own, so that memory never runs out in "
			  "it alone",
			  cgroup);
		return ST_MISSED;
	}
	err = candidates_read_machine(a, needs_ages, census);
	if (err)
		return processes_say_unreadable(err);
	processes_say_source(&a->s, census);
	return ST_OK;
}

const char *predict_text_decided_by(const struct candidates *a)
{
	const struct machine *m = &a->s.machine;

	if (m->panic_on_oom > (a->is_cgroup ? 1 : 0))
		return "panic_on_oom";
	if (a->is_cgroup && a->memcg.is_kill_disabled)
		return "oom_kill_disable";
	if (!a->is_cgroup && m->kill_allocating > 0)
		return "oom_kill_allocating_task";
	return "points";
}

static void print_decider(FILE *out, const struct candidates *a)
{
	const char *by = predict_text_decided_by(a);

	if (strcmp(by, "panic_on_oom") == 0)
		wrap_prose_print(out, "",
				 "vm.panic_on_oom is %ld: the kernel kills nobody, it panics. "
				 "Only sysrq f still kills, by this list.",
				 a->s.machine.panic_on_oom);
	else if (strcmp(by, "oom_kill_disable") == 0)
		wrap_prose_print(out, "",
				 "memory.oom_control says oom_kill_disable: the kernel kills "
				 "nobody, whoever needs memory sleeps until there is some. "
				 "Without it:");
	else if (strcmp(by, "oom_kill_allocating_task") == 0)
		wrap_prose_print(out, "",
				 "vm.oom_kill_allocating_task is set: the kernel kills whoever "
				 "asks for memory at that moment, unless its adj is -1000; only "
				 "then does this list count:");
}

void predict_text_print_heading(FILE *out, const struct candidates *a, const char *cgroup,
				const char *kernel)
{
	char limit[FORMAT_TEXT_MAX], used[FORMAT_TEXT_MAX], by[64];

	snprintf(by, sizeof(by), "%s%.40s", kernel ? "Linux " : "the kernel", kernel ? kernel : "");
	if (a->is_cgroup)
		wrap_prose_print(out, "",
				 "If cgroup %s hit its limit of %s now (%s used), %s would kill, "
				 "one after the other:",
				 cgroup, format_format((int64_t)a->memcg.limit.memory, limit),
				 format_format((int64_t)a->memcg.usage_bytes, used), by);
	else
		wrap_prose_print(out, "",
				 "If memory ran out now, %s would kill, one after the other "
				 "until there is enough:",
				 by);
	print_decider(out, a);
}

void predict_text_print_end(FILE *out, const struct candidates *a)
{
	if (a->p.doubt == DOUBT_UNSEEN)
		wrap_prose_print(out, "",
				 "Then nobody killable is left of those that can be seen from "
				 "here: the kernel would go on with others.");
	else if (a->is_cgroup)
		wrap_prose_print(out, "",
				 "Then nobody killable is left in it: who needs memory there "
				 "waits or fails.");
	else
		wrap_prose_print(out, "", "Then nobody killable is left: the kernel would panic.");
}

void predict_text_say_nobody(const struct candidates *a)
{
	if (a->p.doubt == DOUBT_UNSEEN)
		msg_error("nobody that can be seen from here can be killed: the kernel would "
			  "kill one of the others");
	else if (a->is_cgroup)
		msg_error("nobody in this cgroup can be killed: at its limit the kernel tries "
			  "for ever, or allocations fail");
	else
		msg_error("nobody can be killed: out of memory, the kernel would panic");
}

struct cgroup_usage {
	char *path;
	uint64_t limit, usage;
};

/* The cgroups nearest to their limits, the nearest first. */
struct nearest_cgroups {
	struct cgroup_usage list[MAX_CGROUPS];
	size_t n;
};

static uint64_t bytes_left(const struct cgroup_usage *c)
{
	return c->limit > c->usage ? c->limit - c->usage : 0;
}

static void keep_nearest(void *arg, const char *path, uint64_t limit, uint64_t usage)
{
	struct nearest_cgroups *nearest = arg;
	struct cgroup_usage c = { NULL, limit, usage };
	size_t at = nearest->n;

	while (at > 0 && bytes_left(&c) < bytes_left(&nearest->list[at - 1]))
		at--;
	if (at == MAX_CGROUPS)
		return;
	c.path = mem_copy(path);
	if (nearest->n == MAX_CGROUPS)
		free(nearest->list[--nearest->n].path);
	memmove(&nearest->list[at + 1], &nearest->list[at],
		(nearest->n - at) * sizeof(nearest->list[0]));
	nearest->list[at] = c;
	nearest->n++;
}

void predict_text_print_cgroups(FILE *out, const struct candidates *a)
{
	struct nearest_cgroups nearest = { .n = 0 };
	int err = a->tree.root >= 0 ? memcg_each_limited(&a->tree, keep_nearest, &nearest) : 0;

	if (err)
		msg_warn("cannot look at all cgroups: %s", strerror(-err));
	if (nearest.n)
		fputs("\nCgroups nearest to their limit ('predict --cgroup PATH' tells whom it "
		      "hits):\n"
		      "   LEFT    USED   LIMIT  CGROUP\n",
		      out);
	for (size_t i = 0; i < nearest.n; i++) {
		const struct cgroup_usage *c = &nearest.list[i];
		char left[FORMAT_TEXT_MAX], used[FORMAT_TEXT_MAX], limit[FORMAT_TEXT_MAX],
			path[4096];

		text_escape(path, sizeof(path), c->path, strlen(c->path), 0);
		fprintf(out, "%7s %7s %7s  %s\n", format_format((int64_t)bytes_left(c), left),
			format_format((int64_t)c->usage, used),
			format_format((int64_t)c->limit, limit), path);
		free(c->path);
	}
}

void predict_text_warn_kernel(const struct candidates *a, const char *kernel, int version)
{
	bool has_all_levels = a->s.machine.version >= VERSION(4, 15, 0);

	if (has_all_levels && a->p.rules->tables != TABLES_ALL && a->p.rules->tables != TABLES_NONE)
		msg_warn("Linux %s counts page tables of the lower levels alone, which this "
			 "kernel does not tell apart: they are left out",
			 kernel);
	if (!has_all_levels && a->p.rules->tables == TABLES_ALL)
		msg_warn("Linux %s counts page tables of all levels, of which this kernel shows "
			 "the lower alone",
			 kernel);
	if (a->p.rules->weight == WEIGHT_HEURISTIC)
		msg_warn("Linux %s counts run time in ticks of its own (%spresumed to be 250 a "
			 "second), and memory nodes, which are left out",
			 kernel,
			 version < VERSION(2, 6, 32) ? "of each thread, here of all; " : "");
	if (version < VERSION(5, 1, 0))
		msg_detail("Linux %s kills a child in its parent's stead", kernel);
}
