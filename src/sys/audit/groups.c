/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cgroups and units of the processes. */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "sys/audit/internal.h"
#include "sys/cgroup/container.h"
#include "sys/cgroup/memcg.h"
#include "sys/proc/procfs.h"

/* A cgroup, by its parent and name, or a unit, by its name alone. */
struct group_key {
	size_t parent, index;
	const char *name; /* of the group or unit, which owns it */
};

static int compare_keys(const void *va, const void *vb)
{
	const struct group_key *a = va, *b = vb;

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	return strcmp(a->name, b->name);
}

/*
 * The key with this parent and name. If it is new, it gets the index next, and a copy of the name,
 * which the caller owns. NULL: no memory.
 */
static const struct group_key *look_up(void **tree, size_t parent, const char *name, size_t next)
{
	struct group_key wanted = { parent, next, name };
	struct group_key *const *found = tfind(&wanted, tree, compare_keys);
	struct group_key *key;

	if (found)
		return *found;
	key = malloc(sizeof(*key));
	wanted.name = strdup(name);
	if (key && wanted.name) {
		*key = wanted;
		if (tsearch(key, tree, compare_keys))
			return key;
	}
	free((char *)wanted.name);
	free(key);
	return NULL;
}

struct audit_unit *evidence_find_unit(const struct evidence *e, const char *name)
{
	const struct group_key wanted = { AUDIT_NONE, 0, name };
	struct group_key *const *found = tfind(&wanted, &e->unit_index, compare_keys);

	return found ? &e->facts.units[(*found)->index] : NULL;
}

static int add_group(struct evidence *e, size_t parent, const char *name, size_t *index)
{
	struct audit_facts *f = &e->facts;
	const struct group_key *key;

	if (array_grow(&f->groups, &e->groups_room, f->n_groups + 1))
		return -ENOMEM;
	key = look_up(&e->group_index, parent, name, f->n_groups);
	if (!key)
		return -ENOMEM;
	*index = key->index;
	if (key->index == f->n_groups)
		f->groups[f->n_groups++] = (struct audit_group){
			.parent = parent,
			.name = (char *)key->name,
			.limit = UINT64_MAX,
			.unit = AUDIT_NONE,
			.largest = AUDIT_NONE,
		};
	return 0;
}

/* Adds a cgroup and all above it. */
static int add_path(struct evidence *e, const char *path, size_t *index)
{
	char name[CGROUP_PATH_MAX];
	int err = add_group(e, AUDIT_NONE, "", index);

	for (path += strspn(path, "/"); !err && *path; path += strspn(path, "/")) {
		size_t len = strcspn(path, "/");

		memcpy(name, path, len);
		name[len] = '\0';
		err = add_group(e, *index, name, index);
		path += len;
	}
	return err;
}

/* Adds a unit of the manager of owner, or of the system manager if it is AUDIT_NONE. */
static int add_unit(struct evidence *e, size_t owner, const char *name, size_t *index)
{
	struct audit_facts *f = &e->facts;
	const struct group_key *key;
	uid_t uid;

	if (array_grow(&f->units, &e->units_room, f->n_units + 1))
		return -ENOMEM;
	key = look_up(&e->unit_index, owner, name, f->n_units);
	if (!key)
		return -ENOMEM;
	*index = key->index;
	if (key->index == f->n_units)
		f->units[f->n_units++] = (struct audit_unit){
			.name = (char *)key->name,
			.owner = owner,
			.main = AUDIT_NONE,
			.is_manager = owner == AUDIT_NONE &&
				      cgroup_path_is_user_manager(name, &uid),
		};
	f->units[*index].n++;
	return 0;
}

/* Takes the next unit off *path. false: there is none. */
static bool next_unit(const char **path, char unit[CGROUP_PATH_NAME])
{
	char name[CGROUP_PATH_NAME];

	while (cgroup_path_next(path, name))
		if (cgroup_path_find_unit(name, unit, CGROUP_PATH_NAME) == 0)
			return true;
	return false;
}

/*
 * The unit of the system manager is the first one in the path, index; inner is that of a user's
 * manager in it, or the same.
 */
static int add_units(struct evidence *e, const char *path, size_t *index, size_t *inner)
{
	char unit[CGROUP_PATH_NAME];
	int err;

	*index = *inner = AUDIT_NONE;
	if (!next_unit(&path, unit))
		return 0;
	err = add_unit(e, AUDIT_NONE, unit, index);
	*inner = *index;
	if (!err && e->facts.units[*index].is_manager && next_unit(&path, unit))
		err = add_unit(e, *index, unit, inner);
	return err;
}

/* Whether it is below the manager of a user. */
static bool is_of_manager(const char *path)
{
	char unit[CGROUP_PATH_NAME];
	uid_t uid;

	return next_unit(&path, unit) && cgroup_path_is_user_manager(unit, &uid);
}

/* A container, or one inside of it; then its units are those of a systemd inside. */
static bool is_container(const char *path)
{
	char id[CGROUP_PATH_NAME];

	return container_next(&path, id);
}

static uint64_t memory_of(const struct task *t)
{
	return t->rss + t->swap;
}

/* Inside vfork() a process cannot be killed, but only for a moment. */
static bool is_killable(const struct task *t)
{
	return t->unkillable == KILLABLE || t->unkillable == UNKILLABLE_KERNEL;
}

/* unit: the innermost one. */
static void count_process(struct audit_facts *f, size_t nth, size_t unit)
{
	const struct audit_process *p = &f->processes[nth];

	for (size_t i = p->group; i != AUDIT_NONE; i = f->groups[i].parent) {
		struct audit_group *g = &f->groups[i];

		g->n++;
		g->n_killable += is_killable(p->task);
		g->is_contained |= i == p->group && p->is_contained;
		if (i == p->group && !p->is_contained)
			g->unit = unit;
		if (g->largest == AUDIT_NONE ||
		    memory_of(p->task) > memory_of(f->processes[g->largest].task))
			g->largest = nth;
	}
}

static int add_process(struct evidence *e, size_t nth)
{
	struct audit_process *p = &e->facts.processes[nth];
	char memory[CGROUP_PATH_MAX], unit[CGROUP_PATH_MAX];
	size_t inner = AUDIT_NONE;
	int err;

	if (p->task->unkillable == UNKILLABLE_KTHREAD || p->task->unkillable == UNKILLABLE_NO_MM)
		return 0;
	err = cgroup_path_read_both(e->s.proc, p->task->pid, memory, unit);
	/* Without a path it has exited, or there are no cgroups. */
	if (err && err != -ESRCH && err != -ENOENT && err != -ENODATA)
		evidence_fail(e, AUDIT_CGROUPS, err, NULL);
	if (err)
		return 0;
	p->is_contained = is_container(unit) || is_container(memory);
	p->is_rootless = p->is_contained && is_of_manager(unit);
	err = add_path(e, memory, &p->group);
	if (!err && !p->is_contained)
		err = add_units(e, unit, &p->unit, &inner);
	if (!err)
		count_process(&e->facts, nth, inner);
	if (!err && p->unit != AUDIT_NONE)
		e->facts.units[p->unit].n_killable += is_killable(p->task);
	if (!err && inner != p->unit)
		e->facts.units[inner].n_killable += is_killable(p->task);
	return err;
}

/* Stops at a process that the audit does not know; it may be killable. */
static int check_known(void *arg, pid_t pid)
{
	return evidence_find(arg, pid) == AUDIT_NONE;
}

/* Version 1 does not list the processes of other PID namespaces. */
static void check_complete(struct evidence *e, const struct memcg_tree *tree, const char *path,
			   struct audit_group *g)
{
	if (g->limit == UINT64_MAX || g->n_killable)
		return;
	g->is_incomplete = (tree->is_v1 && !e->facts.is_host) ||
			   memcg_each_process(tree, path, check_known, e) != 0;
}

static int read_group(struct evidence *e, const struct memcg_tree *tree, size_t nth)
{
	struct audit_group *g = &e->facts.groups[nth];
	char path[CGROUP_PATH_MAX];
	int64_t together = 0;
	int dir, err;

	if (audit_group_path(&e->facts, nth, path, sizeof(path)) >= sizeof(path))
		return 0;
	dir = memcg_open_group(tree, path);
	if (dir < 0)
		return memcg_is_gone(dir) || dir == -EXDEV ? 0 : dir;
	err = memcg_read_own_limit(tree, dir, &g->limit);
	if (err)
		g->limit = UINT64_MAX;
	if (!tree->is_v1 && procfs_read_number(dir, "memory.oom.group", &together) == 0)
		g->kills_together = together == 1;
	close(dir);
	check_complete(e, tree, path, g);
	return memcg_is_gone(err) ? 0 : err;
}

int evidence_read_groups(struct evidence *e, bool limits)
{
	struct memcg_tree tree;
	int err = 0;

	for (size_t i = 0; !err && i < e->facts.n_processes; i++)
		err = add_process(e, i);
	if (err || !limits)
		return err;
	err = memcg_open(e->s.proc, &tree);
	if (err && err != -ENODEV)
		evidence_fail(e, AUDIT_CGROUPS, err, NULL);
	if (err)
		return 0;
	for (size_t i = 0; i < e->facts.n_groups && err != -ENOMEM; i++) {
		err = read_group(e, &tree, i);
		if (err)
			evidence_fail(e, AUDIT_CGROUPS, err, NULL);
	}
	memcg_close(&tree);
	return err == -ENOMEM ? err : 0;
}

void evidence_free_groups(struct evidence *e)
{
	struct audit_facts *f = &e->facts;

	tdestroy(e->group_index, free);
	tdestroy(e->unit_index, free);
	for (size_t i = 0; i < f->n_groups; i++)
		free(f->groups[i].name);
	for (size_t i = 0; i < f->n_units; i++) {
		free(f->units[i].name);
		free(f->units[i].file);
	}
	free(f->groups);
	free(f->units);
}
