/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply_one: gives one target another adj, and says what became of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/text.h"
#include "cmd/apply_run.h"
#include "cmd/refusal.h"
#include "oom/adj.h"
#include "oom/change.h"
#include "oom/victim.h"
#include "sys/adjfile.h"
#include "sys/record.h"

/* One target on its way. */
struct work {
	struct pidref ref;
	struct adjfile file;
	int before, wanted, after;
	int found;   /* what record_read() gave */
	pid_t owner; /* whose record it was */
	bool is_clamped;
};

static bool is_quiet(void)
{
	return msg_verbosity < 0;
}

static void note(struct apply_run *r, enum status st)
{
	r->status = status_worse(r->status, st);
}

/* Who was selected may be gone by now, or be another: that is no error. */
static bool is_still_meant(struct apply_run *r, const struct target *target,
			   const struct pidref *ref)
{
	if (target->is_named)
		return true;
	/*
	 * Kernel threads and services inherit the adj of kthreadd and init: who wants that names them. And as pgrep(1)
	 * has it, who was meant is never the one that looks.
	 */
	if (ref->spared == SPARED_KTHREAD || ref->spared == SPARED_INIT || ref->pid == getpid()) {
		r->n_passed_over++;
		return false;
	}
	if (target->is_descendant)
		return targets_has(r->t, ref->ppid);
	return match_still_fits(&r->t->match, ref);
}

static void say_ended(struct apply_run *r, const struct target *target)
{
	if (!target->is_named)
		return;
	msg_error("pid %d: no such process", (int)target->pid);
	note(r, ST_MISSED);
}

/*
 * What the process shall have; before is read. The change of one that shares its memory was not meant for it. A negative
 * errno: what it had may be recorded, but that can't be read; it is said.
 */
static int choose(struct apply_run *r, struct work *w, const struct target *target)
{
	struct change c = { r->ap->value, r->ap->kind == APPLY_BY, r->ap->is_old_scale };
	int before = target->has_before ? target->before : w->before;

	if (r->ap->kind == APPLY_UNPROTECT) {
		w->found = record_read(r->proc, &w->ref, before, &w->wanted, &w->owner);
		w->wanted = w->found ? 0 : w->wanted;
		if (!w->found || w->found == -ENOENT || w->found == -EBADF)
			return 0;
		if (w->found == -ESRCH) {
			say_ended(r, target);
			return w->found;
		}
		msg_error("pid %d (%s): cannot read what it was before protect: %s",
			  (int)w->ref.pid, w->ref.name, strerror(-w->found));
		note(r, w->found == -EACCES ? ST_DENIED : ST_BROKEN);
		return w->found;
	}
	w->wanted = change_resolve(&c, before, w->file.is_old, &w->is_clamped);
	return 0;
}

/* " (adj 0 -> -1000)" behind the old scale, and what else there is to say of the values. */
static void print_change(struct apply_run *r, const struct work *w, const char *remark)
{
	const char *memory =
		!w->found ? ""
		: w->found == -EBADF
			? " (others could have written what was remembered: it is not believed)"
			: " (nothing was remembered)";
	char name[4 * TASK_NAME_MAX];
	FILE *out = r->cx->out;

	text_escape(name, sizeof(name), w->ref.name, strlen(w->ref.name), 0);
	fprintf(out, "pid %d (%s): ", (int)w->ref.pid, name);
	if (w->file.is_old)
		fprintf(out, "oom_adj %d -> %d", w->before, w->after);
	else if (r->ap->is_old_scale)
		fprintf(out, "oom_adj %d -> %d, adj %d -> %d", adj_to_old(w->before, 0),
			adj_to_old(w->after, 0), w->before, w->after);
	else
		fprintf(out, "adj %d -> %d", w->before, w->after);
	if (w->is_clamped)
		fputs(" (the end of the scale)", out);
	fprintf(out, "%s%s\n", memory, remark);
}

/* Opening for writing asks the kernel for the file's permission; the rest is its rule for lower values. */
static void foretell(struct apply_run *r, struct work *w)
{
	w->after = w->wanted;
	if (w->wanted >= w->before ||
	    (r->rights.has_sys_resource &&
	     raise_permits(&r->raise, w->file.is_old ? adj_from_old(w->wanted) : w->wanted))) {
		print_change(r, w, " (dry run)");
		return;
	}
	print_change(r, w,
		     w->file.is_old
			     ? " (dry run: the kernel would refuse it)"
			     : " (dry run: only down to its floor, unless CAP_SYS_RESOURCE)");
	note(r, ST_DENIED);
}

static void remember(const struct apply_run *r, const struct work *w, const struct target *target)
{
	int before = target->has_before ? target->before : w->before;
	int err = record_save(r->proc, &w->ref, before, w->after);

	if (err == -EPERM)
		msg_detail("pid %d: what it was is remembered for root alone", (int)w->ref.pid);
	else if (err)
		msg_warn("pid %d (%s): cannot remember its adj %d for unprotect: %s",
			 (int)w->ref.pid, w->ref.name, w->before,
			 err == -EBADF ? "/run/oomctl is not root's alone" : strerror(-err));
}

/*
 * Who it is, where the file was all that was needed till now. -ESRCH: it has ended, and the PID may be another's. As
 * long as the file can be read nobody else has it.
 */
static int identify(struct apply_run *r, struct work *w)
{
	int err = pidref_open(r->proc, w->ref.pid, &w->ref);

	return err == -ESRCH ? err : adjfile_read(&w->file, &w->before);
}

static void change(struct apply_run *r, struct work *w, const struct target *target)
{
	int err = adjfile_write(&w->file, w->wanted);

	if (err == -EACCES && w->ref.dir < 0 && raise_tells(&r->raise) && identify(r, w) == -ESRCH)
		err = -ESRCH;
	if (err == -EACCES)
		err = raise_write(&r->raise, &w->ref, &w->file, w->before, w->wanted);
	if (!err)
		err = adjfile_read(&w->file, &w->after);
	if (err) {
		if (err == -ESRCH)
			say_ended(r, target);
		else
			note(r, refusal_say(r->proc, &w->ref, w->wanted, w->file.is_old, true, err,
					    r->raise.hint));
		return;
	}
	if (r->ap->kind == APPLY_UNPROTECT)
		r->owners[r->n_changed] = w->owner;
	if (r->ap->kind == APPLY_PROTECT)
		remember(r, w, target);
	if (w->after != w->wanted) {
		msg_error("pid %d (%s): wrote adj %d, but the kernel made %d of it",
			  (int)w->ref.pid, w->ref.name, w->wanted, w->after);
		note(r, ST_DENIED);
	}
	r->changed[r->n_changed++] = w->ref.pid;
	if (is_quiet())
		return;
	print_change(r, w, "");
	if (w->ref.spared != SPARED_NOT)
		msg_warn("pid %d (%s): %s: its adj has no effect", (int)w->ref.pid, w->ref.name,
			 victim_spared_text(w->ref.spared));
	else
		aftermath_report_children(&r->aftermath, &w->ref, w->after);
}

/* A thread's id means its process, which is done once. */
static bool is_first(struct apply_run *r, size_t nth, const struct pidref *ref)
{
	bool is_known = targets_has(r->t, ref->pid);

	if (!ref->is_thread)
		return true;
	msg_warn("pid %d (%s): a thread of process %d, which is meant", (int)r->t->list[nth].pid,
		 ref->name, (int)ref->pid);
	targets_replace(r->t, nth, is_known ? 0 : ref->pid);
	return !is_known;
}

/*
 * Who was born during the run and has what its parent has now got it from it. What is false of a parent that somebody
 * else writes at this moment is that one's doing.
 */
static bool has_parents(struct apply_run *r, size_t nth, const struct work *w)
{
	char prefix[16];
	struct adjfile file;
	int adj;
	bool has;

	if (nth < r->n_first)
		return false;
	snprintf(prefix, sizeof(prefix), "%d/", (int)w->ref.ppid);
	has = adjfile_open(r->proc, prefix, false, &file) == 0 && adjfile_read(&file, &adj) == 0 &&
	      adj == w->before;
	adjfile_close(&file);
	r->n_late += !has;
	return has;
}

static void apply_slowly(struct apply_run *r, size_t nth)
{
	const struct target *target = &r->t->list[nth];
	struct work w = { .ref = { .dir = -1 }, .file = { .fd = -1 } };
	int err = pidref_open(r->proc, target->pid, &w.ref);

	if (err == -ESRCH) {
		say_ended(r, target);
	} else if (err) {
		note(r, refusal_say(r->proc, &w.ref, r->ap->value, false, false, err, ""));
	} else if (is_still_meant(r, target, &w.ref) && is_first(r, nth, &w.ref)) {
		r->n_meant++;
		err = adjfile_open(w.ref.dir, "", true, &w.file);
		if (!err)
			err = adjfile_read(&w.file, &w.before);
		if (err == -ESRCH)
			say_ended(r, target);
		else if (err)
			note(r, refusal_say(r->proc, &w.ref, r->ap->value, w.file.is_old, false,
					    err, ""));
		if (!err && has_parents(r, nth, &w))
			err = -EALREADY;
		if (!err)
			err = choose(r, &w, target);
		if (!err && r->ap->is_dry_run)
			foretell(r, &w);
		else if (!err)
			change(r, &w, target);
	}
	adjfile_close(&w.file);
	pidref_close(&w.ref);
}

/*
 * A PID that was named, a value that needs nothing known, and nobody listening: the file is enough of a handle. For
 * ten thousand processes this is half the work. false: nothing was done; once the file is open that is the process, and
 * no other is looked for.
 */
static bool apply_fast(struct apply_run *r, const struct target *target)
{
	struct change c = { r->ap->value, false, r->ap->is_old_scale };
	struct work w = { .ref = { .dir = -1, .pid = target->pid }, .file = { .fd = -1 } };
	char prefix[16];

	if (!is_quiet() || !target->is_named || r->ap->kind != APPLY_SET || r->ap->is_dry_run)
		return false;
	snprintf(prefix, sizeof(prefix), "%d/", (int)target->pid);
	if (adjfile_open(r->proc, prefix, true, &w.file))
		return false;
	w.wanted = change_resolve(&c, 0, w.file.is_old, &w.is_clamped);
	change(r, &w, target);
	adjfile_close(&w.file);
	pidref_close(&w.ref);
	return true;
}

void apply_one(struct apply_run *r, size_t nth)
{
	if (!apply_fast(r, &r->t->list[nth]))
		apply_slowly(r, nth);
}
