/* SPDX-License-Identifier: GPL-2.0-or-later */
/* persist_units: finds the units of --persist, and refuses those that it cannot change. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/text.h"
#include "cmd/adj/internal.h"
#include "oom/rules/adj.h"
#include "sys/adj/adj_file.h"
#include "sys/cgroup/path.h"
#include "sys/proc/procfs.h"
#include "ui/wrap.h"

/* An instance that no unit has: it shows the settings of its template. */
#define SAMPLE "oomctl-sample"

#define MAX_LISTED 10

#define COMMAND_MAX 32

static const char *owner_of(const struct persist *p)
{
	return p->manager.is_user ? "of your user manager" : "of the system";
}

static const char *user_option(const struct persist *p)
{
	return p->manager.is_user ? "--user " : "";
}

/* Describes a unit, or the units that match. Reports an error; false: there was one. */
static bool show(const struct persist *p, const char *name, struct systemctl_units *found)
{
	char why[SYSTEMCTL_WHY];
	int err = systemctl_show(&p->manager, name, found, why);

	if (err)
		msg_error("%s: cannot read its settings: %s", name, why);
	return !err;
}

bool persist_runs(const struct systemctl_unit *unit)
{
	return *unit->cgroup && strcmp(unit->cgroup, "/") != 0;
}

const char *persist_own_part(const struct systemctl_unit *unit)
{
	return strncmp(unit->id, "user@", 5) == 0 &&
			       strcmp(unit_name_type(unit->id), "service") == 0
		       ? "/init.scope"
		       : "";
}

void persist_say_running(const struct persist_unit *u, const char *lead, const char *command)
{
	const struct systemctl_units *all = u->is_template ? &u->running : &u->loaded;
	char path[CGROUP_PATH_MAX + sizeof("/init.scope")], word[sizeof(path)];

	for (size_t i = 0; i < all->n; i++) {
		const struct systemctl_unit *unit = &all->list[i];

		if (!persist_runs(unit))
			continue;
		snprintf(path, sizeof(path), "%s%s", unit->cgroup, persist_own_part(unit));
		if (text_quote(word, sizeof(word), path))
			msg_error("%s: '" PROGRAM_NAME " %s --cgroup %s'", lead, command, word);
	}
}

/* The command that does the same with running processes. Returns buf. */
static const char *format_command(const struct persist *p, char buf[COMMAND_MAX])
{
	if (p->ap->kind == APPLY_PROTECT && p->ap->is_default)
		snprintf(buf, COMMAND_MAX, "protect");
	else
		snprintf(buf, COMMAND_MAX, "%s %d",
			 p->ap->kind == APPLY_PROTECT ? "protect -n" : "set", p->adj);
	return buf;
}

static int compare_names(const void *va, const void *vb)
{
	char *const *a = va, *const *b = vb;

	return strcmp(*a, *b);
}

/* If all names are instances of one template: the template; else NULL. */
static const char *find_template(char *const *names, size_t n, char template[UNIT_NAME_SIZE])
{
	char other[UNIT_NAME_SIZE] = "";

	for (size_t i = 0; i < n; i++) {
		if (!strchr(names[i], '@'))
			return NULL;
		unit_name_template(names[i], other);
		if (i && strcmp(other, template) != 0)
			return NULL;
		snprintf(template, UNIT_NAME_SIZE, "%s", other);
	}
	return n ? template : NULL;
}

/* A pattern would miss units that are installed later. Lists what it matches now. */
static enum status refuse_pattern(const struct persist *p, const char *pattern)
{
	char why[SYSTEMCTL_WHY], template[UNIT_NAME_SIZE], *text, *rest, *line, **names = NULL;
	int err = mem_check(systemctl_list(&p->manager, pattern, &text, why));
	size_t n = 0, kept = 0;
	const char *common;

	msg_error("--persist needs the names of units, not the pattern '%s'", pattern);
	rest = text;
	while (!err && (line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		names = mem_grow(names, n, sizeof(*names));
		names[n++] = line;
	}
	if (n)
		qsort(names, n, sizeof(*names), compare_names);
	for (size_t i = 0; i < n; i++)
		if (!kept || strcmp(names[kept - 1], names[i]) != 0)
			names[kept++] = names[i];
	if (err)
		msg_error("cannot list what it matches: %s", why);
	else if (!kept)
		msg_error("it matches no unit %s", owner_of(p));
	for (size_t i = 0; i < kept && i < MAX_LISTED; i++)
		msg_error("it matches %s", names[i]);
	if (kept > MAX_LISTED)
		msg_error("it matches %zu more", kept - MAX_LISTED);
	common = find_template(names, kept, template);
	if (common)
		msg_error("for all instances, also later ones: --unit '%s'", common);
	free(names);
	free(text);
	return ST_USAGE;
}

/* Its processes do not have an adj from a unit file. */
static enum status refuse_type(const char *name)
{
	const char *type = unit_name_type(name);

	if (strcmp(type, "slice") == 0)
		msg_error("%s: a slice has no OOMScoreAdjust=: name the services in it", name);
	else if (strcmp(type, "scope") == 0)
		msg_error("%s: a scope has no OOMScoreAdjust=, because another program starts its "
			  "processes; without --persist they are changed now",
			  name);
	else
		msg_error("%s: a unit of type %s has no processes: name the service that it starts",
			  name, type);
	return ST_USAGE;
}

/* The text that is quoted in an error of D-Bus. */
static void say_load_error(const struct persist_unit *u, const struct systemctl_unit *found)
{
	const char *text = strchr(found->load_error, '"');

	text = text ? text + 1 : found->load_error;
	msg_error("%s: systemd cannot load it (%s): %.*s", u->shown, found->load_state,
		  (int)strcspn(text, "\""), text);
}

static enum status refuse_unloaded(const struct persist *p, const struct persist_unit *u,
				   const struct systemctl_unit *found)
{
	if (strcmp(found->load_state, "masked") == 0) {
		/* unmask removes a link of the administrator or of this user, in one place. */
		const char *runtime = p->manager.is_user ? "/run/user/" : "/run/";
		bool is_runtime = strncmp(found->fragment, runtime, strlen(runtime)) == 0;
		bool is_fixed = strstr(found->fragment, "/lib/systemd/") ||
				(p->manager.is_user && strncmp(found->fragment, "/etc/", 5) == 0);

		if (is_fixed)
			msg_error("%s is masked by %s, so systemd never starts it", u->shown,
				  found->fragment);
		else
			msg_error("%s is masked, so systemd never starts it: first run 'systemctl "
				  "%sunmask %s%s'",
				  u->shown, user_option(p), is_runtime ? "--runtime " : "",
				  u->shown);
		return ST_DENIED;
	}
	if (strcmp(found->load_state, "not-found") != 0) {
		say_load_error(u, found);
		return ST_DENIED;
	}
	msg_error("%s: no such unit %s", u->shown, owner_of(p));
	msg_error(p->manager.is_user ? "for a unit of the system, run this as root"
				     : "for a unit of a user's manager, run this as that user");
	return ST_MISSED;
}

/* protect never makes a unit easier to kill. true: it is refused, or nothing is stored. */
static bool is_protected_more(const struct persist *p, struct persist_unit *u, enum status *st)
{
	if (p->ap->kind != APPLY_PROTECT || p->adj <= u->before)
		return false;
	if (!p->ap->is_default) {
		msg_error("%s: OOMScoreAdjust=%d protects more than %d; use '" PROGRAM_NAME
			  " set' to raise it",
			  u->shown, u->before, p->adj);
		*st = ST_MISSED;
	} else if (msg_verbosity >= 0) {
		wrap_line_print(p->cx->out,
				"%s: OOMScoreAdjust=%d is unchanged (already protected more)",
				u->shown, u->before);
	}
	u->is_kept = true;
	return true;
}

void persist_say_floor(const struct persist *p, const struct persist_unit *u)
{
	char command[COMMAND_MAX];

	persist_say_running(u, "root can lower what runs now", format_command(p, command));
	msg_error("after that, repeat this command for %s", u->shown);
}

/* Without CAP_SYS_RESOURCE a manager starts processes with its own adj instead, silently. */
static enum status check_floor(const struct persist *p, const struct persist_unit *u)
{
	char manager[UNIT_NAME_SIZE];
	const struct systemctl system = { .is_user = false };
	struct systemctl_units found = { .n = 0 };
	char why[SYSTEMCTL_WHY];
	int proc, adj = 0, err = -ENOENT;
	pid_t pid = 1;

	if (!p->manager.is_user && privilege_has_sys_resource())
		return ST_OK;
	snprintf(manager, sizeof(manager), "user@%u.service", (unsigned int)p->manager.uid);
	if (p->manager.is_user) {
		mem_check(systemctl_show(&system, manager, &found, why));
		pid = found.n ? found.list[0].main_pid : 0;
		systemctl_free(&found);
	}
	proc = procfs_open();
	if (proc >= 0 && pid)
		err = adj_file_read_pid(proc, pid, &adj);
	if (proc >= 0)
		close(proc);
	if (!err && p->adj >= adj)
		return ST_OK;
	if (err) {
		msg_error("%s: the adj of its manager, the lowest of its units, is unknown",
			  u->shown);
		return ST_BROKEN;
	}
	if (!p->manager.is_user) {
		msg_error("%s: systemd has adj %d, and without CAP_SYS_RESOURCE (in a container?) "
			  "cannot start a unit with adj %d",
			  u->shown, adj, p->adj);
		return ST_DENIED;
	}
	msg_error("%s: your user manager has adj %d, and without CAP_SYS_RESOURCE cannot start a "
		  "unit with adj %d",
		  u->shown, adj, p->adj);
	msg_error("first root can lower the manager: '" PROGRAM_NAME
		  " set %d --unit %s --persist'; all units of the user without OOMScoreAdjust= "
		  "then start with %d",
		  p->adj, manager, p->adj + 100);
	persist_say_floor(p, u);
	return ST_DENIED;
}

/* Before something is stored. */
static enum status check_new(const struct persist *p, struct persist_unit *u,
			     const struct systemctl_unit *found)
{
	enum status st = ST_OK;
	const char *path;
	char command[COMMAND_MAX];

	if (strcmp(found->load_state, "loaded") != 0)
		return refuse_unloaded(p, u, found);
	if (found->is_transient) {
		msg_error("%s is transient: its settings end with it; to set adj at its start, use "
			  "'systemd-run %s-p OOMScoreAdjust=%d'",
			  u->shown, user_option(p), p->adj);
		if (check_floor(p, u) == ST_OK)
			persist_say_running(u, "to change what runs now",
					    format_command(p, command));
		return ST_DENIED;
	}
	if (!found->has_adj) {
		msg_error("%s: systemd does not show its OOMScoreAdjust=", u->shown);
		return ST_BROKEN;
	}
	if (is_protected_more(p, u, &st))
		return st;
	path = persist_find_override(p, u, found);
	if (path) {
		persist_say_override(p, u, path);
		return ST_DENIED;
	}
	st = check_floor(p, u);
	/* What is stored and loaded already is not written again. */
	u->is_kept = u->file.has_file && u->file.value == p->adj && u->before == p->adj;
	return st;
}

static enum status check_old(const struct persist *p, const struct persist_unit *u)
{
	if (u->file.has_file)
		return ST_OK;
	msg_error("%s: there is no %s to remove", u->shown, u->file.shown);
	/* Only root's protect saves values. */
	if (!p->manager.is_user)
		persist_say_running(u, "to restore only what runs now", "unprotect");
	return ST_MISSED;
}

static bool is_known(const struct persist *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->units[i].name, name) == 0)
			return true;
	return false;
}

/* name: complete. Reads its settings; an alias becomes its unit. */
static enum status read_unit(struct persist *p, struct persist_unit *u, const char *name)
{
	const char *id;

	u->is_template = unit_name_is_template(name);
	snprintf(u->name, sizeof(u->name), "%s", name);
	text_quote(u->shown, sizeof(u->shown), u->name);
	snprintf(u->sample, sizeof(u->sample), "%s", name);
	if (u->is_template && unit_name_instance(name, SAMPLE, u->sample)) {
		msg_error("%s: the name is too long for an instance", name);
		return ST_USAGE;
	}
	if (!persist_read_loaded(p, u))
		return ST_BROKEN;
	id = u->loaded.list[0].id;
	if (strcmp(id, u->sample) == 0)
		return ST_OK;
	/* Where systemctl means another unit than this program, that is not changed. */
	if (strlen(id) >= sizeof(u->sample) || strchr(id, '/') || !unit_name_section(id) ||
	    (u->is_template && !strchr(id, '@'))) {
		msg_error("%s: unexpected name '%s' from systemctl", name, id);
		return ST_BROKEN;
	}
	snprintf(u->sample, sizeof(u->sample), "%s", id);
	snprintf(u->name, sizeof(u->name), "%s", id);
	if (u->is_template)
		unit_name_template(id, u->name);
	text_quote(u->shown, sizeof(u->shown), u->name);
	msg_detail("%s is an alias of %s", name, u->shown);
	return u->is_template && !persist_read_loaded(p, u) ? ST_BROKEN : ST_OK;
}

static enum status add_unit(struct persist *p, const char *name)
{
	struct persist_unit u = { .file.dir = -1 };
	char why[DROPIN_WHY];
	enum status st = read_unit(p, &u, name);
	int err;

	if (st != ST_OK || is_known(p, u.name)) {
		systemctl_free(&u.loaded);
		systemctl_free(&u.running);
		return st;
	}
	persist_read_changed(p, &u);
	u.before = u.after = u.loaded.list[0].adj;
	err = dropin_open(&u.file, &p->base, &dropin_adj, u.name, unit_name_section(u.name), why);
	if (!err && u.file.was_interrupted)
		msg_warn("%s: an earlier run that changed %s was interrupted", u.shown,
			 u.file.shown);
	if (err) {
		msg_error("%s: %s", u.file.shown, why);
		st = err == -EEXIST ? ST_DENIED : status_of_error(err, ST_BROKEN);
	} else {
		st = p->ap->kind == APPLY_UNPROTECT ? check_old(p, &u)
						    : check_new(p, &u, &u.loaded.list[0]);
	}
	p->units = mem_grow(p->units, p->n, sizeof(*p->units));
	p->units[p->n++] = u;
	return st;
}

enum status persist_check_names(const struct find_patterns *m, const struct args *a)
{
	char name[UNIT_NAME_SIZE];
	const char *why;

	for (size_t i = 0; i < m->n_units; i++) {
		if (unit_name_is_pattern(m->units[i]))
			continue;
		if (unit_name_complete(m->units[i], name, &why))
			return args_error(a, "--unit '%s': %s", m->units[i], why);
		if (!unit_name_section(name))
			return refuse_type(name);
	}
	return ST_OK;
}

enum status persist_find_units(struct persist *p, const struct find_patterns *m)
{
	char name[UNIT_NAME_SIZE];
	enum status st = ST_OK;
	const char *why;

	for (size_t i = 0; i < m->n_units; i++)
		if (unit_name_is_pattern(m->units[i]))
			return refuse_pattern(p, m->units[i]);
	for (size_t i = 0; i < m->n_units; i++) {
		unit_name_complete(m->units[i], name, &why);
		st = status_worse(st, add_unit(p, name));
	}
	return st;
}

bool persist_read_loaded(const struct persist *p, struct persist_unit *u)
{
	char pattern[UNIT_NAME_SIZE];

	systemctl_free(&u->loaded);
	systemctl_free(&u->running);
	if (!show(p, u->sample, &u->loaded))
		return false;
	if (u->loaded.n != 1) {
		msg_error("%s: systemctl printed no single unit", u->sample);
		return false;
	}
	return !u->is_template ||
	       (!unit_name_instance(u->name, "*", pattern) && show(p, pattern, &u->running));
}
