/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group: shows or sets whether the kernel kills all processes of a cgroup together. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/text.h"
#include "cmd/group/members.h"
#include "cmd/group/unit.h"
#include "cmd/shared/processes.h"
#include "cmd/shared/selectors.h"
#include "sys/cgroup/memcg_state.h"
#include "sys/cgroup/path.h"
#include "sys/proc/procfs.h"
#include "ui/wrap.h"

struct group_options {
	const char *cgroup, *unit;
	bool is_persistent, is_dry_run, has_json;
};

enum group_action { GROUP_SHOW, GROUP_ON, GROUP_OFF };

static enum status take_cgroup(void *target, const struct args *a)
{
	return selectors_read_cgroup(a, &((struct group_options *)target)->cgroup);
}

static const struct opt opts[] = {
	OPT_CALL(0, "cgroup", "PATH", "the memory cgroup, such as /system.slice", take_cgroup),
	OPT_STRING(0, "unit", "NAME", "the systemd unit", struct group_options, unit),
	OPT_FLAG(0, "persist", "set OOMPolicy= of the unit in a drop-in too", struct group_options,
		 is_persistent),
	OPT_FLAG(0, "dry-run", "show what would be done, change nothing", struct group_options,
		 is_dry_run),
	OPT_FLAG('J', "json", "print JSON", struct group_options, has_json),
	OPT_END,
};

/* One run. */
struct group_run {
	struct ctx *cx;
	const struct group_options *o;
	enum group_action action;
	int proc;
	struct memcg_tree tree;
	struct group_unit unit;
	char *path;                /* owned; NULL: the unit has no processes */
	int dir;                   /* of the cgroup; -1: none */
	bool is_on;                /* its memory.oom.group */
	char top[CGROUP_PATH_MAX]; /* the cgroup that is killed together; "": none */
};

static enum status report_no_file(const struct group_run *g, int err)
{
	bool is_root = g->path[strspn(g->path, "/")] == '\0';

	if (err != -ENOENT) {
		msg_error("cgroup %s: cannot read memory.oom.group: %s", g->path, strerror(-err));
		return status_of_error(err, ST_BROKEN);
	}
	msg_error("cgroup %s: has no memory.oom.group: %s", g->path,
		  is_root ? "the root cgroup is never killed as a group"
		  : faccessat(g->dir, "memory.current", F_OK, 0) == 0
			  ? "it is in kernels since 4.19"
			  : "no memory controller: its memory belongs to a cgroup above it");
	return is_root ? ST_MISSED : ST_BROKEN;
}

static enum status open_cgroup(struct group_run *g)
{
	int err = memcg_open(g->proc, &g->tree);

	if (mem_check(err)) {
		msg_error("no memory cgroups: %s", err == -ENODEV ? MEMCG_MISSING : strerror(-err));
		return ST_BROKEN;
	}
	if (g->tree.is_v1) {
		msg_error("memory.oom.group needs cgroup version 2: the memory controller of this "
			  "machine is in a hierarchy of version 1, which kills single processes");
		return ST_BROKEN;
	}
	if (!g->path)
		return ST_OK;
	g->dir = memcg_open_group(&g->tree, g->path);
	if (g->dir < 0) {
		err = mem_check(g->dir);
		msg_error("cgroup %s: %s", g->path,
			  err == -ENOENT  ? "no such memory cgroup"
			  : err == -EXDEV ? "outside of this cgroup namespace"
					  : strerror(-err));
		return status_of_error(err, ST_MISSED);
	}
	err = memcg_read_group(g->dir, &g->is_on);
	return err ? report_no_file(g, err) : ST_OK;
}

static enum status check_writable(const struct group_run *g)
{
	if (faccessat(g->dir, "memory.oom.group", W_OK, AT_EACCESS) == 0)
		return ST_OK;
	msg_error("cgroup %s: cannot set memory.oom.group: %s", g->path, strerror(errno));
	msg_error("it belongs to root, or to the user for which the cgroup is delegated");
	return ST_DENIED;
}

/* systemd 252 writes it at a start, a reload, and a change of properties (lab/systemd-group). */
static void warn_of_loss(const struct group_run *g)
{
	char name[CGROUP_PATH_NAME];
	char word[4 * CGROUP_PATH_NAME + 4];
	const char *path = g->path;
	uid_t owner = 0;
	size_t len;

	if (g->o->is_persistent || !systemctl_is_booted() ||
	    cgroup_path_find_managed(path, name, &len))
		return;
	if (cgroup_path_is_user_manager(name, &owner) && path[len]) {
		path += len;
		if (cgroup_path_find_managed(path, name, &len))
			return;
	} else {
		owner = 0;
	}
	if (path[len])
		return; /* a cgroup that the unit made itself */
	msg_warn("systemd sets memory.oom.group of %s again when it starts it, or reads its files "
		 "(daemon-reload)",
		 name);
	if (strcmp(unit_name_type(name), "service") == 0 && owner == geteuid() &&
	    text_quote(word, sizeof(word), name))
		msg_warn("to keep it: '" PROGRAM_NAME " group %s --unit %s --persist'",
			 g->action == GROUP_ON ? "on" : "off", word);
}

/* memory.oom.group of a cgroup above applies to all below. */
static void find_top(struct group_run *g)
{
	bool is_on = g->action == GROUP_SHOW ? g->is_on : g->action == GROUP_ON;

	if (memcg_state_find_group(&g->tree, g->path, g->top, sizeof(g->top)) > 0 &&
	    strcmp(g->top, g->path) != 0)
		return;
	/* With --dry-run, the file of the cgroup itself has the value before. */
	snprintf(g->top, sizeof(g->top), "%s", is_on ? g->path : "");
}

static void say_above(const struct group_run *g)
{
	if (*g->top && strcmp(g->top, g->path) != 0)
		wrap_line_print(g->cx->out,
				"memory.oom.group of %s is 1: if memory runs out there or above, "
				"the kernel kills all of it",
				g->top);
}

/* The processes of the cgroup that is killed together; else of the cgroup itself. */
static enum status read_members(struct group_run *g, struct members *m)
{
	int dir = g->dir;
	enum status st;

	m->is_group = *g->top != '\0';
	if (m->is_group && strcmp(g->top, g->path) != 0)
		dir = memcg_open_group(&g->tree, g->top);
	if (dir < 0) {
		msg_error("cgroup %s: %s", g->top, strerror(-mem_check(dir)));
		return status_of_error(dir, ST_BROKEN);
	}
	st = members_read(m, &g->tree, dir, m->is_group ? g->top : g->path);
	if (dir != g->dir)
		close(dir);
	return st;
}

static enum status write_group(struct group_run *g)
{
	bool is_on = g->action == GROUP_ON;
	int err = 0;

	if (is_on != g->is_on && !g->o->is_dry_run)
		err = memcg_write_group(g->dir, is_on);
	if (err) {
		msg_error("cgroup %s: cannot set memory.oom.group to %d: %s", g->path, is_on,
			  strerror(-err));
		return status_of_error(err, memcg_is_gone(err) ? ST_MISSED : ST_BROKEN);
	}
	if (msg_verbosity < 0)
		return ST_OK;
	if (is_on == g->is_on)
		wrap_line_print(g->cx->out, "%s: memory.oom.group is %d already", g->path, is_on);
	else
		wrap_line_print(g->cx->out, "%s: memory.oom.group %d -> %d%s", g->path, g->is_on,
				is_on, g->o->is_dry_run ? " (dry run)" : "");
	return ST_OK;
}

static enum status change(struct group_run *g)
{
	enum status st = g->path ? check_writable(g) : ST_OK;
	sigset_t before;

	if (!g->path && !g->o->is_persistent) {
		msg_error("%s is not running, so it has no cgroup; with --persist its next start "
			  "is changed",
			  g->unit.name);
		return ST_MISSED;
	}
	manager_hold_signals(&before);
	if (st == ST_OK && g->o->is_persistent)
		st = group_unit_store(&g->unit, g->cx, g->action == GROUP_ON, g->o->is_dry_run);
	if (st == ST_OK && g->path) {
		st = write_group(g);
		if (st != ST_OK && g->unit.is_changed)
			group_unit_undo(&g->unit);
	}
	if (st == ST_OK)
		group_unit_keep(&g->unit);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (st == ST_OK && g->path && !g->o->is_dry_run)
		warn_of_loss(g);
	return st;
}

static void print_state(const struct group_run *g)
{
	FILE *out = g->cx->out;

	if (g->o->unit && *g->unit.before)
		wrap_line_print(out, "%s: OOMPolicy=%s", g->unit.name, g->unit.before);
	if (g->path)
		wrap_line_print(out, "%s: memory.oom.group is %d", g->path, g->is_on);
	else
		wrap_line_print(out, "%s: not running, no cgroup", g->unit.name);
}

static void print_json(const struct group_run *g, const struct members *m)
{
	struct json_writer j = { .out = g->cx->out };

	json_write_open(&j, NULL, '{');
	json_write_open(&j, "group", '[');
	json_write_open(&j, NULL, '{');
	members_write_text(&j, "unit", g->unit.name);
	members_write_text(&j, "oom_policy", g->unit.before);
	members_write_text(&j, "cgroup", g->path ? g->path : "");
	if (g->path)
		json_write_bool(&j, "is_group", g->is_on);
	else
		json_write_null(&j, "is_group");
	members_write_text(&j, "killed_as", g->top);
	members_write(&j, m);
	json_write_close(&j, '}');
	json_write_close(&j, ']');
	json_write_close(&j, '}');
	putc('\n', g->cx->out);
}

/* The processes, after the capabilities are dropped. */
static enum status show(struct group_run *g)
{
	struct members m;
	enum status st = ST_OK;

	members_init(&m);
	if (g->path) {
		find_top(g);
		st = read_members(g, &m);
	}
	if (st == ST_OK)
		st = processes_forbid_privilege(g->cx);
	if (st == ST_OK && g->o->has_json) {
		print_json(g, &m);
	} else if (st == ST_OK && msg_verbosity >= 0) {
		if (g->action == GROUP_SHOW)
			print_state(g);
		if (g->path) {
			say_above(g);
			members_print(&m, g->cx);
		}
	}
	members_free(&m);
	return st;
}

/* Without slashes that mean nothing, so that two names of a cgroup are equal. Owned. */
static char *copy_path(const char *path)
{
	char *copy = mem_copy(path);
	size_t n = 0;

	for (; *path; path++)
		if (*path != '/' || (path[1] && path[1] != '/'))
			copy[n++] = *path;
	if (!n && *copy)
		copy[n++] = '/';
	copy[n] = '\0';
	return copy;
}

static enum status run_group(struct group_run *g)
{
	enum status st = ST_OK;
	const char *path;

	if (g->proc < 0)
		return processes_say_unreadable(g->proc);
	if (g->o->unit)
		st = group_unit_find(&g->unit, g->cx, g->o->unit, g->action == GROUP_SHOW);
	/* A reload reads the unit again. */
	path = g->o->unit ? group_unit_cgroup(&g->unit) : g->o->cgroup;
	g->path = path ? copy_path(path) : NULL;
	if (st == ST_OK)
		st = open_cgroup(g);
	if (st == ST_OK && g->action != GROUP_SHOW)
		st = change(g);
	return st == ST_OK ? show(g) : st;
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	const struct group_options *o = options;
	const char *word = a->n_operands ? a->operands[0] : NULL;
	struct group_run g = { .cx = cx,
			       .o = o,
			       .tree.root = -1,
			       .dir = -1,
			       .unit = { .file.dir = -1, .base = { .dir = -1, .lock = -1 } } };
	enum status st = ST_OK;

	if (word && strcmp(word, "on") == 0)
		g.action = GROUP_ON;
	else if (word && strcmp(word, "off") == 0)
		g.action = GROUP_OFF;
	else if (word)
		return args_error(a, "group: 'on', 'off', or nothing to show it, not '%s'", word);
	if (!o->cgroup == !o->unit)
		return args_error(a, "group: %s",
				  o->unit ? "--cgroup and --unit are mutually exclusive"
					  : "no cgroup specified: --cgroup PATH or --unit NAME");
	if (g.action == GROUP_SHOW && (o->is_persistent || o->is_dry_run))
		return args_error(a, "--persist and --dry-run need 'on' or 'off'");
	if (g.action != GROUP_SHOW && o->has_json)
		return args_error(a, "--json shows the state: it does not go with '%s'", word);
	if (o->is_persistent && !o->unit)
		return args_error(a, "--persist needs --unit NAME: a cgroup has no file");
	if (o->unit)
		st = group_unit_check(o->unit, o->is_persistent, a);
	if (st != ST_OK)
		return st;
	g.proc = procfs_open();
	st = run_group(&g);
	group_unit_free(&g.unit, st != ST_OK);
	free(g.path);
	if (g.dir >= 0)
		close(g.dir);
	memcg_close(&g.tree);
	if (g.proc >= 0)
		close(g.proc);
	return st;
}

const struct cmd cmd_group = {
	.name = "group",
	.synopsis = "[OPTION]... [on|off]",
	.summary = "Show or set whether a cgroup is killed as a group",
	.opts = opts,
	.options_size = sizeof(struct group_options),
	.max_args = 1,
	.flags = CMD_OWN | CMD_WHOLE,
	.run = run,
};
