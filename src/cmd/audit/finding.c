/* SPDX-License-Identifier: GPL-2.0-or-later */
/* finding: what a finding of the audit says. */
#include "cmd/audit/finding.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"
#include "ui/format.h"

#define WORD_MAX (CGROUP_PATH_MAX + 64)

__attribute__((format(printf, 1, 2))) static char *print(const char *fmt, ...)
{
	char *text = NULL;
	va_list arguments;
	int n;

	va_start(arguments, fmt);
	n = vasprintf(&text, fmt, arguments);
	va_end(arguments);
	mem_check(n < 0 ? -ENOMEM : 0);
	return text;
}

static const char *plural(size_t n)
{
	return n == 1 ? "process" : "processes";
}

/*
 * A name as one word for a shell, in quotes if it needs them. false: it has other characters than
 * those of a unit's name or of a plain path, and is not printed as a part of a command, because any
 * user can have chosen it.
 */
static bool quote(const char *name, char word[WORD_MAX])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789:_./@-\\";
	size_t len = strlen(name);

	if (!len || len >= WORD_MAX - 2 || *name == '-' || strspn(name, letters) != len)
		return false;
	snprintf(word, WORD_MAX, strchr(name, '\\') ? "'%s'" : "%s", name);
	return true;
}

static const struct task *task_of(const struct audit_facts *f, size_t process)
{
	return f->processes[process].task;
}

static char *name_process(const struct audit_facts *f, size_t process)
{
	const struct task *t = task_of(f, process);

	return print("pid %d (%s)", (int)t->pid, t->name);
}

/* The service of the system manager whose main process this is, for --persist; else NULL. */
static const struct audit_unit *service_of(const struct audit_facts *f, size_t process)
{
	size_t unit = f->processes[process].unit;
	const struct audit_unit *u = unit == AUDIT_NONE ? NULL : &f->units[unit];

	return u && u->main == process && !u->is_transient ? u : NULL;
}

/* A declared value is changed where it is declared. */
static char *fix_adj(const struct audit_facts *f, size_t process, int adj)
{
	const struct audit_unit *u = service_of(f, process);
	const struct task *t = task_of(f, process);
	char word[WORD_MAX];

	if (u && u->file && u->declared == t->adj && quote(u->name, word))
		return print(PROGRAM_NAME " set %d --unit %s --persist", adj, word);
	return print(PROGRAM_NAME " set %d %d", adj, (int)t->pid);
}

static char *fix_protect(const struct audit_facts *f, size_t process)
{
	const struct audit_unit *u = service_of(f, process);
	char word[WORD_MAX];

	if (u && quote(u->name, word))
		return print(PROGRAM_NAME " protect --unit %s --persist", word);
	return print(PROGRAM_NAME " protect %d", (int)task_of(f, process)->pid);
}

static void inherited(const struct audit_facts *f, const struct audit_finding *a, struct finding *t)
{
	const struct task *origin = task_of(f, a->process), *heir = task_of(f, a->other);
	const char *danger = origin->adj == -1000 ? "the user can fill memory with unkillable "
						    "processes"
						  : "other work is killed before them";
	char user[USER_NAME_MAX];

	user_name(a->uid, user, sizeof(user));
	t->subject = name_process(f, a->process);
	if (origin->uid == a->uid)
		t->reason = print("%zu %s of user %s, this one first, have adj %d, and "
				  "their parents have ended: %s",
				  a->n, plural(a->n), user, origin->adj, danger);
	else
		t->reason = print("its adj %d is inherited by %zu %s of user %s, such as pid %d "
				  "(%s): %s",
				  origin->adj, a->n, plural(a->n), user, (int)heir->pid, heir->name,
				  danger);
	t->fix = print(PROGRAM_NAME " set 0 --user %u --with-adj %d..%d", (unsigned int)a->uid,
		       origin->adj, origin->adj);
}

static void unkillable_cgroup(const struct audit_facts *f, const struct audit_finding *a,
			      struct finding *t)
{
	char path[CGROUP_PATH_MAX], limit[FORMAT_TEXT_MAX];

	audit_group_path(f, a->group, path, sizeof(path));
	format_format((int64_t)f->groups[a->group].limit, limit);
	t->subject = print("cgroup %s", path);
	t->reason = print("its memory is limited to %s, and %s unkillable: at the limit the "
			  "kernel finds no victim, and allocations stall",
			  limit, a->n == 1 ? "its only process is" : "all of its processes are");
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
		t->reason = print("unkillable processes use %s of %s RAM, and this one uses most: "
				  "kills can free little",
				  used, ram);
	else
		t->reason = print("it is unkillable, and uses more than all killable processes "
				  "together: kills can free little");
	t->fix = fix_adj(f, a->process, a->adj);
}

static void remote_access(const struct audit_facts *f, const struct audit_finding *a,
			  struct finding *t)
{
	t->subject = name_process(f, a->process);
	t->reason = print("no server for remote logins is protected: this one has adj %d, and %zu "
			  "%s killed later",
			  task_of(f, a->process)->adj, a->n,
			  a->n == 1 ? "process is" : "processes are");
	t->fix = fix_protect(f, a->process);
}

static void panic(const struct audit_facts *f, const struct audit_finding *a, struct finding *t)
{
	(void)a;
	t->subject = print("panic_on_oom");
	t->reason = print("it is %ld, kernel.panic is 0, and no kdump kernel is loaded: after a "
			  "panic the machine stays down until it is reset",
			  f->panic_on_oom);
	t->fix = print(PROGRAM_NAME " sysctl panic=10 --persist");
}

static void rule_error(const struct audit_facts *f, const struct audit_finding *a,
		       struct finding *t)
{
	const struct audit_problem *p = &f->problems[a->problem];

	t->subject = p->line ? print("%s:%u", p->file, p->line) : print("%s", p->file);
	t->reason = print("its rules have no effect: %s", p->what);
	t->fix = print(PROGRAM_NAME " rules --check");
}

static void first_victim(const struct audit_facts *f, const struct audit_finding *a,
			 struct finding *t)
{
	t->subject = name_process(f, a->process);
	t->reason = print("the main process of a database or a hypervisor is killed first");
	t->fix = fix_protect(f, a->process);
}

/* The value of a user's own process is not lowered. */
static void old_scale(const struct audit_facts *f, const struct audit_finding *a, struct finding *t)
{
	int adj = task_of(f, a->process)->adj, size = adj < 0 ? -adj : adj;

	t->subject = name_process(f, a->process);
	t->reason = print("adj %d counts as only %d.%d%% of memory; on the old scale, %d is %d",
			  adj, size / 10, size % 10, adj, a->adj);
	if (a->n > 1) {
		char *one = t->reason;

		t->reason = print("%s (%zu %s of its cgroup have it)", one, a->n, plural(a->n));
		free(one);
	}
	if (adj > 0 || !audit_is_of_user(f, a->process))
		t->fix = fix_adj(f, a->process, a->adj);
}

static void declared(const struct audit_facts *f, const struct audit_finding *a, struct finding *t)
{
	const struct audit_unit *u = &f->units[a->unit];
	const struct task *main = task_of(f, a->process);

	t->subject = print("unit %s", u->name);
	t->reason = print("%s sets OOMScoreAdjust=%d, but the main process, pid %d (%s), has adj "
			  "%d: %s",
			  u->file, u->declared, (int)main->pid, main->name, main->adj,
			  u->is_changed ? "the file was changed after it started"
					: "it was changed later");
	t->fix = print(PROGRAM_NAME " set %d %d", u->declared, (int)main->pid);
}

static void group_kill(const struct audit_facts *f, const struct audit_finding *a,
		       struct finding *t)
{
	const struct audit_unit *u = a->unit == AUDIT_NONE ? NULL : &f->units[a->unit];
	char path[CGROUP_PATH_MAX], word[WORD_MAX];

	if (u) {
		t->subject = print("unit %s", u->name);
		t->reason = print(u->policy == AUDIT_POLICY_STOP
					  ? "OOMPolicy=stop: if one of its %zu processes is "
					    "killed, systemd stops all; OOMPolicy=continue keeps "
					    "the others"
					  : "OOMPolicy=kill: all of its %zu processes are killed "
					    "together; OOMPolicy=continue kills only one",
				  a->n);
		t->fix = quote(u->name, word) ? print("systemctl edit %s", word) : NULL;
		return;
	}
	audit_group_path(f, a->group, path, sizeof(path));
	t->subject = print("cgroup %s", path);
	t->reason =
		print("memory.oom.group is 1: all of its %zu processes are killed together", a->n);
	t->fix = quote(path, word) ? print(PROGRAM_NAME " group off --cgroup %s", word) : NULL;
}

static void commit(const struct audit_facts *f, const struct audit_finding *a, struct finding *t)
{
	char used[FORMAT_TEXT_MAX], limit[FORMAT_TEXT_MAX];

	(void)a;
	format_format((int64_t)(f->commit_kib * 1024), used);
	format_format((int64_t)(f->commit_limit_kib * 1024), limit);
	t->subject = print("overcommit_memory");
	t->reason = print("it is 2, and %s of at most %s are committed: allocations fail soon, "
			  "whatever memory is free",
			  used, limit);
	t->fix = print(PROGRAM_NAME " sysctl overcommit_memory=0 --persist");
}

static void allocating(const struct audit_facts *f, const struct audit_finding *a,
		       struct finding *t)
{
	(void)a;
	t->subject = print("oom_kill_allocating_task");
	t->reason = print("it is %ld: the process that requests memory is killed, whatever its "
			  "points; only adj -1000 counts",
			  f->kill_allocating);
	t->fix = print(PROGRAM_NAME " sysctl oom_kill_allocating_task=0 --persist");
}

static void no_dump(const struct audit_facts *f, const struct audit_finding *a, struct finding *t)
{
	(void)f, (void)a;
	t->subject = print("oom_dump_tasks");
	t->reason = print("it is 0: OOM reports do not list the processes, so that the reason for "
			  "a kill cannot be found later");
	t->fix = print(PROGRAM_NAME " sysctl oom_dump_tasks=1 --persist");
}

static char *name_rule(const struct audit_facts *f, size_t rule)
{
	return print("%s:%u", f->rules[rule].file, f->rules[rule].rule->line);
}

static void rule_contradiction(const struct audit_facts *f, const struct audit_finding *a,
			       struct finding *t)
{
	char *other = name_rule(f, a->other);

	t->subject = name_rule(f, a->rule);
	t->reason = print("%s has the same conditions and another value, and decides", other);
	t->fix = print(PROGRAM_NAME " rules");
	free(other);
}

static void rule_effect(const struct audit_facts *f, const struct audit_finding *a,
			struct finding *t)
{
	const struct audit_rule *r = &f->rules[a->rule];

	t->subject = name_rule(f, a->rule);
	if (r->n_differ)
		t->reason = print("%zu %s not have its value: the rules were not applied",
				  r->n_differ, r->n_differ == 1 ? "process does" : "processes do");
	else
		t->reason = print("something else changed the adj of %zu %s later", r->n_changed,
				  plural(r->n_changed));
	t->fix = print(PROGRAM_NAME " apply%s", r->n_differ ? "" : " --enforce");
}

static void rule_unmatched(const struct audit_facts *f, const struct audit_finding *a,
			   struct finding *t)
{
	t->subject = name_rule(f, a->rule);
	t->reason = print("no process matches it now");
	t->fix = print(PROGRAM_NAME " rules");
}

/* What a daemon means for adj. The command shows its configuration. */
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
	size_t unit = f->processes[a->process].unit, len = strlen(a->word);
	bool has_unit = unit != AUDIT_NONE && strncmp(f->units[unit].name, a->word, len) == 0;

	t->subject = name_process(f, a->process);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strncmp(a->word, known[i].name, strlen(known[i].name)) == 0)
			t->reason = print("%s", known[i].meaning);
	if (strcmp(a->word, "systemd-oomd") == 0)
		t->fix = print(PROGRAM_NAME " dump");
	else if (has_unit)
		t->fix = print("systemctl cat %s.service", a->word);
	else
		t->fix = print("ps -o args= -p %d", (int)task_of(f, a->process)->pid);
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
	};
	describe[from->check](f, from, t);
}

void finding_free(struct finding *t)
{
	free(t->subject);
	free(t->reason);
	free(t->fix);
}
