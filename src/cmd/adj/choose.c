/* SPDX-License-Identifier: GPL-2.0-or-later */
/* choose: the adj that a target gets. */
#include <errno.h>

#include "base/msg.h"
#include "cmd/adj/internal.h"
#include "oom/rules/adj.h"
#include "sys/adj/saved_adj.h"
#include "sys/standing/records.h"

/* The saved value is not trusted, or cannot be read. */
static void say_unread(struct apply_run *r, const struct apply_work *w, int err)
{
	msg_error("pid %d (%s): adj %d is unchanged: cannot read its saved value: %s",
		  (int)w->ref.pid, w->ref.name, w->first,
		  err == -EBADF ? "damaged, or users other than root can write to it"
				: saved_adj_error(err));
	apply_note(r, err == -EBADF ? ST_MISSED : status_of_error(err, ST_BROKEN));
}

/* The adj is not that of the unit's file. Set leaves no record, but a standing rule does. */
static void say_others(struct apply_run *r, const struct apply_work *w)
{
	struct records records;
	const struct record *found;
	uint64_t start;
	int err = records_init(&records, RECORDS_MAX);

	if (!err)
		err = records_load(&records, r->proc);
	if (!err)
		err = pidref_read_start(r->proc, &w->ref, &start);
	found = err ? NULL : records_find(&records, w->ref.pid, start);
	if (found && found->value == w->first)
		msg_warn("pid %d (%s): adj %d is unchanged: a standing rule set it; see "
			 "'" PROGRAM_NAME " explain %d'",
			 (int)w->ref.pid, w->ref.name, w->first, (int)w->ref.pid);
	else
		msg_warn("pid %d (%s): adj %d is unchanged: it is not that of the file, %d, and "
			 "it is not known what set it",
			 (int)w->ref.pid, w->ref.name, w->first, r->ap->fallback->from);
	records_free(&records);
}

/* Chooses the adj to restore. false: there is none, as reported. */
static bool choose_saved(struct apply_run *r, struct apply_work *w)
{
	int err = saved_adj_read(r->proc, &w->ref, w->first, &w->wanted, NULL);

	if (!err)
		return true;
	if (err == -ESRCH) {
		apply_say_ended(r, w->target);
		return false;
	}
	if (w->parent && err == -ENOENT) {
		w->wanted = w->parent->after;
		return true;
	}
	if (r->ap->resets && (err == -ENOENT || err == -EBADF)) {
		w->wanted = 0;
		return true;
	}
	if (r->ap->fallback && (err == -ENOENT || err == -EBADF)) {
		w->wanted = r->ap->fallback->to;
		if (w->first == r->ap->fallback->from || w->first == r->ap->fallback->also_from)
			return true;
		say_others(r, w);
		return false;
	}
	r->n_unsaved += err == -ENOENT || err == -EBADF;
	if (err != -ENOENT) {
		say_unread(r, w, err);
		return false;
	}
	msg_error("pid %d (%s): no saved value: adj %d is unchanged", (int)w->ref.pid, w->ref.name,
		  w->first);
	apply_note(r, ST_MISSED);
	return false;
}

bool apply_choose(struct apply_run *r, struct apply_work *w)
{
	struct adj_change c = { r->ap->value, r->ap->kind == APPLY_BY, r->ap->is_old_scale };
	int saved;

	if (r->ap->kind == APPLY_UNPROTECT)
		return choose_saved(r, w);
	w->wanted = adj_resolve(&c, w->first, w->file.is_old, &w->is_clamped);
	if (r->ap->kind != APPLY_PROTECT || w->wanted < w->before)
		return true;
	/* The record of an earlier protect has the only copy of the old value. */
	if (w->wanted == w->before) {
		bool is_bad = saved_adj_read(r->proc, &w->ref, w->first, &saved, NULL) == -EBADF;

		if (is_bad)
			say_unread(r, w, -EBADF);
		return !is_bad;
	}
	/* protect never makes a process easier to kill. */
	if (r->ap->is_default) {
		w->after = w->before;
		if (msg_verbosity >= 0)
			apply_say_change(r, w, " (already protected more)");
	} else {
		msg_error("pid %d (%s): adj %d is unchanged: %d would protect less; use "
			  "'" PROGRAM_NAME " set' to raise it",
			  (int)w->ref.pid, w->ref.name, w->before, w->wanted);
		apply_note(r, ST_MISSED);
	}
	return false;
}
