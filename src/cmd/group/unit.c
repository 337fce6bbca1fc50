/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit: the systemd unit of group: its cgroup, and its OOMPolicy= in a drop-in. */
#include "cmd/group/unit.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "oom/rules/unit_effect.h"
#include "ui/wrap.h"

enum status group_unit_check(const char *word, bool is_persistent, const struct args *a)
{
	char name[UNIT_NAME_SIZE];
	const char *why, *type;

	if (unit_name_is_pattern(word))
		return args_error(a,
				  "--unit: group needs the name of one unit, not the pattern "
				  "'%s'",
				  word);
	if (unit_name_complete(word, name, &why))
		return args_error(a, "--unit '%s': %s", word, why);
	type = unit_name_type(name);
	if (is_persistent && strcmp(type, "service") != 0)
		return args_error(a,
				  "--persist: OOMPolicy= in a file is a setting of services, "
				  "not of %s",
				  name);
	if (!is_persistent && unit_name_is_template(name))
		return args_error(a,
				  "--unit: %s is a template, which has no processes: name an "
				  "instance, or use --persist",
				  name);
	if (is_persistent && unit_name_is_template(name))
		return args_error(a, "--persist: %s is a template: name an instance", name);
	return ST_OK;
}

/* is_first: nothing was changed yet. */
static enum status read_unit(struct group_unit *u, bool is_first)
{
	struct systemctl shown = u->manager;
	char why[SYSTEMCTL_WHY];
	int err;

	shown.is_only_shown = is_first;
	systemctl_free(&u->loaded);
	err = mem_check(systemctl_show(&shown, u->name, &u->loaded, why));
	if (err)
		msg_error("%s: cannot read its settings: %s", u->name, why);
	else if (u->loaded.n != 1)
		msg_error("%s: systemctl printed no single unit", u->name);
	return err || u->loaded.n != 1 ? ST_BROKEN : ST_OK;
}

enum status group_unit_find(struct group_unit *u, const struct ctx *cx, const char *word,
			    bool is_brief)
{
	enum status st = manager_find(cx, "--unit", is_brief, &u->manager, &u->about);
	const struct systemctl_unit *found;
	const char *why;

	if (st != ST_OK)
		return st;
	unit_name_complete(word, u->name, &why);
	st = read_unit(u, true);
	if (st != ST_OK)
		return st;
	found = &u->loaded.list[0];
	if (strcmp(found->load_state, "loaded") != 0) {
		msg_error("%s: no such unit %s (%s)", u->name,
			  u->manager.is_user ? "of your user manager" : "of the system",
			  found->load_state);
		return ST_MISSED;
	}
	/* An alias; what systemd prints must be a name too. */
	if (unit_name_complete(found->id, u->name, &why) || strcmp(found->id, u->name) != 0) {
		msg_error("unexpected name '%s' from systemctl", found->id);
		return ST_BROKEN;
	}
	snprintf(u->before, sizeof(u->before), "%s", found->oom_policy);
	return ST_OK;
}

const char *group_unit_cgroup(const struct group_unit *u)
{
	const char *path = u->loaded.n ? u->loaded.list[0].cgroup : "";

	return *path && strcmp(path, "/") != 0 ? path : NULL;
}

static enum status open_file(struct group_unit *u, bool is_dry_run)
{
	char why[DROPIN_WHY];
	int err = dropin_base_open(&u->base, u->about.directory, u->manager.uid, why);

	if (!err && !is_dry_run)
		err = dropin_base_lock(&u->base, why);
	if (err) {
		msg_error("cannot change unit files: %s", why);
		return status_of_error(err, ST_BROKEN);
	}
	err = dropin_open(&u->file, &u->base, &dropin_policy, u->name, "Service", why);
	if (err)
		msg_error("%s: %s", u->file.shown, why);
	return !err ? ST_OK : err == -EEXIST ? ST_DENIED : status_of_error(err, ST_BROKEN);
}

static enum status reload(struct group_unit *u)
{
	char why[SYSTEMCTL_WHY];
	int err;

	u->is_changed = true;
	err = systemctl_reload(&u->manager, why);
	if (err)
		msg_error("cannot reload systemd: %s", why);
	return err ? ST_BROKEN : read_unit(u, false);
}

/* value OOM_POLICY_NONE: removes the file. Sets *is_kill to what systemd uses afterwards. */
static enum status change(struct group_unit *u, enum unit_effect_policy value, bool *is_kill)
{
	bool is_removal = value == OOM_POLICY_NONE;
	int err = is_removal ? dropin_remove(&u->file) : dropin_write(&u->file, (int)value);
	enum status st;

	if (err) {
		msg_error("cannot %s %s: %s", is_removal ? "remove" : "write", u->file.shown,
			  strerror(-err));
		return status_of_error(err, ST_BROKEN);
	}
	st = reload(u);
	if (st != ST_OK)
		return st;
	/* As in a container that reaches the systemd of its host. */
	if (manager_reads_dropin(&u->loaded.list[0], &u->file) == is_removal) {
		msg_error("%s: after the reload systemd %s %s", u->name,
			  is_removal ? "still uses" : "does not read", u->file.shown);
		return ST_BROKEN;
	}
	*is_kill = strcmp(u->loaded.list[0].oom_policy, "kill") == 0;
	return ST_OK;
}

/* Which change makes the policy what it should be; false: none is needed. */
static bool find_change(const struct group_unit *u, bool is_on, enum unit_effect_policy *value)
{
	bool is_kill = strcmp(u->before, "kill") == 0;

	*value = is_on ? OOM_POLICY_KILL : OOM_POLICY_STOP;
	if (!is_on && u->file.has_file && u->file.value == OOM_POLICY_KILL)
		*value = OOM_POLICY_NONE; /* the former value */
	else if (is_on == is_kill)
		return false;
	return true;
}

static enum status check_unit(const struct group_unit *u, bool is_on)
{
	const struct systemctl_unit *found = &u->loaded.list[0];

	if (!*found->oom_policy) {
		msg_error("%s: this systemd has no OOMPolicy= (since version 243)", u->name);
		return ST_BROKEN;
	}
	if (found->is_transient) {
		msg_error("%s is transient: its settings end with it; to set it at its start, use "
			  "'systemd-run %s-p OOMPolicy=%s'",
			  u->name, u->manager.is_user ? "--user " : "", is_on ? "kill" : "stop");
		return ST_DENIED;
	}
	return ST_OK;
}

static enum status say_dry_run(const struct group_unit *u, const struct ctx *cx,
			       enum unit_effect_policy value)
{
	int err = dropin_try(&u->file);

	if (err) {
		msg_error("cannot change %s: %s", u->file.shown, strerror(-err));
		return status_of_error(err, ST_BROKEN);
	}
	if (msg_verbosity >= 0)
		wrap_line_print(cx->out, "%s: would %s %s (dry run)", u->name,
				value == OOM_POLICY_NONE ? "remove" : "write", u->file.shown);
	return ST_OK;
}

/* Changes the policy to what is wanted. */
static enum status store(struct group_unit *u, bool is_on, enum unit_effect_policy value)
{
	bool is_kill;
	enum status st = change(u, value, &is_kill);

	/* Another file, or DefaultOOMPolicy=, is the former value. */
	if (st == ST_OK && value == OOM_POLICY_NONE && is_kill) {
		int err = dropin_undo(&u->file);

		if (err) {
			msg_error("cannot restore %s: %s", u->file.shown, strerror(-err));
			return ST_BROKEN;
		}
		st = change(u, OOM_POLICY_STOP, &is_kill);
	}
	if (st == ST_OK && is_kill != is_on) {
		msg_error("%s: another file sets OOMPolicy=%s, and is read after %s", u->name,
			  u->loaded.list[0].oom_policy, u->file.shown);
		st = ST_DENIED;
	}
	return st;
}

enum status group_unit_store(struct group_unit *u, const struct ctx *cx, bool is_on,
			     bool is_dry_run)
{
	enum unit_effect_policy value;
	enum status st = check_unit(u, is_on);

	if (st == ST_OK)
		st = open_file(u, is_dry_run);
	if (st != ST_OK)
		return st;
	if (!find_change(u, is_on, &value)) {
		if (msg_verbosity >= 0)
			wrap_line_print(cx->out, "%s: OOMPolicy=%s is already in effect", u->name,
					u->before);
		return ST_OK;
	}
	if (is_dry_run)
		return say_dry_run(u, cx, value);
	st = store(u, is_on, value);
	if (st != ST_OK)
		group_unit_undo(u);
	else if (msg_verbosity >= 0)
		wrap_line_print(cx->out, "%s: OOMPolicy=%s -> %s, %s %s", u->name, u->before,
				u->loaded.list[0].oom_policy,
				u->file.is_removed ? "removed" : "wrote", u->file.shown);
	return st;
}

void group_unit_keep(struct group_unit *u)
{
	if (u->is_changed)
		dropin_keep(&u->file);
	u->is_changed = false;
}

void group_unit_undo(struct group_unit *u)
{
	char why[SYSTEMCTL_WHY];
	int err = dropin_undo(&u->file);

	if (err)
		msg_error("cannot restore %s: %s", u->file.shown, strerror(-err));
	if (!u->is_changed) {
		if (!err)
			msg_error("nothing was changed");
		return;
	}
	u->is_changed = false;
	if (systemctl_reload(&u->manager, why)) {
		msg_error("cannot reload systemd after the file was restored: %s", why);
		msg_error("run 'systemctl %sdaemon-reload'", u->manager.is_user ? "--user " : "");
	} else if (!err) {
		msg_error("nothing was changed: files and systemd are as before");
	}
}

void group_unit_free(struct group_unit *u, bool is_failed)
{
	systemctl_free(&u->loaded);
	dropin_close(&u->file);
	dropin_base_close(&u->base, is_failed);
}
