/* SPDX-License-Identifier: GPL-2.0-or-later */
/* finding: the text of a finding of the audit. */
#include "cmd/audit/finding.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/audit/fix.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"
#include "sys/unit/unit_name.h"
#include "ui/format.h"

static const char *plural(size_t n)
{
	return n == 1 ? "process" : "processes";
}

static char *name_process(const struct audit_facts *f, size_t process)
{
	const struct task *t = audit_task(f, process);

	return mem_print("pid %d (%s)", (int)t->pid, t->name);
}

/* The user's units are started again with what the manager's unit declares. */
static void inherited_from_manager(const struct audit_facts *f, const struct audit_finding *a,
				   const char *user, const char *danger, struct finding *t)
{
	const struct task *manager = audit_task(f, a->process), *heir = audit_task(f, a->member);

	t->reason =
		mem_print("it is the manager of user %s, and its adj %d is inherited by %zu %s, "
			  "such as pid %d (%s) with adj %d: %s",
			  user, manager->adj, a->n, plural(a->n), (int)heir->pid, heir->name,
			  heir->adj, danger);
	t->fix = fix_manager(f, a->process);
}

static void inherited(const struct audit_facts *f, const struct audit_finding *a, struct finding *t)
{
	const struct task *origin = audit_task(f, a->process), *heir = audit_task(f, a->member);
	size_t unit = f->processes[a->process].unit;
	const char *danger = heir->adj == -1000 ? "the user can fill memory with unkillable "
						  "processes"
						: "other work is killed before them";
	char user[USER_NAME_MAX];

	user_name(a->uid, user, sizeof(user));
	t->subject = name_process(f, a->process);
	if (unit != AUDIT_NONE && f->units[unit].is_manager && f->units[unit].main == a->process) {
		inherited_from_manager(f, a, user, danger, t);
		return;
	}
	if (a->is_own && a->n == 1)
		t->reason = mem_print("it is of user %s and has adj %d, which needs privilege to "
				      "set: %s",
				      user, heir->adj, danger);
	else if (a->is_own)
		t->reason = mem_print("it and %zu other %s of user %s have adj %d, which needs "
				      "privilege to set: %s",
				      a->n - 1, plural(a->n - 1), user, heir->adj, danger);
	else
		t->reason =
			mem_print("its adj %d is inherited by %zu %s of user %s, such as pid %d "
				  "(%s): %s",
				  origin->adj, a->n, plural(a->n), user, (int)heir->pid, heir->name,
				  danger);
	t->fix = fix_members(f, a, 0, true);
}

static void unkillable_cgroup(const struct audit_facts *f, const struct audit_finding *a,
			      struct finding *t)
{
	char path[CGROUP_PATH_MAX], limit[FORMAT_TEXT_MAX];

	audit_group_path(f, a->group, path, sizeof(path));
	format_format((int64_t)f->groups[a->group].limit, limit);
	t->subject = mem_print("cgroup %s", path);
	t->reason = mem_print("its memory is limited to %s, and %s unkillable: at the limit the "
			      "kernel finds no victim, and allocations stall",
			      limit,
			      a->n == 1 ? "its only process is" : "all of its processes are");
	t->fix = fix_adj(f, a->process, a->adj);
}

static void unkillable_memory(const struct audit_facts *f, const struct audit_finding *a,
			      struct finding *t)
{
	char used[FORMAT_TEXT_MAX], ram[FORMAT_TEXT_MAX];

	format_format((int64_t)(f->ram_pages * f->page_size), ram);
	format_format((int64_t)(a->pages * f->page_size), used);
	t->subject = name_process(f, a->process);
	if (a->pages)
		t->reason =
			mem_print("unkillable processes use %s of %s RAM, and this one uses most: "
				  "kills can free little",
				  used, ram);
	else
		t->reason = mem_print("it is unkillable, and uses more than all killable processes "
				      "together: kills can free little");
	t->fix = fix_adj(f, a->process, a->adj);
}

static void remote_access(const struct audit_facts *f, const struct audit_finding *a,
			  struct finding *t)
{
	const struct task *server = audit_task(f, a->process);

	t->subject = name_process(f, a->process);
	t->reason =
		mem_print("no server for remote logins is protected: this one has adj %d, and %zu "
			  "%s killed later%s",
			  server->adj, a->n, a->n == 1 ? "process is" : "processes are",
			  a->restores ? "" : "; its sessions inherit its adj, so a rule is needed");
	t->fix = a->restores ? mem_print(PROGRAM_NAME " set %d %d", a->adj, (int)server->pid)
			     : fix_server(f, a->process);
}

static void panic(const struct audit_facts *f, const struct audit_finding *a, struct finding *t)
{
	(void)a;
	t->subject = mem_print("panic_on_oom");
	t->reason = mem_print("it is %" PRId64
			      ", kernel.panic is 0, and no kdump kernel is loaded: after a "
			      "panic the machine stays down until it is reset",
			      f->panic_on_oom);
	t->fix = mem_print(PROGRAM_NAME " sysctl panic=10 --persist");
}

static void rule_error(const struct audit_facts *f, const struct audit_finding *a,
		       struct finding *t)
{
	const struct audit_problem *p = &f->problems[a->problem];

	t->subject = p->line ? mem_print("%s:%u", p->file, p->line) : mem_print("%s", p->file);
	t->reason = mem_print("its rules have no effect: %s", p->what);
	t->fix = p->is_unsafe ? fix_unsafe(p->file, p->is_dir) : fix_rules(p->file, p->line);
}

static void first_victim(const struct audit_facts *f, const struct audit_finding *a,
			 struct finding *t)
{
	t->subject = name_process(f, a->process);
	t->reason = mem_print("the main process of a database or a hypervisor is killed first");
	t->fix = fix_protect(f, a->process);
}

static void old_scale(const struct audit_facts *f, const struct audit_finding *a, struct finding *t)
{
	int adj = audit_task(f, a->process)->adj, size = adj < 0 ? -adj : adj;

	t->subject = name_process(f, a->process);
	t->reason = mem_print("adj %d counts as only %d.%d%% of memory; on the old scale, %d is %d",
			      adj, size / 10, size % 10, adj, a->adj);
	if (a->n > 1) {
		char *one = t->reason;

		t->reason = mem_print("%s (%zu %s have it)", one, a->n, plural(a->n));
		free(one);
	}
	/* A protection that a user's own process has got from somewhere is not made stronger. */
	if (adj < 0 && a->is_of_user) {
		t->fix = fix_members(f, a, 0, false);
		return;
	}
	t->fix = fix_declared(f, a->process, a->adj);
	if (!t->fix)
		t->fix = fix_members(f, a, a->adj, false);
}

/* A lower value may be what the program set itself: it is not weakened, but declared. */
static void declared(const struct audit_facts *f, const struct audit_finding *a, struct finding *t)
{
	const struct audit_unit *u = &f->units[a->unit];
	const struct task *main = audit_task(f, a->process);
	bool is_kept = !u->is_changed && main->adj < u->declared;

	t->subject = mem_print("unit %s", u->name);
	t->reason =
		mem_print("%s sets OOMScoreAdjust=%d, but the main process, pid %d (%s), has adj "
			  "%d: %s",
			  u->file, u->declared, (int)main->pid, main->name, main->adj,
			  u->is_changed ? "the file was changed after it started"
					: "it, or something else, changed it after its start");
	if (is_kept) {
		char *one = t->reason;

		t->reason = mem_print("%s; to keep it, write OOMScoreAdjust=%d in the section "
				      "[Service]",
				      one, main->adj);
		free(one);
		t->fix = fix_edit(f, u);
	} else {
		t->fix = mem_print(PROGRAM_NAME " set %d %d", u->declared, (int)main->pid);
	}
}

static void group_kill(const struct audit_facts *f, const struct audit_finding *a,
		       struct finding *t)
{
	const struct audit_unit *u = a->unit == AUDIT_NONE ? NULL : &f->units[a->unit];
	char path[CGROUP_PATH_MAX];

	if (u) {
		bool is_of_user = u->owner != AUDIT_NONE,
		     is_scope = strcmp(unit_name_type(u->name), "scope") == 0;

		t->subject = mem_print("unit %s%s%s", u->name, is_of_user ? " of " : "",
				       is_of_user ? f->units[u->owner].name : "");
		t->reason =
			mem_print(u->policy == AUDIT_POLICY_STOP
					  ? "OOMPolicy=stop: if one of its %zu processes is "
					    "killed, systemd stops all; to keep the others, write "
					    "OOMPolicy=continue in the section [%s]"
					  : "OOMPolicy=kill: all of its %zu processes are killed "
					    "together; to kill only one, write OOMPolicy=continue "
					    "in the section [%s]",
				  a->n, is_scope ? "Scope" : "Service");
		t->fix = fix_edit(f, u);
		return;
	}
	audit_group_path(f, a->group, path, sizeof(path));
	t->subject = mem_print("cgroup %s", path);
	t->reason = mem_print("memory.oom.group is 1: all of its %zu processes are killed together",
			      a->n);
	t->fix = fix_group(path);
}

static void commit(const struct audit_facts *f, const struct audit_finding *a, struct finding *t)
{
	char used[FORMAT_TEXT_MAX], limit[FORMAT_TEXT_MAX];

	(void)a;
	format_format((int64_t)(f->commit_kib * 1024), used);
	format_format((int64_t)(f->commit_limit_kib * 1024), limit);
	t->subject = mem_print("overcommit_memory");
	t->reason = mem_print("it is 2, and %s of at most %s are committed: allocations fail soon, "
			      "whatever memory is free",
			      used, limit);
	t->fix = mem_print(PROGRAM_NAME " sysctl overcommit_memory=0 --persist");
}

static void allocating(const struct audit_facts *f, const struct audit_finding *a,
		       struct finding *t)
{
	(void)a;
	t->subject = mem_print("oom_kill_allocating_task");
	t->reason = mem_print("it is %" PRId64
			      ": the process that requests memory is killed, whatever its "
			      "points; only adj -1000 counts",
			      f->kill_allocating);
	t->fix = mem_print(PROGRAM_NAME " sysctl oom_kill_allocating_task=0 --persist");
}

static void no_dump(const struct audit_facts *f, const struct audit_finding *a, struct finding *t)
{
	(void)f, (void)a;
	t->subject = mem_print("oom_dump_tasks");
	t->reason =
		mem_print("it is 0: OOM reports do not list the processes, so that the reason for "
			  "a kill cannot be found later");
	t->fix = mem_print(PROGRAM_NAME " sysctl oom_dump_tasks=1 --persist");
}

static char *name_rule(const struct audit_facts *f, size_t rule)
{
	return mem_print("%s:%u", f->rules[rule].file, f->rules[rule].rule->line);
}

static void rule_contradiction(const struct audit_facts *f, const struct audit_finding *a,
			       struct finding *t)
{
	char *other = name_rule(f, a->other);

	t->subject = name_rule(f, a->rule);
	t->reason = mem_print(a->is_wider
				      ? "%s comes later, matches all of its processes, and has "
					"another value: this rule never decides"
				      : "%s has the same conditions and another value, and decides",
			      other);
	t->fix = fix_rules(f->rules[a->rule].file, f->rules[a->rule].rule->line);
	free(other);
}

static void rule_effect(const struct audit_facts *f, const struct audit_finding *a,
			struct finding *t)
{
	const struct audit_rule *r = &f->rules[a->rule];

	t->subject = name_rule(f, a->rule);
	if (r->n_differ)
		t->reason = mem_print("%zu %s not have its value: the rules were not applied",
				      r->n_differ,
				      r->n_differ == 1 ? "process does" : "processes do");
	else
		t->reason = mem_print("something else changed the adj of %zu %s later",
				      r->n_changed, plural(r->n_changed));
	t->fix = mem_print(PROGRAM_NAME " apply%s", r->n_differ ? "" : " --enforce");
}

static void rule_unmatched(const struct audit_facts *f, const struct audit_finding *a,
			   struct finding *t)
{
	t->subject = name_rule(f, a->rule);
	t->reason = mem_print("no process matches it now");
	t->fix = fix_rules(f->rules[a->rule].file, f->rules[a->rule].rule->line);
}

/* What a daemon means for adj. */
static void daemon_active(const struct audit_facts *f, const struct audit_finding *a,
			  struct finding *t)
{
	static const struct {
		const char *name, *meaning;
	} known[] = {
		{ "earlyoom", "it kills before the kernel does, by oom_score, so adj counts, "
			      "unless its options exclude or prefer processes or sort by RSS" },
		{ "nohang", "it kills before the kernel does, by oom_score and the rules of its "
			    "configuration file" },
		{ "systemd-oomd", "it kills whole cgroups before the kernel does, by memory "
				  "pressure and use of swap: adj does not count, but "
				  "ManagedOOMPreference= does" },
		{ "uresourced", "it reserves memory for the active user (MemoryLow=): other "
				"memory is reclaimed first; adj counts as usual" },
	};
	t->subject = name_process(f, a->process);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strncmp(a->word, known[i].name, strlen(known[i].name)) == 0)
			t->reason =
				mem_print("%s; if it is wanted, skip this check", known[i].meaning);
	t->fix = fix_daemon(f, a->process, a->word);
}

void finding_describe(const struct audit_facts *f, const struct audit_finding *from,
		      struct finding *t)
{
	static void (*const describe[AUDIT_N_CHECKS])(const struct audit_facts *,
						      const struct audit_finding *,
						      struct finding *) = {
		[AUDIT_INHERITED] = inherited,
		[AUDIT_UNKILLABLE_CGROUP] = unkillable_cgroup,
		[AUDIT_UNKILLABLE_MEMORY] = unkillable_memory,
		[AUDIT_REMOTE_ACCESS] = remote_access,
		[AUDIT_PANIC] = panic,
		[AUDIT_RULE_ERROR] = rule_error,
		[AUDIT_FIRST_VICTIM] = first_victim,
		[AUDIT_OLD_SCALE] = old_scale,
		[AUDIT_DECLARED] = declared,
		[AUDIT_GROUP_KILL] = group_kill,
		[AUDIT_COMMIT] = commit,
		[AUDIT_ALLOCATING] = allocating,
		[AUDIT_RULE_CONTRADICTION] = rule_contradiction,
		[AUDIT_RULE_EFFECT] = rule_effect,
		[AUDIT_RULE_UNMATCHED] = rule_unmatched,
		[AUDIT_DAEMON] = daemon_active,
		[AUDIT_NO_DUMP] = no_dump,
	};

	*t = (struct finding){
		.severity = audit_severity_name(audit_severity(from->check)),
		.name = audit_name(from->check),
		.check = from->check,
	};
	describe[from->check](f, from, t);
}

void finding_free(struct finding *t)
{
	free(t->subject);
	free(t->reason);
	free(t->fix);
}
