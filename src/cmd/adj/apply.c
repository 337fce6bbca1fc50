/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply: sets the adj of TARGETs in turn, and reports what changed. */
#include "cmd/adj/apply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/adj/effects.h"
#include "cmd/adj/internal.h"
#include "cmd/adj/write_error.h"
#include "cmd/adj/privileged_write.h"
#include "cmd/shared/processes.h"
#include "oom/rules/adj.h"
#include "sys/adj/adj_file.h"
#include "sys/adj/mm_sharers.h"
#include "sys/adj/saved_adj.h"
#include "sys/proc/forks.h"
#include "sys/proc/pidref.h"
#include "sys/proc/procfs.h"
#include "ui/wrap.h"

void apply_note(struct apply_run *r, enum status st)
{
	r->status = status_worse(r->status, st);
}

void apply_say_change(const struct apply_run *r, const struct apply_work *w, const char *remark)
{
	char change[96];

	if (w->file.is_old)
		snprintf(change, sizeof(change), "oom_adj %d -> %d", w->before, w->after);
	else if (r->ap->is_old_scale)
		snprintf(change, sizeof(change), "oom_adj %d -> %d, adj %d -> %d",
			 adj_to_old(w->before, 0), adj_to_old(w->after, 0), w->before, w->after);
	else
		snprintf(change, sizeof(change), "adj %d -> %d", w->before, w->after);
	wrap_line_print(r->cx->out, "pid %d (%s): %s%s%s", (int)w->ref.pid, w->ref.name, change,
			w->is_clamped ? " (clamped)" : "", remark);
}

/* A kernel thread, or init of the machine: services and kernel threads inherit their adj. */
static bool is_system(const struct pidref *ref)
{
	return ref->unkillable == UNKILLABLE_KTHREAD || ref->unkillable == UNKILLABLE_INIT;
}

/* Whether a named target must not be changed, which is reported. */
static bool is_refused(struct apply_run *r, const struct target *target, const struct pidref *ref)
{
	if (!target->is_named || !is_system(ref) || r->ap->is_forced)
		return false;
	msg_error("pid %d (%s): %s is changed only by PID with --force", (int)ref->pid, ref->name,
		  ref->unkillable == UNKILLABLE_INIT ? "init, whose adj services inherit,"
						     : "a kernel thread");
	apply_note(r, ST_MISSED);
	return true;
}

/* A selected process can have exited, or no longer match: this is not an error. */
static bool still_fits(struct apply_run *r, const struct apply_work *w)
{
	if (w->target->is_named)
		return !is_refused(r, w->target, &w->ref);
	/* A kernel thread or this program can be a descendant of a target. */
	if (is_system(&w->ref) || w->ref.pid == getpid())
		return false;
	return w->target->is_descendant || w->target->is_orphan ||
	       find_still_matches(r->proc, &r->t->match, &w->ref);
}

void apply_say_ended(struct apply_run *r, const struct target *target)
{
	if (!target->is_named)
		return;
	processes_say_gone(r->proc, target->pid);
	apply_note(r, ST_MISSED);
}

/* err: why the old adj is not saved, from saved_adj_save(). */
static void say_protected(struct apply_run *r, const struct apply_work *w, int err)
{
	bool is_dry_run = r->ap->is_dry_run;

	if (err == -EPERM) {
		msg_detail("pid %d: the old adj is saved only for root", (int)w->ref.pid);
	} else if (err && err != -ESRCH) {
		msg_error("pid %d (%s): adj %s set, but the old value %d cannot be saved for "
			  "unprotect: %s",
			  (int)w->ref.pid, w->ref.name, is_dry_run ? "can be" : "is", w->first,
			  saved_adj_error(err));
		apply_note(r, ST_MISSED);
	}
}

/* Records that the target was changed, or would be, and warns of effects. */
static void note_change(struct apply_run *r, const struct apply_work *w)
{
	w->target->is_changed = true;
	w->target->before = w->first;
	w->target->after = w->after;
	if (msg_verbosity >= 0)
		effects_warn_process(r->cx, &w->ref, w->after, r->ap->is_stored);
	r->has_inheritable |=
		w->after < w->first && w->ref.unkillable != UNKILLABLE_NO_MM &&
		(r->ap->kind == APPLY_PROTECT || (w->after < 0 && r->ap->kind != APPLY_UNPROTECT));
	r->n_changed++;
}

/* open(2) for writing has checked the permission, but not the rule for lower values. */
static void dry_run(struct apply_run *r, struct apply_work *w)
{
	int adj = w->file.is_old ? adj_from_old(w->wanted) : w->wanted;

	w->after = w->wanted;
	if (w->wanted < w->before &&
	    !(r->has_sys_resource && privileged_write_allowed(&r->raise, adj))) {
		apply_say_change(r, w,
				 w->file.is_old ? " (dry run: the kernel would refuse it)"
						: " (dry run: below its floor this needs "
						  "CAP_SYS_RESOURCE)");
		apply_note(r, ST_DENIED);
		return;
	}
	apply_say_change(r, w, " (dry run)");
	if (r->ap->kind == APPLY_PROTECT)
		say_protected(r, w, saved_adj_probe());
	note_change(r, w);
}

/* Why a write was refused; "": the general reason. Root cannot repeat --persist for a user. */
static const char *find_hint(const struct apply_run *r)
{
	return !*r->raise.hint && r->ap->is_stored && geteuid() != 0
		       ? "lowering adj below its floor needs CAP_SYS_RESOURCE"
		       : r->raise.hint;
}

/* Writes w->wanted, reads it back, and reports errors. */
static int write_wanted(struct apply_run *r, struct apply_work *w)
{
	int err = adj_file_write(&w->file, w->wanted, NULL);

	/* Also opens the process: while its file can be read, its PID is not reused. */
	if (err == -EACCES && w->ref.dir < 0 && privileged_write_would_help(&r->raise) &&
	    (pidref_open(r->proc, w->ref.pid, &w->ref) == -ESRCH ||
	     adj_file_read(&w->file, &w->before) == -ESRCH))
		err = -ESRCH;
	if (err == -EACCES)
		err = privileged_write_write(&r->raise, &w->ref, &w->file, w->before, w->wanted);
	if (!err)
		err = adj_file_read(&w->file, &w->after);
	if (err == -ESRCH)
		apply_say_ended(r, w->target);
	else if (err)
		apply_note(r, write_error_say(&w->ref, w->wanted, w->file.is_old, true, err,
					      find_hint(r)));
	return err;
}

/* protect saves before the write, unprotect deletes after it: a killed run loses nothing. */
static void change(struct apply_run *r, struct apply_work *w)
{
	bool is_protect = r->ap->kind == APPLY_PROTECT, has_saved;
	struct saved_adj_change saved;
	int err, unsaved = -EPERM;

	if (is_protect)
		unsaved = saved_adj_save(r->proc, &w->ref, w->first, w->before, w->wanted, &saved);
	has_saved = !unsaved;
	err = write_wanted(r, w);
	if (err && has_saved)
		saved_adj_undo(r->proc, &saved, err == -ESRCH);
	if (err)
		return;
	if (has_saved)
		unsaved = saved_adj_finish(r->proc, &w->ref, w->after, &saved);
	if (is_protect)
		say_protected(r, w, unsaved);
	if (r->ap->undo)
		undo_add(r->ap->undo, w->target, &w->ref, w->before, has_saved ? &saved : NULL);
	else if (r->ap->kind == APPLY_UNPROTECT)
		undo_forget_saved(r->proc, &w->ref, w->wanted);
	if (w->after != w->wanted) {
		write_error_say_differs(&w->ref, w->wanted, w->after);
		apply_note(r, ST_DENIED);
	}
	if (msg_verbosity >= 0)
		apply_say_change(r, w, "");
	note_change(r, w);
}

/* Replaces a thread ID by its process, which is changed once. */
static bool is_first(struct apply_run *r, size_t nth, struct pidref *ref)
{
	bool is_known = targets_has(r->t, ref->pid);

	if (!ref->is_thread)
		return true;
	msg_warn("pid %d (%s): is a thread; using its process %d", (int)r->t->list[nth].pid,
		 ref->name, (int)ref->pid);
	targets_replace(r->t, nth, is_known ? 0 : ref->pid);
	if (!is_known && pidref_identify(ref, &r->t->list[nth].id))
		r->t->list[nth].id.pid = 0;
	pidref_take_name(ref);
	return !is_known;
}

/* Whether a process that was found after the first write needs no change. */
static bool has_inherited(struct apply_run *r, struct apply_work *w)
{
	bool is_absolute = r->ap->kind == APPLY_SET || r->ap->kind == APPLY_PROTECT, has;
	const struct target *parent = NULL;

	if (!is_absolute || w->target->is_orphan || r->ap->undo)
		parent = targets_find_parent(r->t, r->proc, w->ref.ppid, w->before);
	if (w->target->is_orphan && (!parent || parent->before != w->before)) {
		has = true;
	} else if (is_absolute) {
		struct adj_change c = { r->ap->value, false, r->ap->is_old_scale };
		int wanted = adj_resolve(&c, 0, w->file.is_old, &w->is_clamped);

		has = w->before == wanted || (r->ap->kind == APPLY_PROTECT && w->before < wanted);
	} else {
		has = parent && w->before == parent->after;
		w->parent = parent && w->before == parent->before ? parent : NULL;
	}
	r->n_late += !has;
	/* What it has inherited must be undone too. */
	if (has && r->ap->undo && parent && parent->after == w->before)
		undo_add(r->ap->undo, w->target, &w->ref, parent->before, NULL);
	return has;
}

static void apply_slowly(struct apply_run *r, size_t nth)
{
	struct target *target = &r->t->list[nth];
	struct apply_work w = { .target = target, .ref = { .dir = -1 }, .file = { .fd = -1 } };
	int err = pidref_open(r->proc, target->pid, &w.ref);

	if (!err && !targets_is_same(r->t, target, r->proc, &w.ref))
		err = -ESRCH;
	if (err == -ESRCH) {
		apply_say_ended(r, target);
	} else if (err) {
		apply_note(r, write_error_say(&w.ref, r->ap->value, false, false, err, ""));
	} else if (still_fits(r, &w) && is_first(r, nth, &w.ref)) {
		err = adj_file_open(w.ref.dir, 0, true, &w.file);
		if (!err)
			err = adj_file_read(&w.file, &w.before);
		if (err == -ESRCH)
			apply_say_ended(r, target);
		else if (err)
			apply_note(r, write_error_say(&w.ref, r->ap->value, w.file.is_old, false,
						      err, ""));
		if (!err && nth >= r->n_first && has_inherited(r, &w))
			err = -EALREADY;
		w.first = target->has_before ? target->before : w.before;
		if (!err && apply_choose(r, &w)) {
			if (r->ap->is_dry_run)
				dry_run(r, &w);
			else
				change(r, &w);
		}
	}
	adj_file_close(&w.file);
	pidref_close(&w.ref);
}

/* For a PID, a plain value and -q, the open file is enough: half the work. false: not done. */
static bool apply_fast(struct apply_run *r, struct target *target)
{
	char statm[64] = "0";
	struct adj_change c = { r->ap->value, false, r->ap->is_old_scale };
	struct apply_work w = { .target = target,
				.ref = { .dir = -1, .pid = target->pid },
				.file = { .fd = -1 } };

	if (msg_verbosity >= 0 || !target->is_named || target->is_pinned ||
	    r->ap->kind != APPLY_SET || r->ap->is_dry_run)
		return false;
	if (adj_file_open(r->proc, target->pid, true, &w.file))
		return false;
	/* Init, and all without memory, such as kernel threads, are checked by apply_slowly(). */
	if (target->pid == 1 ||
	    procfs_read_pid(r->proc, target->pid, 0, "statm", statm, sizeof(statm)) <= 0 ||
	    *statm == '0') {
		adj_file_close(&w.file);
		return false;
	}
	w.wanted = adj_resolve(&c, 0, w.file.is_old, &w.is_clamped);
	change(r, &w);
	adj_file_close(&w.file);
	pidref_close(&w.ref);
	return true;
}

/* Whether a process with this adj can have been forked by a target before that was changed. */
static bool is_old(const struct apply_run *r, int adj)
{
	for (size_t i = 0; i < r->t->n; i++)
		if (r->t->list[i].is_changed && r->t->list[i].before == adj &&
		    r->t->list[i].after != adj)
			return true;
	return false;
}

/* Of processes that are perhaps descendants, those with an old adj. name: of the first one. */
static size_t count_doubtful(const struct apply_run *r, pid_t *pid, char name[TASK_NAME_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < r->t->n_doubtful; i++) {
		const struct identity *id = &r->t->doubtful[i];
		struct pidref ref = { .dir = -1 };
		int adj;

		if (!targets_has(r->t, id->pid) && pidref_open(r->proc, id->pid, &ref) == 0 &&
		    pidref_is(&ref, id) && ref.unkillable == KILLABLE &&
		    adj_file_read_pid(ref.dir, 0, &adj) == 0 && is_old(r, adj) && n++ == 0) {
			*pid = ref.pid;
			memcpy(name, ref.name, TASK_NAME_MAX);
		}
		pidref_close(&ref);
	}
	return n;
}

/* How often targets are searched: each round finds those forked during the round before. */
#define MAX_ROUNDS 30

/* In how many rounds a doubtful process can end, or fork one that is found. */
#define DOUBTFUL_ROUNDS 8

/* How long a search waits for the forks of all targets that were changed before it, in ms. */
#define FORKS_MS 1000

/*
 * Until the targets from begin on can have no child that is being forked, which has the old adj and
 * cannot be found yet.
 */
static void wait_for_forks(const struct apply_run *r, size_t begin)
{
	struct forks forks = { 0 };

	for (size_t i = begin; i < r->t->n; i++)
		if (r->t->list[i].is_changed)
			forks_add(&forks, r->proc, r->t->list[i].pid);
	forks_wait(&forks, r->proc, FORKS_MS);
	for (size_t i = 0; i < forks.n; i++)
		msg_detail("pid %d: was busy in the kernel for %d s; if it was forking, the child "
			   "is perhaps unchanged",
			   (int)forks.list[i].pid, FORKS_MS / 1000);
	forks_free(&forks);
}

/* With --tree or a selector: searches again until no new target has the old value. */
static void apply_all(struct apply_run *r)
{
	bool repeats = !r->ap->is_dry_run && r->status < ST_BROKEN &&
		       (r->t->has_tree || targets_have_selector(r->t));
	size_t done = 0, first, n_late, n, n_doubtful_rounds = 0;
	char name[TASK_NAME_MAX];
	pid_t pid = 0;

	r->n_first = r->t->n;
	for (int rounds = 0; rounds < MAX_ROUNDS; rounds++) {
		n_late = r->n_late;
		first = done;
		for (; done < r->t->n; done++)
			if (!apply_fast(r, &r->t->list[done]))
				apply_slowly(r, done);
		if (!repeats)
			return;
		if (rounds && r->n_late == n_late) {
			n = count_doubtful(r, &pid, name);
			if (!n)
				return;
			if (++n_doubtful_rounds == DOUBTFUL_ROUNDS) {
				msg_error("%zu %s unchanged, but might be %s of a target whose "
					  "parent has exited: pid %d (%s)%s",
					  n, n == 1 ? "process is" : "processes are",
					  n == 1 ? "a descendant" : "descendants", (int)pid, name,
					  n == 1 ? "" : " and others");
				apply_note(r, ST_MISSED);
				return;
			}
		}
		wait_for_forks(r, first);
		apply_note(r, targets_find_new(r->t, r->proc));
	}
	msg_error("some processes might be unchanged: after %d searches, there were still new "
		  "ones with the old adj",
		  MAX_ROUNDS);
	apply_note(r, ST_MISSED);
}

/* With --tree, if init or a kernel thread is refused, its descendants are not changed either. */
static bool may_descend(struct apply_run *r)
{
	bool may = true;

	for (size_t i = 0; r->t->has_tree && i < r->t->n; i++) {
		struct pidref ref = { .dir = -1 };

		if (r->t->list[i].is_named && pidref_open(r->proc, r->t->list[i].pid, &ref) == 0)
			may = !is_refused(r, &r->t->list[i], &ref) && may;
		pidref_close(&ref);
	}
	return may;
}

enum status apply_targets(struct ctx *cx, const struct apply *ap, struct targets *t,
			  const struct args *a)
{
	const struct adj_change change = { ap->value, ap->kind == APPLY_BY, ap->is_old_scale };
	struct apply_run r = { .cx = cx, .ap = ap, .t = t };
	struct scan_options scan = { .way = PROCESSES_SCAN_AUTO };
	bool may_change, has_records = ap->kind == APPLY_PROTECT || ap->kind == APPLY_UNPROTECT;
	int lock = -EPERM;

	r.proc = procfs_open();
	if (r.proc < 0) {
		msg_error("/proc is not mounted");
		return ST_BROKEN;
	}
	r.has_sys_resource = privilege_has_sys_resource();
	privileged_write_begin(&r.raise, cx->privilege);
	/* All but a plain value depend on the old adj, for which the process is read twice. */
	t->pins = ap->kind != APPLY_SET || ap->undo;
	if (targets_have_selector(t))
		processes_load_bpf(&scan, cx, BPF_TASKS_MEMORY, 0);
	t->bpf = scan.bpf;
	t->program = scan.program;
	r.status = targets_find(t, a, r.proc);
	/* libproc2 can be missing too, but a wrong operand means that nothing is changed. */
	may_change = !t->has_usage_error && may_descend(&r);
	if (may_change && ap->kind != APPLY_UNPROTECT)
		effects_warn_never(cx, t, r.proc, &change);
	if (may_change && privilege_drop_bpf(cx->privilege)) {
		msg_error("cannot drop capabilities");
		r.status = ST_BROKEN;
		may_change = false;
	}
	/* Concurrent runs would save each other's values as the old ones. */
	if (may_change && has_records && !ap->is_dry_run)
		lock = saved_adj_lock(ap->kind == APPLY_PROTECT);
	if (lock == -EBUSY)
		msg_warn("another protect or unprotect is running; continuing without its lock");
	/* Before the first write: processes that share memory change together. */
	for (size_t i = 0; ap->kind != APPLY_SET && i < t->n; i++) {
		struct target *target = &t->list[i];

		target->has_before = adj_file_read_pid(r.proc, target->pid, &target->before) == 0;
	}
	if (msg_verbosity >= 0 && may_change)
		effects_watch_sharers(t, r.proc, &r.watched);
	if (may_change)
		apply_all(&r);
	else
		msg_error("nothing was changed");
	if (r.n_unsaved && !ap->has_no_options)
		msg_error("to set adj to 0 without a saved value, use --reset");
	if (r.n_changed && msg_verbosity >= 0)
		effects_warn_children(t, r.proc, ap->has_no_options);
	if (r.n_changed && msg_verbosity >= 0)
		effects_warn_sharers(&r.watched, t, r.proc, ap->is_dry_run);
	if (r.has_inheritable)
		msg_warn("children forked %s inherit the new adj",
			 ap->is_dry_run ? "later would" : "from now on");
	if (may_change && !ap->is_dry_run && has_records)
		saved_adj_sweep(r.proc, lock);
	if (lock >= 0)
		close(lock);
	privileged_write_end(&r.raise);
	mm_sharers_free(&r.watched);
	processes_scan_free(&scan);
	t->bpf = NULL;
	t->program = NULL;
	close(r.proc);
	return r.status;
}
