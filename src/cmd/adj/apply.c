/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply: sets the adj of TARGETs, one after the other, and says what changed. */
#include "cmd/adj/apply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/text.h"
#include "cmd/adj/error.h"
#include "cmd/adj/privileged_write.h"
#include "cmd/adj/side_effects.h"
#include "oom/rules/adj.h"
#include "oom/rules/kill_order.h"
#include "sys/adj/adj_file.h"
#include "sys/adj/saved_adj.h"
#include "sys/proc/procfs.h"

/* One run over all targets. */
struct apply_run {
	struct ctx *cx;
	const struct apply *ap;
	struct targets *t;
	int proc;
	bool has_sys_resource; /* for a dry run */
	struct privileged_write raise;
	struct side_effects side_effects;
	pid_t *changed;
	size_t n_changed, n_meant, n_passed_over;
	size_t n_first; /* targets found before the first write; the others are new children */
	size_t n_late;  /* new children that still had the old value */
	enum status status;
};

/* One target on its way. */
struct apply_work {
	struct pidref ref;
	struct adj_file file;
	int before, wanted, after;
	int found; /* what saved_adj_read() returned */
	bool is_clamped;
};

static void note(struct apply_run *r, enum status st)
{
	r->status = status_worse(r->status, st);
}

/*
 * "pid 4242 (name): adj 0 -> -999", on both scales where the old one is used, and what else there
 * is to say of the values.
 */
static void say_change(const struct apply_run *r, const struct apply_work *w, const char *remark)
{
	const char *memory =
		!w->found ? ""
		: w->found == -EBADF
			? " (what was remembered is damaged, or others could have written it: it "
			  "is not believed)"
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

/* Whether the adj before was saved; err as of saved_adj_save(). */
static void say_saved(struct apply_run *r, const struct apply_work *w, int before, int err)
{
	if (err == -EPERM)
		msg_detail("pid %d: what it was is remembered for root alone", (int)w->ref.pid);
	if (!err || err == -EPERM || err == -ESRCH)
		return;
	msg_error("pid %d (%s): its adj %s set, but what it was, %d, can't be remembered for "
		  "unprotect: %s",
		  (int)w->ref.pid, w->ref.name, r->ap->is_dry_run ? "can be" : "is", before,
		  saved_adj_error(err));
	note(r, ST_MISSED);
}

/* protect without a value may protect less than before. */
static void say_weaker(const struct apply_run *r, const struct apply_work *w, int before)
{
	msg_warn("pid %d (%s): adj %d protects more than %d, which %s: --never keeps it",
		 (int)w->ref.pid, w->ref.name, before, w->after,
		 r->ap->is_dry_run ? "it would have" : "it has now");
}

/* The adj may have no effect, or not on the children. */
static void say_effect(const struct apply_run *r, const struct apply_work *w)
{
	if (w->ref.spared != KILLABLE)
		msg_warn("pid %d (%s): %s: its adj has no effect", (int)w->ref.pid, w->ref.name,
			 kill_order_unkillable_text(w->ref.spared));
	else
		side_effects_report_children(&r->side_effects, &w->ref, w->after);
}

/* A selected process may have exited, or no longer match: that is no error. */
static bool still_fits(struct apply_run *r, const struct target *target, const struct pidref *ref)
{
	if (target->is_named)
		return true;
	/*
	 * Kernel threads and services inherit the adj of kthreadd and init: these must be named. As
	 * in pgrep(1), a selector never matches the program itself.
	 */
	if (ref->spared == UNKILLABLE_KTHREAD || ref->spared == UNKILLABLE_INIT ||
	    ref->pid == getpid()) {
		r->n_passed_over++;
		return false;
	}
	return target->is_descendant || find_still_matches(&r->t->match, ref);
}

static void say_ended(struct apply_run *r, const struct target *target)
{
	if (!target->is_named)
		return;
	msg_error("pid %d: no such process", (int)target->pid);
	note(r, ST_MISSED);
}

/*
 * Chooses the adj to write; w->before is read. The adj before this run counts, which a change of a
 * process that shares its memory has not touched. A negative errno: the saved adj can't be read,
 * which is said.
 */
static int choose(struct apply_run *r, struct apply_work *w, const struct target *target)
{
	struct adj_change c = { r->ap->value, r->ap->kind == APPLY_BY, r->ap->is_old_scale };
	int before = target->has_before ? target->before : w->before;

	if (r->ap->kind == APPLY_UNPROTECT) {
		w->found = saved_adj_read(r->proc, &w->ref, before, &w->wanted);
		/* Without a saved value a process that is not protected keeps its adj. */
		if (w->found)
			w->wanted = before < 0 ? 0 : before;
		if (!w->found || w->found == -ENOENT || w->found == -EBADF)
			return 0;
		if (w->found == -ESRCH) {
			say_ended(r, target);
			return w->found;
		}
		msg_error("pid %d (%s): cannot read what it was before protect: %s",
			  (int)w->ref.pid, w->ref.name, saved_adj_error(w->found));
		note(r, status_of_error(w->found, ST_BROKEN));
		return w->found;
	}
	w->wanted = adj_resolve(&c, before, w->file.is_old, &w->is_clamped);
	return 0;
}

/* What the process had before any target was changed. */
static int adj_before(const struct apply_work *w, const struct target *target)
{
	return target->has_before ? target->before : w->before;
}

/* What protect says of the saved adj; err: why it is not saved. */
static void say_protected(struct apply_run *r, const struct apply_work *w,
			  const struct target *target, int err)
{
	int before = adj_before(w, target);

	say_saved(r, w, before, err);
	if (r->ap->is_default && w->after > before)
		say_weaker(r, w, before);
}

/* It is done, or would be. */
static void count_changed(struct apply_run *r, const struct apply_work *w)
{
	r->changed[r->n_changed++] = w->ref.pid;
	if (msg_verbosity >= 0)
		say_effect(r, w);
}

/* Opening for writing has asked the kernel for permission; its rule for lower values remains. */
static void dry_run(struct apply_run *r, struct apply_work *w, const struct target *target)
{
	w->after = w->wanted;
	if (w->wanted >= w->before ||
	    (r->has_sys_resource &&
	     privileged_write_allowed(&r->raise,
				      w->file.is_old ? adj_from_old(w->wanted) : w->wanted))) {
		say_change(r, w, " (dry run)");
		if (r->ap->kind == APPLY_PROTECT)
			say_protected(r, w, target, saved_adj_file_probe());
		count_changed(r, w);
		return;
	}
	say_change(r, w,
		   w->file.is_old ? " (dry run: the kernel would refuse it)"
				  : " (dry run: only down to its floor, unless CAP_SYS_RESOURCE)");
	note(r, ST_DENIED);
}

/*
 * Opens the process, of which only the file is open. -ESRCH: it has exited, and the PID may be
 * reused. While the file can be read the PID is its own.
 */
static int identify(struct apply_run *r, struct apply_work *w)
{
	int err = pidref_open(r->proc, w->ref.pid, &w->ref);

	return err == -ESRCH ? err : adj_file_read(&w->file, &w->before);
}

/* Writes w->wanted and reads back what the kernel made of it; says why it can't. */
static int write_wanted(struct apply_run *r, struct apply_work *w, const struct target *target)
{
	int err = adj_file_write(&w->file, w->wanted);

	if (err == -EACCES && w->ref.dir < 0 && privileged_write_would_help(&r->raise) &&
	    identify(r, w) == -ESRCH)
		err = -ESRCH;
	if (err == -EACCES)
		err = privileged_write_write(&r->raise, &w->ref, &w->file, w->before, w->wanted);
	if (!err)
		err = adj_file_read(&w->file, &w->after);
	if (err == -ESRCH)
		say_ended(r, target);
	else if (err)
		note(r,
		     adj_error_say(&w->ref, w->wanted, w->file.is_old, true, err, r->raise.hint));
	return err;
}

/* protect saves before the write, unprotect forgets after it: a run that dies loses nothing. */
static void change(struct apply_run *r, struct apply_work *w, const struct target *target)
{
	struct saved_adj_change saved;
	int err, unsaved = -EPERM;

	if (r->ap->kind == APPLY_PROTECT)
		unsaved = saved_adj_save(r->proc, &w->ref, adj_before(w, target), w->before,
					 w->wanted, &saved);
	err = write_wanted(r, w, target);
	if (err && !unsaved)
		saved_adj_undo(r->proc, &saved, err == -ESRCH);
	if (err)
		return;
	if (!unsaved)
		unsaved = saved_adj_finish(r->proc, &w->ref, w->after, &saved);
	if (r->ap->kind == APPLY_PROTECT)
		say_protected(r, w, target, unsaved);
	if (r->ap->kind == APPLY_UNPROTECT)
		err = saved_adj_forget(r->proc, &w->ref, w->wanted);
	if (err)
		msg_warn("pid %d (%s): cannot read the records of processes that share its "
			 "memory: %s",
			 (int)w->ref.pid, w->ref.name, saved_adj_error(err));
	if (w->after != w->wanted) {
		msg_error("pid %d (%s): wrote adj %d, but it is %d now: the kernel made that of "
			  "it, or somebody else has written it",
			  (int)w->ref.pid, w->ref.name, w->wanted, w->after);
		note(r, ST_DENIED);
	}
	if (msg_verbosity >= 0)
		say_change(r, w, "");
	count_changed(r, w);
}

/* A thread's id stands for its process, which is changed once. */
static bool is_first(struct apply_run *r, size_t nth, struct pidref *ref)
{
	bool is_known = targets_has(r->t, ref->pid);

	if (!ref->is_thread)
		return true;
	msg_warn("pid %d (%s): a thread of process %d, which is meant", (int)r->t->list[nth].pid,
		 ref->name, (int)ref->pid);
	targets_replace(r->t, nth, is_known ? 0 : ref->pid);
	if (!is_known && pidref_identify(ref, &r->t->list[nth].id))
		r->t->list[nth].id.pid = 0;
	pidref_take_name(ref);
	return !is_known;
}

/* A child that was forked during the run and has the adj of its parent inherited it. */
static bool has_inherited(struct apply_run *r, size_t nth, const struct apply_work *w)
{
	int adj;
	bool has;

	if (nth < r->n_first)
		return false;
	has = adj_file_read_pid(r->proc, w->ref.ppid, &adj) == 0 && adj == w->before &&
	      targets_exists(r->t, r->proc, w->ref.ppid);
	r->n_late += !has;
	return has;
}

static void apply_slowly(struct apply_run *r, size_t nth)
{
	const struct target *target = &r->t->list[nth];
	struct apply_work w = { .ref = { .dir = -1 }, .file = { .fd = -1 } };
	int err = pidref_open(r->proc, target->pid, &w.ref);

	if (!err && !targets_is_same(r->t, target, r->proc, &w.ref))
		err = -ESRCH;
	if (err == -ESRCH) {
		say_ended(r, target);
	} else if (err) {
		note(r, adj_error_say(&w.ref, r->ap->value, false, false, err, ""));
	} else if (still_fits(r, target, &w.ref) && is_first(r, nth, &w.ref)) {
		r->n_meant++;
		err = adj_file_open(w.ref.dir, "", true, &w.file);
		if (!err)
			err = adj_file_read(&w.file, &w.before);
		if (err == -ESRCH)
			say_ended(r, target);
		else if (err)
			note(r, adj_error_say(&w.ref, r->ap->value, w.file.is_old, false, err, ""));
		if (!err && has_inherited(r, nth, &w))
			err = -EALREADY;
		if (!err)
			err = choose(r, &w, target);
		if (!err && r->ap->is_dry_run)
			dry_run(r, &w, target);
		else if (!err)
			change(r, &w, target);
	}
	adj_file_close(&w.file);
	pidref_close(&w.ref);
}

/*
 * For a named PID, a plain value and -q the open file is enough of a handle: for 10,000 processes
 * half the work. false: nothing was done.
 */
static bool apply_fast(struct apply_run *r, const struct target *target)
{
	struct adj_change c = { r->ap->value, false, r->ap->is_old_scale };
	struct apply_work w = { .ref = { .dir = -1, .pid = target->pid }, .file = { .fd = -1 } };
	char prefix[16];

	if (msg_verbosity >= 0 || !target->is_named || target->is_pinned ||
	    r->ap->kind != APPLY_SET || r->ap->is_dry_run)
		return false;
	snprintf(prefix, sizeof(prefix), "%d/", (int)target->pid);
	if (adj_file_open(r->proc, prefix, true, &w.file))
		return false;
	w.wanted = adj_resolve(&c, 0, w.file.is_old, &w.is_clamped);
	change(r, &w, target);
	adj_file_close(&w.file);
	pidref_close(&w.ref);
	return true;
}

static void apply_one(struct apply_run *r, size_t nth)
{
	if (!apply_fast(r, &r->t->list[nth]))
		apply_slowly(r, nth);
}

/* How often new descendants are searched: each round is a generation forked at the wrong moment. */
#define MAX_ROUNDS 100

/* Before the first write: processes that share memory change together. */
static void read_before(struct apply_run *r)
{
	for (size_t i = 0; i < r->t->n; i++) {
		struct target *target = &r->t->list[i];

		target->has_before = adj_file_read_pid(r->proc, target->pid, &target->before) == 0;
	}
}

/*
 * A child that was forked after the search by a process not yet changed has the old value, and may
 * fork, too: with --tree the search is repeated until all new children have their parents' adj.
 */
static void apply_all(struct apply_run *r)
{
	size_t done = 0, n_late;
	int rounds = 0;

	r->n_first = r->t->n;
	do {
		n_late = r->n_late;
		r->changed = mem_resize(r->changed, r->t->n, sizeof(*r->changed));
		for (; done < r->t->n; done++)
			apply_one(r, done);
		if (!r->t->has_tree || r->ap->is_dry_run || (rounds && r->n_late == n_late))
			return;
		note(r, targets_add_new_children(r->t, r->proc));
	} while (rounds++ < MAX_ROUNDS);
	msg_error("some descendants may have kept their adj: they fork faster than they can be "
		  "changed");
	note(r, ST_MISSED);
}

/* Two runs at once would each save the other's value as the one before. */
static int lock_records(const struct apply *ap)
{
	int lock = -EPERM;

	if (!ap->is_dry_run && (ap->kind == APPLY_PROTECT || ap->kind == APPLY_UNPROTECT))
		lock = saved_adj_file_lock(ap->kind == APPLY_PROTECT);
	if (lock == -EBUSY)
		msg_warn("another protect or unprotect takes long: not waited for any more");
	return lock;
}

enum status apply_targets(struct ctx *cx, const struct apply *ap, struct targets *t,
			  const struct args *a)
{
	struct apply_run r = { .cx = cx, .ap = ap, .t = t };
	bool may_change;
	int lock;

	r.proc = procfs_open();
	if (r.proc < 0) {
		msg_error("there is no /proc here: mount it first");
		return ST_BROKEN;
	}
	r.has_sys_resource = privilege_has_sys_resource();
	privileged_write_begin(&r.raise, cx->privilege);
	/* All but a plain value are computed from the adj before: the process is read twice. */
	t->pins = ap->kind != APPLY_SET;
	r.status = targets_find(t, a, r.proc);
	may_change = r.status != ST_USAGE;
	if (may_change && ap->before)
		ap->before(cx, t);
	if (may_change && privilege_drop_bpf(cx->privilege)) {
		msg_error("cannot give up capabilities");
		r.status = ST_BROKEN;
		may_change = false;
	}
	lock = may_change ? lock_records(ap) : -EPERM;
	if (ap->kind != APPLY_SET)
		read_before(&r);
	if (msg_verbosity >= 0 && may_change)
		side_effects_begin(&r.side_effects, r.proc, t, ap->is_dry_run);
	if (may_change)
		apply_all(&r);
	else
		msg_error("nothing was changed");
	if (r.n_passed_over && !r.n_meant && r.status == ST_OK) {
		msg_error("no process matches but init, kernel threads and " PROGRAM_NAME
			  ", which are changed only by their PID");
		r.status = ST_MISSED;
	}
	if (r.n_changed && msg_verbosity >= 0)
		side_effects_report_sharers(&r.side_effects, r.changed, r.n_changed);
	if (r.n_changed && !ap->is_dry_run &&
	    (ap->kind == APPLY_PROTECT || ap->kind == APPLY_UNPROTECT))
		saved_adj_sweep(r.proc, lock);
	if (lock >= 0)
		close(lock);
	privileged_write_end(&r.raise);
	side_effects_end(&r.side_effects);
	free(r.changed);
	close(r.proc);
	return r.status;
}
