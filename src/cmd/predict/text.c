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

static enum status report_cgroup_error(const char *path, int err)
{
	bool is_root = path[strspn(path, "/")] == '\0';

	if (mem_check(err) == -ENODEV)
		msg_error("no memory cgroups: " MEMCG_MISSING);
	else if (err == -EOPNOTSUPP && is_root)
		msg_error("cgroup /: has no limit; omit --cgroup for the whole machine");
	else
		msg_error("cgroup %s: %s", path,
			  err == -ENOENT  ? "no such memory cgroup"
			  : err == -EXDEV ? "outside of this cgroup namespace"
			  : err == -EOPNOTSUPP
				  ? "no memory controller: its memory belongs to a cgroup above it"
				  : strerror(-err));
	if (err == -ENODEV)
		return ST_BROKEN;
	return err == -ENOENT || err == -EXDEV || err == -EOPNOTSUPP ? ST_MISSED : ST_DENIED;
}

enum status predict_text_take(struct candidates *a, const char *cgroup, bool needs_ages,
			      size_t kills, const struct bpf_tasks *scan)
{
	int err = cgroup ? candidates_read_cgroup(a, cgroup_path_strip_mount(cgroup), scan)
			 : candidates_read_machine(a, needs_ages, kills, scan);

	if (err)
		return cgroup ? report_cgroup_error(cgroup, err) : processes_say_unreadable(err);
	processes_say_source(&a->s, scan);
	if (cgroup && a->memcg.unread)
		msg_warn("cgroup %s: some members could not be read: %s", cgroup,
			 strerror(-a->memcg.unread));
	if (!cgroup || a->memcg.limit.memory != MEMCG_LIMIT_NONE)
		return ST_OK;
	msg_error("cgroup %s: has no memory limit", cgroup);
	return ST_MISSED;
}

static const char *panic_effect(const struct machine *m)
{
#define ALWAYS "vm.panic_on_oom is 2: the kernel panics instead of killing a process"
#define MOSTLY                                                                   \
	"vm.panic_on_oom is 1: the kernel panics instead of killing a process, " \
	"unless only a cgroup, cpuset or memory policy is out of memory"
#define DOWN "; kernel.panic is 0, so the machine then stays down"
	if (m->stays_down)
		return m->panic_on_oom > 1 ? ALWAYS DOWN : MOSTLY DOWN;
	return m->panic_on_oom > 1 ? ALWAYS : MOSTLY;
}

const char *predict_text_decided_by(const struct machine *m, const struct memcg_state *cgroup,
				    const char **effect)
{
	*effect = NULL;
	if (m->panic_on_oom > (cgroup ? 1 : 0)) {
		*effect = panic_effect(m);
		return "panic_on_oom";
	}
	if (cgroup && cgroup->is_kill_disabled) {
		*effect = "oom_kill_disable is set in memory.oom_control: the kernel kills no "
			  "process; allocations wait for free memory";
		return "oom_kill_disable";
	}
	if (!cgroup && m->kill_allocating > 0) {
		*effect = "vm.oom_kill_allocating_task is set: the kernel kills the process that "
			  "requests memory, if it is killable";
		return "oom_kill_allocating_task";
	}
	return "points";
}

void predict_text_print_heading(FILE *out, const struct candidates *a, const char *cgroup,
				const char *kernel)
{
	char limit[FORMAT_TEXT_MAX], used[FORMAT_TEXT_MAX], killer[64];
	const char *effect, *lead = "If";

	predict_text_decided_by(&a->s.machine, a->is_cgroup ? &a->memcg : NULL, &effect);
	if (effect) {
		wrap_prose_print(out, "", "%s.", effect);
		lead = "Without this setting: if";
	}
	snprintf(killer, sizeof(killer), "%s%.40s", kernel ? "Linux " : "the kernel",
		 kernel ? kernel : "");
	if (a->is_cgroup)
		wrap_prose_print(out, "",
				 "%s cgroup %s reached its limit of %s now (%s used), %s would "
				 "kill these processes in turn:",
				 lead, cgroup, format_format((int64_t)a->memcg.limit.memory, limit),
				 format_format((int64_t)a->memcg.usage_bytes, used), killer);
	else
		wrap_prose_print(out, "",
				 "%s memory ran out now, %s would kill these processes in turn "
				 "until enough memory is free:",
				 lead, killer);
}

void predict_text_print_end(FILE *out, const struct candidates *a)
{
	wrap_prose_print(out, "", "No %skillable process remains: %s",
			 a->p.doubt == DOUBT_UNSEEN ? "visible " : "",
			 a->p.doubt == DOUBT_UNSEEN ? "the kernel would kill hidden ones."
			 : a->is_cgroup             ? "allocations there stall or fail."
						    : "the kernel would panic.");
}

void predict_text_report_none(const struct candidates *a)
{
	msg_error("no %skillable process%s: %s", a->p.doubt == DOUBT_UNSEEN ? "visible " : "",
		  a->is_cgroup ? " in this cgroup" : "",
		  a->p.doubt == DOUBT_UNSEEN ? "the kernel would kill a hidden one"
		  : a->is_cgroup ? "at its limit the kernel retries forever, or allocations fail"
				 : "if memory runs out, the kernel panics");
}

/* Up to DOUBT_ORDER, a rival precedes the text. */
static const char *const reasons[] = {
	[DOUBT_COUNTERS] = "within the margin of error of this kernel's counters",
	[DOUBT_MOVING] = "and one of the two is running: it can have changed since it was read",
	[DOUBT_RECLAIM] =
		"and the kernel can reclaim file pages or swap out shared memory before it "
		"chooses",
	[DOUBT_ORDER] = "and the kernel's iteration order is not visible",
	[DOUBT_EARLIER] = "depends on an uncertain choice above",
	[DOUBT_DYING] = "a process is already being killed; if by the OOM killer, the kernel waits "
			"for it and kills no other",
	[DOUBT_UNSEEN] = "some processes are not visible here",
	[DOUBT_SHARERS] = "other processes may share its memory and be killed with it, but kcmp(2) "
			  "cannot confirm it",
	[DOUBT_OLD_STATS] = "run time counts, and that kernel measures it differently",
	[DOUBT_SETTINGS] =
		"vm.panic_on_oom and vm.oom_kill_allocating_task override points, but are "
		"not visible here",
	[DOUBT_NODES] = "it can use only some memory nodes, and is skipped if only other nodes are "
			"out of memory",
};

const char *predict_text_reason(enum predict_doubt doubt)
{
	return reasons[doubt];
}

static void print_doubt(FILE *out, const char *lead, const struct predict *p,
			const struct kill_choice *choice)
{
	const struct task *first = &p->candidates[choice->chosen].task, *rival;
	const struct task *victim = &p->candidates[choice->victim].task;
	char gap_text[FORMAT_TEXT_MAX], more[48] = "";
	int64_t gap;

	if (choice->doubt == DOUBT_NONE)
		return;
	if (choice->doubt > DOUBT_ORDER) {
		wrap_prose_print(out, lead, "close: %s", reasons[choice->doubt]);
		return;
	}
	rival = &p->candidates[choice->rivals[0]].task;
	/* Children are compared with the child that is killed in place of their parent. */
	if (victim->ppid == first->pid && rival->ppid == first->pid)
		first = victim;
	gap = first->points - rival->points;
	if (p->rules->weight == WEIGHT_PAGES)
		gap *= (int64_t)p->totals.page_size;
	if (choice->n_rivals > 1)
		snprintf(more, sizeof(more), "; %zu other%s equally close", choice->n_rivals - 1,
			 choice->n_rivals > 2 ? "s are" : " is");
	wrap_prose_print(out, lead, "close: %d (%s) is %s behind, %s%s", rival->pid, rival->name,
			 format_format(gap, gap_text), reasons[choice->doubt], more);
}

static void print_kill_set(FILE *out, const char *lead, const struct predict *p,
			   const struct kill_choice *choice, uint32_t round)
{
	const struct candidate *all = p->candidates, *victim = &all[choice->victim];
	char list[1024] = "";
	size_t listed = 0, at = 0;
	bool by_group = false;

	for (size_t i = 0; i < p->n; i++) {
		if (all[i].dies_in != round || i == choice->victim)
			continue;
		by_group |= !victim->mm || all[i].mm != victim->mm;
		if (listed == 8)
			continue;
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%d (%s)",
				       listed++ ? ", " : "", all[i].task.pid, all[i].task.name);
	}
	if (choice->n_killed > listed + 1)
		snprintf(list + at, sizeof(list) - at, " and %zu more",
			 choice->n_killed - 1 - listed);
	if (choice->n_killed > 1)
		wrap_prose_print(out, lead, "also killed: %s (%s)", list,
				 by_group ? "memory.oom.group of its cgroup is set"
					  : "shared memory");
}

/* What ends a unit ends the processes below that would be killed later. 0: no kill before does. */
static size_t find_earlier_end(const struct predict_text_kills *k, size_t nth,
			       const struct unit_effects_unit *unit)
{
	for (size_t i = 0; !unit->err && i < nth; i++) {
		for (size_t j = 0; j < k->units[i].n; j++) {
			const struct unit_effects_kill *kill = &k->units[i].list[j];
			enum unit_effect_kind kind;

			if (kill->unit != unit)
				continue;
			kind = unit_effects_of(kill).kind;
			if (kind != UNIT_CONTINUES && kind != UNIT_CHANGES)
				return i + 1;
		}
	}
	return 0;
}

static void print_units(FILE *out, const char *lead, const struct predict_text_kills *k, size_t nth)
{
	const struct unit_effects_kills *units = &k->units[nth];
	char text[UNIT_EFFECTS_TEXT], more[UNIT_EFFECTS_MORE];

	for (size_t i = 0; i < units->n && i < UNIT_EFFECTS_SHOWN; i++) {
		const struct unit_effects_kill *kill = &units->list[i];
		size_t earlier = find_earlier_end(k, nth, kill->unit);

		if (earlier)
			wrap_prose_print(out, lead, "systemd ends %s after kill %zu already",
					 kill->unit->name, earlier);
		else
			wrap_prose_print(out, lead, "%s", unit_effects_format(kill, text));
	}
	if (unit_effects_have_more(units, more))
		wrap_prose_print(out, lead, "%s", more);
}

void predict_text_print_notes(FILE *out, const struct predict_text_kills *k, bool has_doubts)
{
	for (size_t i = 0; i < k->n; i++) {
		const struct kill_choice *choice = &k->choices[i];
		const struct task *chosen = &k->p.candidates[choice->chosen].task;
		char lead[32];

		snprintf(lead, sizeof(lead), "%2zu: ", i + 1);
		if (has_doubts)
			print_doubt(out, lead, &k->p, choice);
		/* Kernels before 5.1 kill a child of the process with the most points. */
		if (choice->victim != choice->chosen)
			wrap_prose_print(out, lead,
					 "killed in place of its parent %d (%s), which has the "
					 "most points",
					 chosen->pid, chosen->name);
		print_kill_set(out, lead, &k->p, choice, (uint32_t)i + 1);
		if (k->units)
			print_units(out, lead, k, i);
	}
}

struct cgroup_usage {
	char *path;
	uint64_t limit, usage, left;
};

/* The cgroups closest to their limits, the closest first. */
struct nearest_cgroups {
	struct cgroup_usage list[MAX_CGROUPS];
	size_t n;
};

static void keep_nearest(void *arg, const char *path, uint64_t limit, uint64_t usage)
{
	struct nearest_cgroups *nearest = arg;
	struct cgroup_usage c = { NULL, limit, usage, limit > usage ? limit - usage : 0 };
	struct cgroup_usage *list = nearest->list;
	size_t at = nearest->n;

	while (at > 0 && c.left < list[at - 1].left)
		at--;
	if (at == MAX_CGROUPS)
		return;
	c.path = mem_copy(path);
	if (nearest->n == MAX_CGROUPS)
		free(list[--nearest->n].path);
	memmove(&list[at + 1], &list[at], (nearest->n++ - at) * sizeof(list[0]));
	list[at] = c;
}

#define CGROUP_COLUMN 25 /* of the table of cgroups */

void predict_text_print_cgroups(FILE *out, const struct candidates *a)
{
	struct nearest_cgroups nearest = { .n = 0 };
	int err = a->tree.root >= 0 ? memcg_each_limited(&a->tree, keep_nearest, &nearest) : 0;

	if (err)
		msg_warn("some cgroups could not be read: %s", strerror(-err));
	if (nearest.n) {
		fputc('\n', out);
		wrap_prose_print(out, "",
				 "Cgroups closest to their limit ('predict --cgroup PATH' predicts "
				 "their victims):");
		fputs("   LEFT    USED   LIMIT  CGROUP\n", out);
	}
	for (size_t i = 0; i < nearest.n; i++) {
		const struct cgroup_usage *c = &nearest.list[i];
		char left[FORMAT_TEXT_MAX], used[FORMAT_TEXT_MAX], limit[FORMAT_TEXT_MAX],
			path[4096], shown[4096];

		text_escape(path, sizeof(path), c->path, strlen(c->path), 0);
		wrap_cut(shown, sizeof(shown), path, wrap_line_width() - CGROUP_COLUMN, true);
		fprintf(out, "%7s %7s %7s  %s\n", format_format((int64_t)c->left, left),
			format_format((int64_t)c->usage, used),
			format_format((int64_t)c->limit, limit), shown);
		free(c->path);
	}
}

void predict_text_warn_kernel(const struct candidates *a, const char *kernel, int version)
{
	bool has_all_levels = a->s.machine.version >= VERSION(4, 15, 0);

	if (has_all_levels && a->p.rules->tables != TABLES_ALL && a->p.rules->tables != TABLES_NONE)
		msg_warn("Linux %s counts only the lower levels of page tables, which this "
			 "kernel does not show separately: page tables are ignored",
			 kernel);
	if (!has_all_levels && a->p.rules->tables == TABLES_ALL)
		msg_warn("Linux %s counts all levels of page tables, but this kernel shows only "
			 "the lower ones",
			 kernel);
	if (a->p.rules->weight == WEIGHT_HEURISTIC)
		msg_warn("Linux %s counts run time in ticks%s (assumed: 250 per second), and "
			 "memory nodes, which are ignored here",
			 kernel, version < VERSION(2, 6, 32) ? " of each thread, here of all" : "");
	if (version < VERSION(5, 1, 0))
		msg_detail("Linux %s kills a child in place of its parent", kernel);
}
