/* SPDX-License-Identifier: GPL-2.0-or-later */
/* advice: the section of a report's text on what can be done. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/msg.h"
#include "base/text.h"
#include "cmd/report/internal.h"
#include "oom/report/pod.h"
#include "oom/rules/adj.h"
#include "sys/cgroup/path.h"

#define SMALL_LIMIT_KIB 8192

static void print_command(const struct report_output *o, const char *fmt, const char *arg,
			  const char *purpose)
{
	char command[1200], shown[4 * sizeof(command)];

	snprintf(command, sizeof(command), fmt, arg);
	text_escape(shown, sizeof(shown), command, strlen(command), 0);
	phrases_print(o, "- %s:", purpose);
	fprintf(o->out, "      %s\n", shown);
}

/* Whether a name needs no quotes in a command. */
static bool is_plain(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:@./";

	return *name && *name != '-' && name[strspn(name, plain)] == '\0';
}

#define TARGET_MAX (8 * TASK_NAME_MAX)

/*
 * Options that select a process: its name as a pattern that fits only it, as a wider pattern could
 * make root change other processes. false: the name cannot be in a command.
 */
static bool format_target(const char *name, int64_t uid, char target[TARGET_MAX])
{
	char *end = stpcpy(target, "--name '^");

	if (!is_plain(name))
		return false;
	for (const char *c = name; *c; c++)
		end = *c == '.' ? stpcpy(end, "[.]") : (*end = *c, end + 1);
	end = stpcpy(end, "$'");
	if (uid != REPORT_ABSENT)
		sprintf(end, " --user %" PRId64, uid);
	return true;
}

/* The process that used the memory could not be killed first. */
static void print_raise(const struct report_output *o, const struct report_row *row)
{
	char target[TARGET_MAX], purpose[256], process[PHRASES_PROCESS], size[FORMAT_TEXT_MAX];
	const struct task *t = &row->task;

	snprintf(purpose, sizeof(purpose),
		 "find out why %s grows: it used %s, and its adj %d protected it. Or raise its "
		 "adj, so that it is killed first",
		 phrases_process(t->name, t->pid, process),
		 phrases_pages(o, o->a->most_pages, size), t->adj);
	if (format_target(t->name, task_has(t, TASK_UID) ? t->uid : REPORT_ABSENT, target))
		print_command(o, PROGRAM_NAME " set 0 %s", target, purpose);
	else
		phrases_print(o, "- %s.", purpose);
}

static void print_protect(const struct report_output *o, const struct report_kill *k)
{
	const struct task *t = k->row == REPORT_ABSENT ? NULL : &o->r->rows[k->row].task;
	const struct report_row *largest = tasks_find_protected(o);
	int64_t adj = k->adj != REPORT_ABSENT || !t || !task_has(t, TASK_ADJ) ? k->adj : t->adj;
	char target[TARGET_MAX];

	if (largest)
		print_raise(o, largest);
	else if (adj != REPORT_ABSENT && adj <= ADJ_LAST)
		phrases_print(o, "- it cannot be protected more: its adj is %" PRId64 " already.",
			      adj);
	else if (t && task_has(t, TASK_POINTS) && o->a->rules->is_floored && t->points <= 1)
		phrases_print(o, "- it cannot be protected more: its points are the minimum "
				 "already.");
	else if (format_target(k->name, k->uid, target))
		print_command(o, PROGRAM_NAME " protect %s", target,
			      "protect it, so that other processes are killed first");
}

/* The limit to suggest, 1.5 times the present one, in MiB; 0: unknown. */
static int64_t new_limit_mib(const struct report *r)
{
	int64_t limit = r->memory.limit_kib;

	return limit > 0 && limit < REPORT_MAX / 2 ? (limit + limit / 2 + 1023) / 1024 : 0;
}

/* Version 1 counts memory with swap. Until Linux 5.2 version 2 prints the line too, with 0. */
static const char *limit_property(const struct report *r)
{
	return r->memsw.usage_kib > 0 ? "MemoryLimit" : "MemoryMax";
}

/* The unit of the limited cgroup, as its manager has it now; NULL: it was not asked about it. */
static const struct unit_effects_unit *find_limited_unit(const struct report_output *o)
{
	for (size_t i = 0; i < o->units->n; i++)
		if (cgroup_path_is_below(o->r->memcg, o->units->list[i].unit->path))
			return o->units->list[i].unit;
	return NULL;
}

/* Whether it is known that the limited cgroup does not exist now. */
static bool is_cgroup_gone(const struct report_output *o)
{
	const struct unit_effects_unit *unit = find_limited_unit(o);

	return unit && (unit->err == -ENOENT || (!unit->err && !*unit->settings.cgroup));
}

/* The same for its unit. A scope is never started again. */
static bool is_unit_gone(const struct report_output *o)
{
	const struct unit_effects_unit *unit = find_limited_unit(o);

	return is_cgroup_gone(o) && (unit->err || !unit->settings.is_service);
}

/* The unit whose own cgroup this is; false: it is none, or below one. */
static bool find_own_unit(const char *path, char *unit, size_t size)
{
	const char *last = strrchr(path, '/');
	size_t len = last ? strlen(last + 1) : 0;

	if (len > 6 && len < size && strcmp(last + 1 + len - 6, ".slice") == 0) {
		text_copy(unit, size, last + 1, len);
		return is_plain(unit);
	}
	return cgroup_path_find_unit(path, unit, size) == 0 && last &&
	       strcmp(last + 1, unit) == 0 && is_plain(unit);
}

/*
 * A unit below another unit was created by that unit: below user@UID.service by the user manager,
 * elsewhere by any program, so that no command can be suggested.
 */
static void print_set_property(const struct report_output *o, const char *path)
{
	char unit[256], above[REPORT_PATH], upper[256], args[640];
	int64_t mib = new_limit_mib(o->r);
	const char *property = limit_property(o->r);
	unsigned int uid, slice;

	if (!mib || !find_own_unit(path, unit, sizeof(unit)))
		return;
	if (is_unit_gone(o)) {
		phrases_print(o,
			      "- raise the limit (%s=) where %s is created: the unit does not "
			      "exist now.",
			      property, unit);
		return;
	}
	text_copy(above, sizeof(above), path, (size_t)(strrchr(path, '/') - path));
	if (cgroup_path_find_unit(above, upper, sizeof(upper))) {
		snprintf(args, sizeof(args), "set-property %s %s=%" PRId64 "M", unit, property,
			 mib);
	} else {
		if (sscanf(path, "/user.slice/user-%u.slice/user@%u.service/", &slice, &uid) != 2)
			return;
		snprintf(args, sizeof(args), "user@%u.service", uid);
		if (slice != uid || strcmp(upper, args) != 0)
			return;
		snprintf(args, sizeof(args), "--user -M %u@ set-property %s %s=%" PRId64 "M", uid,
			 unit, property, mib);
	}
	print_command(o, "systemctl %s", args, "raise the limit of the unit");
}

/* Where the limit that was hit is set. */
static void print_limit_advice(const struct report_output *o)
{
	const struct report *r = o->r;
	char args[128], size[FORMAT_TEXT_MAX];
	int64_t mib = new_limit_mib(r);
	struct pod pod;

	pod_find(r->memcg, &pod);
	if (r->memory.limit_kib != REPORT_ABSENT && r->memory.limit_kib < SMALL_LIMIT_KIB)
		phrases_print(o,
			      "- check the limit: %s is less than most programs need to start. "
			      "A number without a unit is bytes.",
			      phrases_kib(r->memory.limit_kib, size));
	if (pod.is_kubernetes) {
		phrases_print(o,
			      "- raise resources.limits.memory of the %s%s%s, if the node has the "
			      "memory.",
			      *pod.container ? "container" : "containers of pod ",
			      *pod.container ? ""
			      : *pod.uid     ? pod.uid
					     : "(unknown)",
			      *pod.container && *pod.uid ? " in its pod's manifest" : "");
	} else if (*pod.container && pod.runtime && mib) {
		/* A limit of memory and swap that was set must not be below the new one. */
		snprintf(args, sizeof(args),
			 "%s update --memory %" PRId64 "m --memory-swap %" PRId64 "m %.12s",
			 pod.runtime, mib, 2 * mib, pod.container);
		print_command(o, "%s", args, "raise the limit of the container");
	} else if (*pod.container) {
		phrases_print(o, "- raise the memory limit of the container in its runtime.");
	} else if (*r->memcg == '/') {
		print_set_property(o, r->memcg);
	}
}

/*
 * The share of the cgroup's memory that the victim used, in thousandths; 0: unknown. The kernel's
 * counters are not exact, but a larger excess shows that the numbers do not belong together.
 */
static int64_t victim_share(const struct report *r, const struct report_kill *k)
{
	int64_t kib = report_resident_kib(k), usage = r->memory.usage_kib;

	return kib > 0 && usage > 0 && kib - usage <= usage / 20 ? phrases_share(kib, usage) : 0;
}

static void print_group_advice(const struct report_output *o)
{
	struct pod pod;

	pod_find(o->r->group_memcg, &pod);
	phrases_print(o,
		      "- memory.oom.group is set for %s: its processes are killed together, so "
		      "protecting one of them has no effect%s.",
		      o->r->group_memcg,
		      pod.is_kubernetes ? "; singleProcessOOMKill: true in the kubelet's "
					  "configuration changes that (since Kubernetes 1.32)"
					: "");
}

/* Protection helps where the kernel could have killed another process. */
static void print_protect_advice(const struct report_output *o, const struct report_kill *k)
{
	const struct report *r = o->r;

	if (r->is_group) {
		print_group_advice(o);
	} else if (r->is_allocating) {
		phrases_print(o, "- unset vm.oom_kill_allocating_task, so that the largest process "
				 "is killed instead:");
		fprintf(o->out, "      %s sysctl vm.oom_kill_allocating_task=0\n", PROGRAM_NAME);
	} else if (r->n_rows && !r->n_rows_dropped && o->a->n_candidates < 2) {
		phrases_print(o, "- no other process could be killed here, so protecting this one "
				 "has no effect.");
	} else {
		print_protect(o, k);
	}
	if (r->kind == REPORT_MEMCG && victim_share(r, k) >= 900)
		phrases_print(o,
			      "- find out why %s grows: it alone used %" PRId64 " %% of the "
			      "cgroup's memory.",
			      *k->name ? k->name : "the process", victim_share(r, k) / 10);
}

void advice_print(const struct report_output *o)
{
	const struct report *r = o->r;
	const struct report_kill *k = report_victim(r);

	if (r->by || (!k && !r->has_no_victim && !*r->panic && !r->is_group))
		return;
	phrases_heading(o, "Suggestions");
	if (r->is_sysrq) {
		phrases_print(o, "- memory was not necessarily short: find out who used sysrq-f. "
				 "kernel.sysrq restricts it.");
		return;
	}
	if (k)
		print_protect_advice(o, k);
	else if (r->is_group)
		print_group_advice(o);
	if (r->kind == REPORT_MEMCG)
		print_limit_advice(o);
	if (r->kind == REPORT_MEMCG && is_plain(r->memcg) && !strchr(r->memcg, ' ') &&
	    !is_cgroup_gone(o))
		print_command(o, PROGRAM_NAME " predict --cgroup %s", r->memcg,
			      "see which process would be next in this cgroup");
	else if (k && r->kind != REPORT_MEMCG)
		print_command(o, PROGRAM_NAME " rank%s", "", "see which process would be next now");
	if (r->kind == REPORT_MEMCG)
		phrases_print(o, "- adding memory to the machine has no effect: the cgroup's limit "
				 "was reached.");
	else if (r->swap_total_kib == 0)
		phrases_print(o,
			      "- add swap: the machine has none, so rarely used memory cannot be "
			      "moved out.");
	else if (r->kind == REPORT_GLOBAL)
		phrases_print(o,
			      "- set a limit (MemoryMax=) for the unit that grows, so that only "
			      "its processes are killed, before the machine runs out of memory.");
	if (r->has_no_victim)
		phrases_print(o,
			      "- make a process killable: if all have adj -1000, no memory can be "
			      "freed.");
	if (*r->panic && strstr(r->panic, "panic_on_oom"))
		phrases_print(o, "- vm.panic_on_oom makes the kernel panic instead of "
				 "killing: see " PROGRAM_NAME " sysctl.");
}
