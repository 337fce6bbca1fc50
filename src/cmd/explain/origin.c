/* SPDX-License-Identifier: GPL-2.0-or-later */
/* origin: where the adj of a process comes from, as far as it is visible. */
#include "cmd/explain/origin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/text.h"
#include "oom/rules/adj.h"
#include "sys/adj/saved_adj.h"
#include "sys/cgroup/container.h"
#include "sys/cgroup/path.h"
#include "sys/proc/pidref.h"
#include "sys/unit/dropin.h"
#include "ui/wrap.h"

#define MAX_ANCESTORS 1024

/* systemd's user@.service has OOMScoreAdjust=100; a user manager adds 100 for its units. */
#define ADJ_OF_MANAGER 100
#define ADJ_ADDED      100

static int count_member(void *arg, pid_t pid)
{
	void *const *args = arg;
	const struct predict *p = args[0];
	struct origin *o = args[1];
	size_t at = predict_find(p, pid);

	o->n_unit += at != PREDICT_NONE;
	o->n_same += at != PREDICT_NONE && p->candidates[at].task.adj == o->t->adj;
	return 0;
}

/* The component "user@UID.service" of a path, if there are components after it. */
static void find_manager(const char *path, char *manager, size_t size)
{
	const char *begin = strstr(path, "/user@");
	size_t len = begin ? strcspn(begin + 1, "/") : 0;

	if (len > 8 && begin[1 + len] == '/' && strncmp(begin + 1 + len - 8, ".service", 8) == 0)
		text_copy(manager, size, begin + 1, len);
}

/* The adj of the user manager itself: above init, the oldest ancestor. */
static int read_manager_adj(const struct predict *p, size_t nth)
{
	const struct candidate *c = p->candidates;

	for (size_t i = 0; i < MAX_ANCESTORS && nth != PREDICT_NONE; i++) {
		if (c[nth].task.ppid == 1 && task_has(&c[nth].task, TASK_ADJ))
			return c[nth].task.adj;
		nth = predict_find(p, c[nth].task.ppid);
	}
	return ADJ_MAX;
}

/* The adj that a start without the declaration gives; ADJ_MAX + 1: unknown. */
static int read_start_adj(const struct predict *p, const struct origin *o)
{
	size_t init = predict_find(p, 1);

	if (*o->manager)
		return o->manager_adj + ADJ_ADDED;
	return init != PREDICT_NONE && task_has(&p->candidates[init].task, TASK_ADJ)
		       ? p->candidates[init].task.adj
		       : ADJ_MAX + 1;
}

/*
 * Why the declared value is not in effect; kind is known. A file that is newer than the process
 * proves nothing: adj can have been changed too. With --persist, it was changed with the file.
 */
static enum origin_declared find_reason(const struct candidates *a, size_t nth,
					const struct origin *o)
{
	const char *file = strrchr(o->declared.path, '/') + 1;
	int floor;

	if (o->declared.adj == o->t->adj)
		return DECLARED_EFFECTIVE;
	/* The floor of a manager is what systemd set, or what root set since. */
	floor = read_manager_adj(&a->p, nth);
	floor = floor < o->manager_adj ? floor : o->manager_adj;
	if (*o->manager && o->declared.adj < o->t->adj && o->declared.adj < floor)
		return DECLARED_REFUSED;
	if (o->kind == ORIGIN_SAVED || !task_has(o->t, TASK_START) ||
	    !unit_file_is_newer(&o->declared, machine_read_boot(a->s.proc), o->t->start_ticks))
		return DECLARED_CHANGED;
	return o->t->adj == read_start_adj(&a->p, o) && strcmp(file, DROPIN_FILE) != 0
		       ? DECLARED_NOT_RESTARTED
		       : DECLARED_UNCERTAIN;
}

static void find_declared(const struct candidates *a, size_t nth, struct origin *o)
{
	struct unit_file manager;

	o->manager_adj = ADJ_OF_MANAGER;
	if (*o->manager && unit_file_read_adj(o->manager, false, &manager) == 0)
		o->manager_adj = manager.adj;
	o->is_declared = unit_file_read_adj(o->unit, *o->manager, &o->declared) == 0;
	if (o->is_declared)
		o->declared_is = find_reason(a, nth, o);
}

/* The end of the last component that is this unit; systemd can write '_' before it. */
static char *find_unit_end(char *path, const char *unit)
{
	size_t len = strlen(unit);
	char *end = NULL;

	for (char *at = path; (at = strstr(at, unit)); at++) {
		const char *before = at > path + 1 && at[-1] == '_' ? at - 2 : at - 1;

		if (at > path && *before == '/' && (at[len] == '/' || !at[len]))
			end = at + len;
	}
	return end;
}

static void find_unit(const struct candidates *a, size_t nth, struct origin *o)
{
	char path[CGROUP_PATH_MAX], unit_path[CGROUP_PATH_MAX], *end;
	void *args[] = { (void *)&a->p, o };

	/* With version 1, the paths differ, and one of them can show the container. */
	if (cgroup_path_read_both(a->s.proc, o->t->pid, path, unit_path))
		return;
	if (container_find(unit_path, o->container) && container_find(path, o->container))
		*o->container = '\0';
	if (cgroup_path_find_unit(unit_path, o->unit, sizeof(o->unit)))
		o->unit[0] = '\0';
	if (!*o->unit)
		return;
	find_manager(unit_path, o->manager, sizeof(o->manager));
	end = find_unit_end(path, o->unit);
	if (end) {
		*end = '\0';
		if (a->tree.root >= 0 && memcg_each_process(&a->tree, path, count_member, args))
			o->n_unit = 0;
	}
	/* Below a container, units are those of a systemd inside. */
	if (!*o->container)
		find_declared(a, nth, o);
}

void origin_find(const struct candidates *a, size_t nth, struct origin *o)
{
	const struct candidate *c = a->p.candidates;
	const struct task *t = &c[nth].task;
	struct pidref ref;
	bool is_saved = false;
	int err;

	memset(o, 0, sizeof(*o));
	o->t = t;
	if (!task_has(t, TASK_ADJ))
		return;
	/* The oldest of consecutive ancestors with the same adj. */
	for (size_t i = 0, at = nth; i < MAX_ANCESTORS; i++) {
		at = c[at].task.ppid > 0 ? predict_find(&a->p, c[at].task.ppid) : PREDICT_NONE;
		if (at == PREDICT_NONE || !task_has(&c[at].task, TASK_ADJ) ||
		    c[at].task.adj != t->adj)
			break;
		o->ancestor = &c[at].task;
	}
	err = pidref_open(a->s.proc, t->pid, &ref);
	if (!err)
		err = saved_adj_read(a->s.proc, &ref, t->adj, &o->before, &is_saved);
	if (err == -EBADF)
		msg_warn("pid %d (%s): cannot read its saved value: damaged, or users other than "
			 "root can write to it",
			 (int)t->pid, t->name);
	pidref_close(&ref);
	o->kind = is_saved && o->before != t->adj ? ORIGIN_SAVED
		  : t->adj == 0                   ? ORIGIN_DEFAULT
		  : o->ancestor                   ? ORIGIN_INHERITED
						  : ORIGIN_EXPLICIT;
	find_unit(a, nth, o);
}

void origin_note_rule(struct origin *o, const struct pass_result *rule)
{
	if (o->kind == ORIGIN_EXPLICIT && rule->outcome == PASS_KEPT && rule->is_recorded)
		o->kind = ORIGIN_RULE;
	if (!o->is_declared || o->declared_is == DECLARED_EFFECTIVE)
		return;
	if (rule->outcome == PASS_KEPT)
		o->declared_is = DECLARED_RULE;
	else if (rule->outcome == PASS_CHANGED && o->declared_is != DECLARED_REFUSED)
		o->declared_is = DECLARED_CHANGED;
}

static void print_unit(FILE *out, const struct origin *o)
{
	static const char *const reasons[] = {
		[DECLARED_EFFECTIVE] = "",
		[DECLARED_REFUSED] = "the user manager cannot lower adj",
		[DECLARED_RULE] = "a standing rule decides",
		[DECLARED_NOT_RESTARTED] = "the file was changed after the process started; "
					   "restart the unit",
		[DECLARED_CHANGED] = "the process, or something else, changed its adj later",
		[DECLARED_UNCERTAIN] = "the file was changed after the process started, or the "
				       "process, or something else, changed its adj later",
	};
	char shown[2 * PATH_MAX] = "";
	int adj = o->t->adj;

	if (o->is_declared && !text_quote(shown, sizeof(shown), o->declared.path))
		text_copy(shown, sizeof(shown), o->declared.path, strlen(o->declared.path));
	if (*o->container)
		wrap_prose_print(out, "  ", "container %s: its runtime sets adj at the start",
				 o->container);
	else if (*o->manager && (adj == o->manager_adj || adj == o->manager_adj + ADJ_ADDED))
		wrap_prose_print(out, "  ", "unit %s of %s: systemd sets %d for user managers%s",
				 o->unit, o->manager, o->manager_adj,
				 adj == o->manager_adj ? "" : ", and these add 100 for units");
	else if (*o->manager)
		wrap_prose_print(out, "  ", "unit %s of %s", o->unit, o->manager);
	if (o->n_unit > 1 && o->n_same == o->n_unit && adj != 0)
		wrap_prose_print(out, "  ", "all %zu processes of unit %s have this value",
				 o->n_unit, o->unit);
	else if (o->n_unit && adj != 0)
		wrap_prose_print(out, "  ", "%zu of %zu processes in unit %s %s this value",
				 o->n_same, o->n_unit, o->unit, o->n_same == 1 ? "has" : "have");
	if (o->is_declared)
		wrap_prose_print(out, "  ", "OOMScoreAdjust=%d in %s%s%s", o->declared.adj, shown,
				 *reasons[o->declared_is] ? " is not in effect: " : "",
				 reasons[o->declared_is]);
}

/* A run of --persist that was killed can leave the process with another value than its unit. */
static void print_left_over(FILE *out, const struct origin *o)
{
	char old[PATH_MAX + sizeof(DROPIN_OLD)];
	const char *file = o->is_declared ? strrchr(o->declared.path, '/') : NULL;

	if (!file || strcmp(file + 1, DROPIN_FILE) != 0)
		return;
	snprintf(old, sizeof(old), "%s" DROPIN_OLD, o->declared.path);
	if (faccessat(AT_FDCWD, old, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		wrap_prose_print(out, "  ",
				 "%s is left of '" PROGRAM_NAME
				 " --persist', which was killed or still runs",
				 old);
}

void origin_print(FILE *out, const struct origin *o)
{
	int adj;

	if (o->kind == ORIGIN_UNKNOWN)
		return;
	adj = o->t->adj;
	fprintf(out, "\nPossible origin of its adj, %d:\n", adj);
	if (o->kind == ORIGIN_SAVED)
		wrap_prose_print(out, "  ", "set by '" PROGRAM_NAME " protect'; it was %d before",
				 o->before);
	else if (o->kind == ORIGIN_DEFAULT)
		fputs("  0 is the default\n", out);
	else if (o->kind == ORIGIN_INHERITED)
		wrap_prose_print(out, "  ",
				 "inherited from its %s %d (%s), which has the same value",
				 o->ancestor->pid == o->t->ppid ? "parent" : "ancestor",
				 o->ancestor->pid, o->ancestor->name);
	else if (o->kind == ORIGIN_RULE)
		fputs("  set by the standing rule below\n", out);
	else
		wrap_prose_print(out, "  ",
				 "differs from its parent's: it was set explicitly, or inherited "
				 "from a process that has ended or has another value since");
	/* On the old scale, -17 means unkillable, and -16 almost. */
	if (adj < 0 && adj >= -17)
		wrap_prose_print(out, "  ",
				 "%d looks like a value of the old scale; it corresponds to %d",
				 adj, adj_from_old(adj));
	print_unit(out, o);
	print_left_over(out, o);
}

static void write_text(struct json_writer *j, const char *key, const char *text)
{
	if (*text)
		json_write_text(j, key, text);
	else
		json_write_null(j, key);
}

void origin_write(struct json_writer *j, const struct origin *o)
{
	static const char *const kinds[] = {
		[ORIGIN_UNKNOWN] = "unknown",   [ORIGIN_SAVED] = "protect",
		[ORIGIN_DEFAULT] = "default",   [ORIGIN_INHERITED] = "inherited",
		[ORIGIN_EXPLICIT] = "explicit", [ORIGIN_RULE] = "rule",
	};

	static const char *const states[] = {
		[DECLARED_EFFECTIVE] = "effective", [DECLARED_REFUSED] = "refused",
		[DECLARED_RULE] = "rule",           [DECLARED_NOT_RESTARTED] = "not_restarted",
		[DECLARED_CHANGED] = "changed",     [DECLARED_UNCERTAIN] = "uncertain",
	};

	json_write_open(j, "origin", '{');
	json_write_text(j, "kind", kinds[o->kind]);
	if (o->kind == ORIGIN_SAVED)
		json_write_number(j, "before", o->before);
	if (o->kind == ORIGIN_INHERITED)
		json_write_number(j, "ancestor", o->ancestor->pid);
	write_text(j, "unit", o->unit);
	write_text(j, "manager", o->manager);
	write_text(j, "container", o->container);
	if (o->is_declared) {
		json_write_number(j, "declared_adj", o->declared.adj);
		json_write_text(j, "declared_in", o->declared.path);
		json_write_text(j, "declared_is", states[o->declared_is]);
	}
	json_write_close(j, '}');
}
