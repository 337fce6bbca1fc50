/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply: gives TARGETs another adj: who is meant, in which order, and what there is to say of all of them. */
#include "cmd/adj/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/msg.h"
#include "cmd/adj/apply_run.h"
#include "sys/adj/adj_file.h"
#include "sys/proc/procfs.h"
#include "sys/adj/saved_adj.h"

/* Times that the descendants are looked for again: each is one generation that was born in the wrong moment. */
#define MAX_ROUNDS 100

/* Before the first write: those that share memory change together, and each has had a value of its own. */
static void read_before(struct apply_run *r)
{
	for (size_t i = 0; i < r->t->n; i++) {
		struct target *target = &r->t->list[i];

		target->has_before = adjfile_read_pid(r->proc, target->pid, &target->before) == 0;
	}
}

static bool reserve(struct apply_run *r)
{
	pid_t *grown = reallocarray(r->changed, r->t->n + 1, sizeof(*grown));

	r->changed = grown ? grown : r->changed;
	return grown;
}

/*
 * Who was forked after the search by one that was not changed yet has the old value still, and may fork, too: with
 * --tree it is looked again until all that were born meanwhile have what their parents have.
 */
static void apply_all(struct apply_run *r)
{
	size_t done = 0, n_late;
	int rounds = 0;

	r->n_first = r->t->n;
	do {
		n_late = r->n_late;
		if (!reserve(r)) {
			msg_error("out of memory");
			r->status = ST_BROKEN;
			return;
		}
		for (; done < r->t->n; done++)
			apply_one(r, done);
		if (!r->t->has_tree || r->ap->is_dry_run || (rounds && r->n_late == n_late))
			return;
		apply_note(r, targets_add_newborn(r->t, r->proc));
	} while (rounds++ < MAX_ROUNDS);
	msg_error(
		"some descendants may have kept their adj: they fork faster than they can be changed");
	apply_note(r, ST_MISSED);
}

/* Two that protect the same processes at once would each take the other's value for theirs. */
static int lock_records(const struct apply *ap)
{
	int lock = -EPERM;

	if (!ap->is_dry_run && (ap->kind == APPLY_PROTECT || ap->kind == APPLY_UNPROTECT))
		lock = record_lock(ap->kind == APPLY_PROTECT);
	if (lock == -EAGAIN)
		msg_warn("another protect or unprotect takes long: not waited for any more");
	return lock;
}

enum status apply_targets(struct ctx *cx, const struct apply *ap, struct targets *t,
			  const struct args *a)
{
	struct apply_run r = { .cx = cx, .ap = ap, .t = t };
	bool goes_on;
	int lock;

	r.proc = procfs_open();
	if (r.proc < 0) {
		msg_error("there is no /proc here: mount it first");
		return ST_BROKEN;
	}
	rights_read(r.proc, &r.rights);
	raise_begin(&r.raise, cx->privilege);
	/* All but a plain value are reckoned from what the process had before: two looks at it. */
	t->pins = ap->kind != APPLY_SET;
	r.status = targets_find(t, a, r.proc);
	goes_on = r.status != ST_USAGE;
	if (goes_on && ap->before)
		ap->before(cx, t);
	if (goes_on && privilege_end_count(cx->privilege)) {
		msg_error("cannot give up capabilities");
		r.status = ST_BROKEN;
		goes_on = false;
	}
	lock = goes_on ? lock_records(ap) : -EPERM;
	if (ap->kind != APPLY_SET)
		read_before(&r);
	if (msg_verbosity >= 0 && goes_on)
		aftermath_begin(&r.aftermath, r.proc, t, ap->is_dry_run);
	if (goes_on)
		apply_all(&r);
	else
		msg_error("nothing was changed");
	if (r.n_passed_over && !r.n_meant && r.status == ST_OK) {
		msg_error("no process matches but init, kernel threads and " PROGRAM_NAME
			  ", which are changed only by their PID");
		r.status = ST_MISSED;
	}
	if (r.n_changed && msg_verbosity >= 0)
		aftermath_report_sharers(&r.aftermath, r.changed, r.n_changed);
	if (r.n_changed && !ap->is_dry_run &&
	    (ap->kind == APPLY_PROTECT || ap->kind == APPLY_UNPROTECT))
		record_sweep(r.proc, lock);
	record_unlock(lock);
	raise_end(&r.raise);
	aftermath_end(&r.aftermath);
	free(r.changed);
	close(r.proc);
	return r.status;
}
