/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of single processes. */
#include <errno.h>
#include <string.h>

#include "oom/audit/internal.h"
#include "oom/rules/adj.h"

/* UID_MIN of login.defs(5), and what systemd allots to dynamic users, with 65534. */
#define USER_MIN    1000
#define DYNAMIC_MIN 61184
#define DYNAMIC_MAX 65535

static bool is_ordinary_user(uint32_t uid)
{
	return uid >= USER_MIN && (uid < DYNAMIC_MIN || uid > DYNAMIC_MAX);
}

bool audit_is_of_user(const struct audit_facts *f, size_t process)
{
	const struct audit_process *p = &f->processes[process];

	return is_ordinary_user(p->task->uid) &&
	       (p->unit == AUDIT_NONE || f->units[p->unit].main != process);
}

static bool is_listed(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

bool audit_sets_own(const struct task *t)
{
	static const char *const names[] = { "sshd",       "auditd", "dmeventd",
					     "multipathd", "iscsid", NULL };

	return t->uid == 0 && is_listed(names, t->name);
}

/* Whether its parent is no process of the same name: the main process of a service. */
static bool is_topmost(const struct audit_facts *f, size_t nth)
{
	size_t parent = f->processes[nth].parent;

	return parent == AUDIT_NONE ||
	       strcmp(f->processes[parent].task->name, f->processes[nth].task->name) != 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && strcmp(text + len - n, end) == 0;
}

/* The helper of a user's manager has the adj of the manager, and starts nothing. */
static bool is_helper(const struct audit_facts *f, size_t nth, size_t main)
{
	const struct audit_process *p = &f->processes[nth];

	return p->parent == main && p->task->adj == f->processes[main].task->adj &&
	       strcmp(p->task->name, "(sd-pam)") == 0;
}

/*
 * Whether root can have wanted this adj for the user of the process: in a service that runs as this
 * user, or in one of which too little is known. A user can move a process to other units and change
 * the adj of its parents.
 */
static bool can_be_wanted(const struct audit_facts *f, size_t nth)
{
	const struct audit_process *p = &f->processes[nth];
	const struct audit_unit *u = p->unit == AUDIT_NONE ? NULL : &f->units[p->unit];
	const struct task *main;

	if (!u)
		return !f->n_units;
	if (!ends_with(u->name, ".service"))
		return false;
	if (u->is_manager)
		return u->main == AUDIT_NONE || u->main == nth || is_helper(f, nth, u->main);
	if (!u->is_known)
		return true;
	if (u->main == AUDIT_NONE)
		return !u->is_of_root;
	main = f->processes[u->main].task;
	return !task_has(main, TASK_ADJ | TASK_UID) ||
	       (main->uid == p->task->uid && main->adj <= p->task->adj);
}

/*
 * The manager of a user, if the process has its low adj from it: systemd adds up to 200 for the
 * user's units.
 */
static size_t find_manager(const struct audit_facts *f, size_t nth)
{
	const struct audit_process *p = &f->processes[nth];
	const struct audit_unit *u = p->unit == AUDIT_NONE ? NULL : &f->units[p->unit];
	const struct task *main;

	if (!u || !u->is_manager || u->main == AUDIT_NONE || u->main == nth)
		return AUDIT_NONE;
	main = f->processes[u->main].task;
	if (!task_has(main, TASK_ADJ) || main->adj > AUDIT_FAR_BELOW || main->adj > p->task->adj ||
	    is_helper(f, nth, u->main))
		return AUDIT_NONE;
	return u->main;
}

static int compare_sizes(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int compare_adj(const struct audit_facts *f, const struct audit_finding *a,
		       const struct audit_finding *b)
{
	return f->processes[a->member].task->adj - f->processes[b->member].task->adj;
}

/* By the process that it is from; without one, by the user and adj. */
static int compare_origins(const struct audit_facts *f, const struct audit_finding *a,
			   const struct audit_finding *b)
{
	if (a->is_own != b->is_own)
		return a->is_own ? 1 : -1;
	if (a->uid != b->uid)
		return compare_sizes(a->uid, b->uid);
	return a->is_own ? compare_adj(f, a, b) : compare_sizes(a->process, b->process);
}

/* The process from which another user's process has its low adj; nth: none; AUDIT_NONE: wanted. */
static size_t find_source(const struct audit_facts *f, size_t nth)
{
	size_t manager = find_manager(f, nth), origin;

	if (manager != AUDIT_NONE)
		return manager;
	origin = audit_find_origin(f, nth);
	if (origin != AUDIT_NONE && f->processes[origin].task->uid != f->processes[nth].task->uid)
		return origin;
	return can_be_wanted(f, nth) || (origin != AUDIT_NONE && can_be_wanted(f, origin))
		       ? AUDIT_NONE
		       : nth;
}

/*
 * Runtimes of containers set the adj of these, but one without root cannot lower it. A value that a
 * rule sets is wanted.
 */
int audit_check_inherited(const struct audit_facts *f, struct audit_findings *found)
{
	size_t first = found->n;

	for (size_t i = 0; i < f->n_processes; i++) {
		const struct audit_process *p = &f->processes[i];
		const struct task *t = p->task;
		struct audit_finding *new;
		size_t source;

		if (!audit_has_memory(t) || !task_has(t, TASK_ADJ | TASK_UID) ||
		    t->adj > AUDIT_FAR_BELOW || !is_ordinary_user(t->uid) ||
		    (p->is_contained && !p->is_rootless) || p->is_ruled)
			continue;
		source = find_source(f, i);
		if (source == AUDIT_NONE)
			continue;
		new = audit_add(found, AUDIT_INHERITED);
		if (!new)
			return -ENOMEM;
		new->process = source;
		new->member = i;
		new->uid = t->uid;
		new->is_own = source == i;
		new->n = 1;
	}
	return audit_merge(f, found, first, compare_origins);
}

/* Its unit declares what it should be. */
static bool is_declared_otherwise(const struct audit_facts *f, size_t nth)
{
	size_t unit = f->processes[nth].unit;

	return unit != AUDIT_NONE && f->units[unit].main == nth && audit_is_undeclared(f, unit);
}

/* By adj, and by the unit from which it is. A user's own processes may not be protected. */
static int compare_old_scale(const struct audit_facts *f, const struct audit_finding *a,
			     const struct audit_finding *b)
{
	int order = compare_adj(f, a, b);

	if (!order)
		order = compare_sizes(a->unit, b->unit);
	return order ? order : a->is_of_user - b->is_of_user;
}

/*
 * Runtimes of containers use all values from 2 up: for the share of memory that a pod requests. A
 * process that inherited the value belongs to the finding, so that the command changes it too.
 */
int audit_check_old_scale(const struct audit_facts *f, struct audit_findings *found)
{
	size_t first = found->n;

	for (size_t i = 0; f->has_score_adj && i < f->n_processes; i++) {
		const struct audit_process *p = &f->processes[i];
		const struct task *t = p->task;
		struct audit_finding *new;
		size_t origin;

		if (!audit_has_memory(t) || !task_has(t, TASK_ADJ) || t->adj == 0 ||
		    t->adj < OLD_ADJ_NEVER || t->adj > OLD_ADJ_MAX || p->is_contained)
			continue;
		origin = audit_find_origin(f, i);
		if (origin == AUDIT_NONE)
			origin = i;
		if (f->processes[origin].is_contained || is_declared_otherwise(f, origin))
			continue;
		new = audit_add(found, AUDIT_OLD_SCALE);
		if (!new)
			return -ENOMEM;
		new->process = new->member = i;
		new->unit = f->processes[origin].unit;
		new->is_of_user = audit_is_of_user(f, i);
		new->adj = adj_from_old(t->adj);
		new->n = 1;
	}
	return audit_merge(f, found, first, compare_old_scale);
}

/* Without the pages of files, which reclaim can free; shared memory is counted by the caller. */
static uint64_t own_pages(const struct task *t)
{
	return (task_has(t, TASK_RSS_SPLIT) ? t->rss_anon : t->rss) + t->swap;
}

/*
 * Shared memory is in several processes: only the largest counts. Memory of forked processes counts
 * in each; most of it is written soon, and is then their own.
 */
int audit_check_unkillable_memory(const struct audit_facts *f, struct audit_findings *found)
{
	uint64_t own[2] = { 0, 0 }, shared[2] = { 0, 0 }, ram = 0, most[2] = { 0, 0 };
	struct audit_finding *new;
	size_t largest = AUDIT_NONE, n = 0;
	bool is_half;

	for (size_t i = 0; i < f->n_processes; i++) {
		const struct task *t = f->processes[i].task;
		bool is_killable = t->unkillable == KILLABLE || t->unkillable == UNKILLABLE_KERNEL;
		uint64_t pages = own_pages(t);

		if (!audit_has_memory(t))
			continue;
		own[is_killable] += pages;
		if (t->rss_shmem > shared[is_killable])
			shared[is_killable] = t->rss_shmem;
		if (!is_killable)
			ram += pages - t->swap;
		pages += t->rss_shmem;
		if (t->unkillable == UNKILLABLE_ADJ) {
			n++;
			if (largest == AUDIT_NONE || pages > most[0])
				largest = i;
		}
		if (pages > most[is_killable])
			most[is_killable] = pages;
	}
	if (largest == AUDIT_NONE || !f->ram_pages)
		return 0;
	is_half = ram + shared[0] > f->ram_pages / 2;
	/* Hidden processes may be large, and killable. */
	if (!is_half && (f->n_unseen || most[0] < f->ram_pages * AUDIT_LARGE_PERCENT / 100 ||
			 most[1] >= f->ram_pages * AUDIT_LARGE_PERCENT / 100 ||
			 own[1] + shared[1] >= own[0] + shared[0]))
		return 0;
	new = audit_add(found, AUDIT_UNKILLABLE_MEMORY);
	if (!new)
		return -ENOMEM;
	new->process = largest;
	new->adj = ADJ_LAST;
	new->n = n;
	new->pages = is_half ? ram + shared[0] : 0;
	return 0;
}

/*
 * Instances of ssh@.service serve one connection each, as do processes in the scope of a session,
 * and in a service those that a server left behind.
 */
static bool is_connection(const struct audit_facts *f, size_t nth)
{
	size_t unit = f->processes[nth].unit;
	const struct audit_unit *u = unit == AUDIT_NONE ? NULL : &f->units[unit];

	return u && (strchr(u->name, '@') || strstr(u->name, ".scope") ||
		     (u->main != AUDIT_NONE && u->main != nth));
}

/* With socket activation there is no listener, and systemd is never killed. */
int audit_check_remote_access(const struct audit_facts *f, struct audit_findings *found)
{
	static const char *const names[] = { "sshd", "dropbear", NULL };
	size_t listener = AUDIT_NONE;
	struct audit_finding *new;

	for (size_t i = 0; f->is_host && i < f->n_processes; i++) {
		const struct audit_process *p = &f->processes[i];
		const struct task *t = p->task;

		if (!audit_has_memory(t) || !task_has(t, TASK_ADJ | TASK_UID) || t->uid != 0 ||
		    p->is_contained || !is_listed(names, t->name) || !is_topmost(f, i) ||
		    is_connection(f, i))
			continue;
		if (t->adj < 0)
			return 0;
		if (listener == AUDIT_NONE)
			listener = i;
	}
	/* Of those that are hidden, one may be protected. */
	if (listener == AUDIT_NONE || f->n_unseen)
		return 0;
	new = audit_add(found, AUDIT_REMOTE_ACCESS);
	if (!new)
		return -ENOMEM;
	new->process = listener;
	/* What it sets itself if it can; it restores the earlier value for its sessions. */
	new->adj = ADJ_NEVER;
	new->restores = audit_sets_own(f->processes[listener].task);
	for (size_t i = 0; i < f->n_processes; i++)
		new->n += f->processes[i].task->place > f->processes[listener].task->place;
	return 0;
}

/* Names have at most 15 bytes. One that has an adj of its own above 0 is first by intention. */
int audit_check_first_victim(const struct audit_facts *f, struct audit_findings *found)
{
	static const char *const names[] = {
		/* databases */
		"postgres", "mysqld", "mariadbd", "mongod", "redis-server", "valkey-server",
		"clickhouse-serv", "influxd", "etcd", "oracle", "db2sysc", "sqlservr", "memcached",
		"slapd", "neo4j", "cockroach", "scylla", "arangod", "firebird",
		/* hypervisors */
		"qemu-system-x86", "qemu-system-aar", "qemu-system-ppc", "qemu-system-s39",
		"qemu-kvm", "kvm", "VBoxHeadless", "VirtualBoxVM", "vmware-vmx", "firecracker",
		"cloud-hyperviso", "crosvm", "bhyve", NULL
	};
	struct audit_finding *new;

	for (size_t i = 0; !f->n_unseen && i < f->n_processes; i++) {
		const struct audit_process *p = &f->processes[i];

		if (p->task->place != 1)
			continue;
		if (!is_listed(names, p->task->name) || !is_topmost(f, i) || p->is_ruled ||
		    audit_is_of_user(f, i) ||
		    (p->task->adj > 0 && audit_find_origin(f, i) == AUDIT_NONE))
			break;
		new = audit_add(found, AUDIT_FIRST_VICTIM);
		if (!new)
			return -ENOMEM;
		new->process = i;
		break;
	}
	return 0;
}

/*
 * By the unit, because nohang is a script; else by the name: a process of root, or without systemd
 * a child of init.
 */
int audit_check_daemon(const struct audit_facts *f, struct audit_findings *found)
{
	static const char *const daemons[] = { "earlyoom", "nohang", "nohang-desktop",
					       "systemd-oomd", "uresourced" };
	struct audit_finding *new;
	size_t last = AUDIT_NONE;

	for (size_t k = 0; k < sizeof(daemons) / sizeof(daemons[0]); k++) {
		size_t len = strlen(daemons[k]), i;

		for (i = 0; i < f->n_processes; i++) {
			const struct audit_process *p = &f->processes[i];
			const char *unit = p->unit == AUDIT_NONE ? NULL : f->units[p->unit].name;

			if (!audit_has_memory(p->task) || p->is_contained)
				continue;
			if (unit && strncmp(unit, daemons[k], len) == 0 &&
			    strcmp(unit + len, ".service") == 0)
				break;
			if (strcmp(p->task->name, daemons[k]) == 0 &&
			    ((task_has(p->task, TASK_UID) && p->task->uid == 0) ||
			     (!unit && p->task->ppid == 1 && !is_ordinary_user(p->task->uid))))
				break;
		}
		/* Of nohang-desktop.service, whose program is nohang, too. */
		if (i == f->n_processes || i == last)
			continue;
		last = i;
		new = audit_add(found, AUDIT_DAEMON);
		if (!new)
			return -ENOMEM;
		new->process = i;
		new->word = daemons[k];
	}
	return 0;
}
