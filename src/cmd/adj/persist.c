/* SPDX-License-Identifier: GPL-2.0-or-later */
/* persist: stores an adj in a drop-in of a systemd unit, and changes its processes. */
#include "cmd/adj/persist.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/adj/internal.h"
#include "cmd/shared/manager.h"
#include "oom/rules/adj.h"
#include "sys/adj/adj_file.h"
#include "sys/proc/procfs.h"
#include "ui/wrap.h"

/* PIDs and other selectors name processes that have no unit file, or only some of a unit. */
static bool selects_only_units(const struct targets *t, const struct args *a)
{
	const struct find_patterns *m = &t->match;

	return m->n_units && !a->n_operands && !t->pid_words.n && !t->pidfiles.n && !t->has_tree &&
	       !m->n_names && !m->n_cmdlines && !m->n_users && !m->n_cgroups && !m->n_containers &&
	       !m->n_exes && !m->n_parents && !m->n_adjs;
}

static enum status find_manager(struct persist *p)
{
	enum status st = manager_find(p->cx, "--persist", false, &p->manager, &p->about);

	if (st == ST_BROKEN && !systemctl_is_booted())
		msg_error("to start a program with an adj: '" PROGRAM_NAME
			  " run -n ADJ -- COMMAND'");
	return st;
}

static enum status open_base(struct persist *p)
{
	char why[DROPIN_WHY];
	int err = dropin_base_open(&p->base, p->about.directory, p->manager.uid, why);

	if (!err && !p->ap->is_dry_run)
		err = dropin_base_lock(&p->base, why);
	if (err)
		msg_error("cannot change unit files: %s", why);
	return err ? status_of_error(err, ST_BROKEN) : ST_OK;
}

static void say_stored(const struct persist *p, const struct persist_unit *u, const char *dry_run)
{
	if (msg_verbosity < 0)
		return;
	if (p->ap->kind == APPLY_UNPROTECT && p->ap->is_dry_run)
		wrap_line_print(p->cx->out, "%s: would remove %s%s", u->shown, u->file.shown,
				dry_run);
	else if (p->ap->kind == APPLY_UNPROTECT)
		wrap_line_print(p->cx->out, "%s: OOMScoreAdjust=%d -> %d, removed %s", u->shown,
				u->before, u->after, u->file.shown);
	else if (u->file.has_file && u->file.value == p->adj && u->is_kept)
		wrap_line_print(p->cx->out, "%s: OOMScoreAdjust=%d is already in %s", u->shown,
				u->before, u->file.shown);
	else if (!u->is_kept)
		wrap_line_print(p->cx->out, "%s: OOMScoreAdjust=%d -> %d, %s %s%s", u->shown,
				u->before, p->adj, p->ap->is_dry_run ? "would write" : "wrote",
				u->file.shown, dry_run);
}

/* Writes or removes all drop-ins, and makes systemd read them. */
static enum status store(struct persist *p)
{
	char why[SYSTEMCTL_WHY];
	bool is_changed = false;
	int err = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct persist_unit *u = &p->units[i];

		if (u->is_kept)
			continue;
		is_changed = true;
		err = p->ap->kind == APPLY_UNPROTECT ? dropin_remove(&u->file)
						     : dropin_write(&u->file, p->adj);
		if (!err)
			continue;
		msg_error("cannot %s %s: %s", p->ap->kind == APPLY_UNPROTECT ? "remove" : "write",
			  u->file.shown, strerror(-err));
		return status_of_error(err, ST_BROKEN);
	}
	err = is_changed ? systemctl_reload(&p->manager, why) : 0;
	if (err)
		msg_error("cannot reload systemd: %s", why);
	return err ? ST_BROKEN : ST_OK;
}

/* Whether systemd uses what was stored. */
static enum status verify(struct persist *p, struct persist_unit *u)
{
	const struct systemctl_unit *found;
	const char *path;

	if (!persist_read_loaded(p, u))
		return ST_BROKEN;
	found = &u->loaded.list[0];
	u->after = found->adj;
	/* As in a container that talks to the systemd of its host. */
	if (manager_reads_dropin(found, &u->file) != (p->ap->kind != APPLY_UNPROTECT)) {
		msg_error("%s: after the reload systemd %s %s", u->shown,
			  p->ap->kind == APPLY_UNPROTECT ? "still uses" : "does not read",
			  u->file.shown);
		return ST_BROKEN;
	}
	if (p->ap->kind == APPLY_UNPROTECT || found->adj == p->adj)
		return ST_OK;
	path = persist_find_override(p, u, found);
	if (path)
		persist_say_override(p, u, path);
	else
		msg_error("%s: after the reload OOMScoreAdjust= is %d, not that of %s", u->shown,
			  found->adj, u->file.shown);
	return path ? ST_DENIED : ST_BROKEN;
}

/* What was done with the processes. */
struct persist_change {
	struct apply ap;
	struct apply_fallback fallback;
	struct undo undo;
	struct targets *t; /* their cgroups, zeroed otherwise */
	size_t n;          /* how many have the adj afterwards */
	size_t n_less;     /* how many protect left with less */
	char **names;      /* those of t that are no unit's */
	size_t n_names;
	int saved; /* the last adj by unprotect that a start does not have; ADJ_MAX + 1: none */
};

/* Changes the processes in the cgroups that c->t selects. */
static enum status change(struct persist *p, struct persist_change *c, struct args *a)
{
	enum status st;
	int proc, adj;

	if (!c->t->match.n_cgroups)
		return ST_OK;
	c->t->may_match_none = true;
	st = apply_targets(p->cx, &c->ap, c->t, a);
	for (size_t i = 0; c->ap.kind == APPLY_UNPROTECT && i < c->t->n; i++)
		if (c->t->list[i].is_changed && c->t->list[i].after != c->fallback.to)
			c->saved = c->t->list[i].after;
	proc = procfs_open();
	for (size_t i = 0; proc >= 0 && i < c->t->n; i++)
		if (adj_file_read_pid(proc, c->t->list[i].pid, &adj) == 0) {
			c->n += adj == p->adj;
			c->n_less += c->ap.kind == APPLY_PROTECT && adj < p->adj;
		}
	if (proc >= 0)
		close(proc);
	targets_free(c->t);
	memset(c->t, 0, sizeof(*c->t));
	return st;
}

/* Whether an instance has another adj than its template, which is reported. */
static bool has_other_adj(const struct persist *p, const struct persist_unit *u,
			  const struct systemctl_unit *unit)
{
	bool is_unprotect = p->ap->kind == APPLY_UNPROTECT;
	const char *path;

	if ((is_unprotect && !u->is_template) ||
	    (p->ap->kind == APPLY_PROTECT && unit->adj < p->adj) ||
	    (!is_unprotect && !p->ap->is_dry_run && unit->adj == p->adj))
		return false;
	path = persist_find_override(p, u, unit);
	if (!path && (is_unprotect || p->ap->is_dry_run))
		return false;
	msg_warn("%s keeps OOMScoreAdjust=%d, which %s sets", unit->id, unit->adj,
		 path ? path : "its own file");
	return true;
}

/* The cgroup of what the unit starts. */
static const char *own_cgroup(struct persist_change *c, const struct systemctl_unit *unit)
{
	const char *part = persist_own_part(unit);
	size_t size = strlen(unit->cgroup) + strlen(part) + 1;

	if (!*part)
		return unit->cgroup;
	c->names = mem_grow(c->names, c->n_names, sizeof(*c->names));
	c->names[c->n_names] = mem_alloc(size, 1);
	snprintf(c->names[c->n_names], size, "%s%s", unit->cgroup, part);
	return c->names[c->n_names++];
}

/* Each unit's processes get what a start would give them. */
static enum status change_running(struct persist *p, struct persist_change *c, struct args *a)
{
	bool is_unprotect = p->ap->kind == APPLY_UNPROTECT;
	enum status st = ST_OK;

	c->ap = *p->ap;
	c->ap.is_stored = true;
	c->ap.undo = c->ap.is_dry_run ? NULL : &c->undo;
	c->ap.fallback = is_unprotect ? &c->fallback : NULL;
	c->t = mem_alloc(1, sizeof(*c->t));
	for (size_t i = 0; i < p->n; i++) {
		const struct persist_unit *u = &p->units[i];
		const struct systemctl_units *all = u->is_template ? &u->running : &u->loaded;

		for (size_t k = 0; k < all->n && st == ST_OK; k++) {
			const struct systemctl_unit *unit = &all->list[k];

			if (!persist_runs(unit) || has_other_adj(p, u, unit))
				continue;
			c->fallback.from = u->file.value;
			c->fallback.also_from = u->file.was_interrupted ? u->file.earlier_value
									: u->file.value;
			c->fallback.to = c->ap.is_dry_run ? persist_predict_removal(p, u, unit)
							  : unit->adj;
			c->t->match.cgroups[c->t->match.n_cgroups++] = own_cgroup(c, unit);
			/* The fallback is one unit's; otherwise many are changed at a time. */
			c->saved = ADJ_MAX + 1;
			if (is_unprotect || c->t->match.n_cgroups == FIND_MAX)
				st = change(p, c, a);
			if (c->saved <= ADJ_MAX && msg_verbosity >= 0)
				wrap_line_print(p->cx->out,
						"%s: the next start has adj %d, not the saved %d: "
						"an earlier value of --persist is not restored",
						unit->id, c->fallback.to, c->saved);
		}
	}
	if (st == ST_OK)
		st = change(p, c, a);
	/* Only root can lower them. */
	for (size_t i = 0; p->manager.is_user && !is_unprotect && st == ST_DENIED && i < p->n; i++)
		persist_say_floor(p, &p->units[i]);
	free(c->t);
	while (c->n_names)
		free(c->names[--c->n_names]);
	free(c->names);
	c->names = NULL;
	return st;
}

/* Restores files, systemd and processes. */
static void restore(struct persist *p, struct undo *undo)
{
	bool is_changed = false, is_restored = true;
	char why[SYSTEMCTL_WHY];

	for (size_t i = 0; i < p->n; i++) {
		struct dropin *d = &p->units[i].file;
		bool was_changed = d->is_written || d->is_removed;
		int err = dropin_undo(d);

		is_changed |= was_changed;
		is_restored &= !err;
		if (err)
			msg_error("cannot restore %s: %s", d->shown, strerror(-err));
	}
	if (is_changed && systemctl_reload(&p->manager, why)) {
		msg_error("cannot reload systemd after the files were restored: %s", why);
		msg_error("run 'systemctl %sdaemon-reload'", p->manager.is_user ? "--user " : "");
		is_restored = false;
	}
	/* A process that is started from now on has the old value already. */
	is_restored &= undo_restore(p->cx, undo) == ST_OK;
	if (is_restored)
		msg_error("nothing was changed%s",
			  is_changed ? ": files and processes are as before, and systemd has read "
				       "all unit files again"
				     : "");
}

static void say_result(const struct persist *p, const struct persist_change *c)
{
	size_t n = c->n + c->n_less;
	FILE *out = p->cx->out;

	if (msg_verbosity < 0 || p->ap->kind == APPLY_UNPROTECT)
		return;
	if (n)
		wrap_line_print(out, "running now: %zu process%s with adj %d%s", n,
				n == 1 ? "" : "es", p->adj, c->n_less ? " or less" : "");
	else
		fprintf(out, "running now: no process; the next start has this adj\n");
	/* Commands to copy: neither wrapped nor escaped. */
	for (size_t i = 0; i < p->n; i++) {
		const struct persist_unit *u = &p->units[i];

		if (u->is_kept)
			continue;
		if (u->file.has_file)
			fprintf(out, "to undo: " PROGRAM_NAME " set %d --unit %s --persist\n",
				u->file.value, u->shown);
		else
			fprintf(out, "to undo: " PROGRAM_NAME " unprotect --unit %s --persist\n",
				u->shown);
	}
}

/* Standard output, which says what was changed, and is kept back until that is final. */
struct persist_output {
	struct ctx cx; /* that of the caller, but for out */
	struct ctx *real;
	char *text;
	size_t len;
};

static void output_begin(struct persist *p, struct persist_output *o)
{
	*o = (struct persist_output){ .cx = *p->cx, .real = p->cx };
	o->cx.out = open_memstream(&o->text, &o->len);
	mem_check(o->cx.out ? 0 : -ENOMEM);
	p->cx = &o->cx;
}

static void output_end(struct persist *p, struct persist_output *o, bool is_final)
{
	p->cx = o->real;
	if (fclose(o->cx.out))
		msg_error("no memory for the list of what was changed");
	else if (is_final)
		fwrite(o->text, 1, o->len, p->cx->out);
	free(o->text);
}

static enum status change_all(struct persist *p, struct args *a)
{
	struct persist_change c = { .n = 0 };
	struct persist_output output;
	sigset_t before;
	enum status st;

	output_begin(p, &output);
	manager_hold_signals(&before);
	st = store(p);
	for (size_t i = 0; st == ST_OK && i < p->n; i++)
		if (!p->units[i].is_kept)
			st = verify(p, &p->units[i]);
	for (size_t i = 0; st == ST_OK && i < p->n; i++)
		say_stored(p, &p->units[i], "");
	if (st == ST_OK)
		st = change_running(p, &c, a);
	if (st == ST_OK) {
		for (size_t i = 0; i < p->n; i++)
			dropin_keep(&p->units[i].file);
		undo_keep(&c.undo, p->ap->kind == APPLY_UNPROTECT);
		say_result(p, &c);
	} else {
		restore(p, &c.undo);
	}
	output_end(p, &output, st == ST_OK);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return st;
}

/* What the processes would get after the removal is declared by the files that remain. */
static enum status dry_run(struct persist *p, struct args *a)
{
	struct persist_change c = { .n = 0 };
	enum status st = ST_OK;

	for (size_t i = 0; i < p->n; i++) {
		struct persist_unit *u = &p->units[i];
		int err = u->is_kept ? 0 : dropin_try(&u->file);

		if (err) {
			msg_error("cannot change %s: %s", u->file.shown, strerror(-err));
			st = status_worse(st, status_of_error(err, ST_BROKEN));
		} else {
			say_stored(p, u, " (dry run)");
		}
	}
	return st == ST_OK ? change_running(p, &c, a) : st;
}

enum status persist_run(struct ctx *cx, const struct apply *ap, const struct targets *t,
			struct args *a)
{
	struct persist p = { .cx = cx,
			     .ap = ap,
			     .adj = ap->value,
			     .base = { .dir = -1, .lock = -1 } };
	enum status st;

	if (!selects_only_units(t, a))
		return args_error(a,
				  "%s: --persist needs --unit NAME, and no PID or other selector",
				  a->command);
	if (ap->is_old_scale)
		p.adj = adj_from_old(ap->value);
	st = persist_check_names(&t->match, a);
	if (st == ST_OK)
		st = find_manager(&p);
	if (st == ST_OK)
		st = open_base(&p);
	if (st == ST_OK) {
		st = persist_find_units(&p, &t->match);
		if (st != ST_OK && st != ST_USAGE)
			msg_error("nothing was changed");
	}
	if (st == ST_OK)
		st = ap->is_dry_run ? dry_run(&p, a) : change_all(&p, a);
	for (size_t i = 0; i < p.n; i++) {
		systemctl_free(&p.units[i].loaded);
		systemctl_free(&p.units[i].running);
		dropin_close(&p.units[i].file);
	}
	free(p.units);
	while (p.n_texts)
		free(p.texts[--p.n_texts]);
	free(p.texts);
	dropin_base_close(&p.base, st != ST_OK);
	return st;
}
