/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of cgroups and of units. */
#include <errno.h>

#include "oom/audit/internal.h"
#include "oom/rules/adj.h"

/* A limit above RAM is not reached: the machine runs out of memory first. */
static bool is_unkillable(const struct audit_facts *f, const struct audit_group *g)
{
	bool is_reached = g->limit != UINT64_MAX &&
			  (!f->ram_pages || g->limit / f->page_size < f->ram_pages);

	return is_reached && g->n && !g->n_killable && !g->is_incomplete &&
	       g->largest != AUDIT_NONE;
}

/* The topmost of such cgroups: those below have the same processes. */
int audit_check_unkillable_cgroup(const struct audit_facts *f, struct audit_findings *found)
{
	struct audit_finding *new;
	size_t above;

	for (size_t i = 0; i < f->n_groups; i++) {
		if (!is_unkillable(f, &f->groups[i]))
			continue;
		for (above = f->groups[i].parent; above != AUDIT_NONE;
		     above = f->groups[above].parent)
			if (is_unkillable(f, &f->groups[above]))
				break;
		if (above != AUDIT_NONE)
			continue;
		new = audit_add(found, AUDIT_UNKILLABLE_CGROUP);
		if (!new)
			return -ENOMEM;
		new->group = i;
		new->process = f->groups[i].largest;
		new->n = f->groups[i].n;
		new->adj = ADJ_LAST;
	}
	return 0;
}

/*
 * In a container, systemd often cannot lower adj, and then ignores it. Other checks propose -999
 * for -1000, which a transient unit cannot declare later.
 */
bool audit_is_undeclared(const struct audit_facts *f, size_t unit)
{
	const struct audit_unit *u = &f->units[unit];
	const struct audit_process *main;

	if (!f->has_score_adj || !u->file || u->main == AUDIT_NONE)
		return false;
	main = &f->processes[u->main];
	return audit_has_memory(main->task) && task_has(main->task, TASK_ADJ) &&
	       main->task->adj != u->declared && !main->is_ruled &&
	       (f->is_host || u->declared >= main->task->adj) &&
	       !(u->declared == ADJ_NEVER && main->task->adj == ADJ_LAST) &&
	       !(main->task->adj == ADJ_NEVER && task_has(main->task, TASK_UID) &&
		 audit_sets_own(main->task));
}

/* Other processes of a unit may set their own adj, as the server processes of PostgreSQL do. */
int audit_check_declared(const struct audit_facts *f, struct audit_findings *found)
{
	struct audit_finding *new;

	for (size_t i = 0; i < f->n_units; i++) {
		if (!audit_is_undeclared(f, i))
			continue;
		new = audit_add(found, AUDIT_DECLARED);
		if (!new)
			return -ENOMEM;
		new->unit = i;
		new->process = f->units[i].main;
		new->adj = f->units[i].declared;
	}
	return 0;
}

/* Whether a cgroup above is killed together too. */
static bool is_below_group(const struct audit_facts *f, size_t group)
{
	for (size_t i = f->groups[group].parent; i != AUDIT_NONE; i = f->groups[i].parent)
		if (f->groups[i].kills_together)
			return true;
	return false;
}

/* Whether the kill of one process ends many: systemd's stop also ends unkillable ones. */
static bool ends_many(const struct audit_unit *u)
{
	return u->policy != AUDIT_POLICY_OTHER && u->n >= AUDIT_MANY && u->n_killable &&
	       (u->policy == AUDIT_POLICY_KILL || !u->keeps_others);
}

/*
 * Runtimes of containers set memory.oom.group themselves: a container is one service. The kernel
 * leaves unkillable processes.
 */
int audit_check_group_kill(const struct audit_facts *f, struct audit_findings *found)
{
	struct audit_finding *new;

	for (size_t i = 0; i < f->n_units; i++) {
		const struct audit_unit *u = &f->units[i];

		if (!ends_many(u) || (u->owner != AUDIT_NONE && ends_many(&f->units[u->owner])))
			continue;
		new = audit_add(found, AUDIT_GROUP_KILL);
		if (!new)
			return -ENOMEM;
		new->unit = i;
		new->n = f->units[i].n;
	}
	for (size_t i = 0; i < f->n_groups; i++) {
		const struct audit_group *g = &f->groups[i];

		if (!g->kills_together || g->n_killable < AUDIT_MANY || g->is_contained ||
		    is_below_group(f, i) ||
		    (g->unit != AUDIT_NONE && f->units[g->unit].policy != AUDIT_POLICY_OTHER))
			continue;
		new = audit_add(found, AUDIT_GROUP_KILL);
		if (!new)
			return -ENOMEM;
		new->group = i;
		new->n = g->n_killable;
	}
	return 0;
}
