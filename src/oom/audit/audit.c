/* SPDX-License-Identifier: GPL-2.0-or-later */
/* audit: the table of checks. */
#include "oom/audit/audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "oom/audit/internal.h"

#define MAX_ANCESTORS 1024

#define FROM(source) (1U << (source))

struct audit_row {
	const char *name;
	enum audit_severity severity;
	unsigned int sources;
	int (*find)(const struct audit_facts *f, struct audit_findings *found);
};

static const struct audit_row rows[AUDIT_N_CHECKS] = {
	[AUDIT_INHERITED] = { "inherited-protection", AUDIT_HIGH,
			      FROM(AUDIT_PROCESSES) | FROM(AUDIT_UNITS), audit_check_inherited },
	[AUDIT_UNKILLABLE_CGROUP] = { "unkillable-cgroup", AUDIT_HIGH,
				      FROM(AUDIT_PROCESSES) | FROM(AUDIT_CGROUPS),
				      audit_check_unkillable_cgroup },
	[AUDIT_UNKILLABLE_MEMORY] = { "unkillable-memory", AUDIT_HIGH,
				      FROM(AUDIT_PROCESSES) | FROM(AUDIT_ALL_PROCESSES),
				      audit_check_unkillable_memory },
	[AUDIT_REMOTE_ACCESS] = { "remote-access", AUDIT_HIGH,
				  FROM(AUDIT_PROCESSES) | FROM(AUDIT_ALL_PROCESSES),
				  audit_check_remote_access },
	[AUDIT_PANIC] = { "panic-stays-down", AUDIT_HIGH, FROM(AUDIT_SETTINGS), audit_check_panic },
	[AUDIT_RULE_ERROR] = { "rule-error", AUDIT_HIGH, FROM(AUDIT_RULES),
			       audit_check_rule_error },
	[AUDIT_FIRST_VICTIM] = { "first-victim", AUDIT_MEDIUM,
				 FROM(AUDIT_PROCESSES) | FROM(AUDIT_ALL_PROCESSES),
				 audit_check_first_victim },
	[AUDIT_OLD_SCALE] = { "old-scale", AUDIT_MEDIUM, FROM(AUDIT_PROCESSES),
			      audit_check_old_scale },
	[AUDIT_DECLARED] = { "declared-adj", AUDIT_MEDIUM,
			     FROM(AUDIT_PROCESSES) | FROM(AUDIT_UNITS), audit_check_declared },
	[AUDIT_GROUP_KILL] = { "group-kill", AUDIT_MEDIUM,
			       FROM(AUDIT_PROCESSES) | FROM(AUDIT_CGROUPS) | FROM(AUDIT_UNITS) |
				       FROM(AUDIT_POLICIES),
			       audit_check_group_kill },
	[AUDIT_COMMIT] = { "commit-limit", AUDIT_MEDIUM, FROM(AUDIT_SETTINGS), audit_check_commit },
	[AUDIT_ALLOCATING] = { "kill-allocating-task", AUDIT_MEDIUM, FROM(AUDIT_SETTINGS),
			       audit_check_allocating },
	[AUDIT_RULE_CONTRADICTION] = { "rule-contradiction", AUDIT_MEDIUM, FROM(AUDIT_RULES),
				       audit_check_rule_contradiction },
	[AUDIT_RULE_EFFECT] = { "rule-not-in-effect", AUDIT_MEDIUM,
				FROM(AUDIT_PROCESSES) | FROM(AUDIT_RULES),
				audit_check_rule_effect },
	[AUDIT_RULE_UNMATCHED] = { "rule-unmatched", AUDIT_LOW,
				   FROM(AUDIT_PROCESSES) | FROM(AUDIT_ALL_PROCESSES) |
					   FROM(AUDIT_RULES),
				   audit_check_rule_unmatched },
	[AUDIT_DAEMON] = { "oom-daemon", AUDIT_LOW, FROM(AUDIT_PROCESSES), audit_check_daemon },
	[AUDIT_NO_DUMP] = { "no-task-dump", AUDIT_LOW, FROM(AUDIT_SETTINGS), audit_check_no_dump },
};

const char *audit_name(enum audit_check check)
{
	return rows[check].name;
}

enum audit_severity audit_severity(enum audit_check check)
{
	return rows[check].severity;
}

const char *audit_severity_name(enum audit_severity severity)
{
	static const char *const names[] = {
		[AUDIT_LOW] = "low",
		[AUDIT_MEDIUM] = "medium",
		[AUDIT_HIGH] = "high",
	};

	return names[severity];
}

unsigned int audit_sources(enum audit_check check)
{
	return rows[check].sources;
}

int audit_run(const struct audit_facts *f, uint32_t ignored, struct audit_findings *found)
{
	int err = 0;

	*found = (struct audit_findings){ .n = 0 };
	for (size_t i = 0; !err && i < AUDIT_N_CHECKS; i++)
		if (!(ignored & 1U << i))
			err = rows[i].find(f, found);
	/* Until here they could be moved. */
	for (size_t i = 0, at = 0; !err && i < found->n; i++) {
		if (found->list[i].member == AUDIT_NONE)
			continue;
		found->list[i].members = found->members + at;
		at += found->list[i].n;
	}
	return err;
}

void audit_free(struct audit_findings *found)
{
	free(found->list);
	free(found->members);
}

struct audit_finding *audit_add(struct audit_findings *found, enum audit_check check)
{
	if (array_grow(&found->list, &found->room, found->n + 1))
		return NULL;
	found->list[found->n] = (struct audit_finding){
		.check = check,
		.process = AUDIT_NONE,
		.group = AUDIT_NONE,
		.unit = AUDIT_NONE,
		.rule = AUDIT_NONE,
		.problem = AUDIT_NONE,
		.other = AUDIT_NONE,
		.member = AUDIT_NONE,
	};
	return &found->list[found->n++];
}

struct merge {
	const struct audit_facts *f;
	const struct audit_finding *list;
	audit_order *order;
};

static pid_t pid_of_member(const struct merge *m, size_t nth)
{
	return m->f->processes[m->list[nth].member].task->pid;
}

static int compare_findings(const void *va, const void *vb, void *arg)
{
	const struct merge *m = arg;
	const size_t *a = va, *b = vb;
	int order = m->order(m->f, &m->list[*a], &m->list[*b]);

	return order ? order : pid_of_member(m, *a) - pid_of_member(m, *b);
}

int audit_merge(const struct audit_facts *f, struct audit_findings *found, size_t first,
		audit_order *order)
{
	size_t n = found->n - first, *sorted;
	struct audit_finding *merged;
	struct merge m = { f, found->list, order };

	if (!n)
		return 0;
	sorted = calloc(n, sizeof(*sorted));
	merged = calloc(n, sizeof(*merged));
	if (!sorted || !merged ||
	    array_grow(&found->members, &found->members_room, found->n_members + n)) {
		free(sorted);
		free(merged);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = first + i;
	qsort_r(sorted, n, sizeof(*sorted), compare_findings, &m);
	found->n = first;
	for (size_t i = 0; i < n; i++) {
		const struct audit_finding *a = &m.list[sorted[i]];
		size_t last = found->n - first - 1;

		found->members[found->n_members++] = a->member;
		if (i && order(f, &m.list[sorted[i - 1]], a) == 0)
			merged[last].n++;
		else
			merged[found->n++ - first] = *a;
	}
	memcpy(found->list + first, merged, (found->n - first) * sizeof(*merged));
	free(sorted);
	free(merged);
	return 0;
}

/* The path of a process in a container can contain the unit too. */
static bool is_like(const struct audit_process *p, const struct task *member, size_t unit,
		    bool has_uid)
{
	return p->task->adj == member->adj &&
	       (unit == AUDIT_NONE || p->unit == unit || p->is_contained) &&
	       (!has_uid || p->task->uid == member->uid);
}

bool audit_is_exactly(const struct audit_facts *f, const struct audit_finding *a, size_t unit,
		      bool has_uid)
{
	const struct task *member = f->processes[a->member].task;
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		if (!is_like(&f->processes[a->members[i]], member, unit, has_uid))
			return false;
	for (size_t i = 0; i < f->n_processes; i++)
		n += is_like(&f->processes[i], member, unit, has_uid);
	return n == a->n && !f->n_unseen;
}

bool audit_has_memory(const struct task *t)
{
	return t->unkillable != UNKILLABLE_KTHREAD && t->unkillable != UNKILLABLE_NO_MM;
}

/* A parent that was read later can have a recycled PID, so the walk is bounded. */
size_t audit_find_origin(const struct audit_facts *f, size_t process)
{
	const struct task *t = f->processes[process].task;
	size_t origin = AUDIT_NONE, at = process;

	for (size_t i = 0; i < MAX_ANCESTORS; i++) {
		at = f->processes[at].parent;
		if (at == AUDIT_NONE || at == process ||
		    !task_has(f->processes[at].task, TASK_ADJ) ||
		    f->processes[at].task->adj != t->adj)
			break;
		origin = at;
	}
	return origin;
}

size_t audit_group_path(const struct audit_facts *f, size_t group, char *path, size_t size)
{
	size_t len = 0, at;

	for (size_t i = group; f->groups[i].parent != AUDIT_NONE; i = f->groups[i].parent)
		len += 1 + strlen(f->groups[i].name);
	if (!len || len >= size) {
		*path = '\0';
		if (size > 1 && !len)
			strcpy(path, "/");
		return len ? len : 1;
	}
	path[at = len] = '\0';
	for (size_t i = group; f->groups[i].parent != AUDIT_NONE; i = f->groups[i].parent) {
		size_t n = strlen(f->groups[i].name);

		at -= n;
		memcpy(path + at, f->groups[i].name, n);
		path[--at] = '/';
	}
	return len;
}
