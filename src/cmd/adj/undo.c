/* SPDX-License-Identifier: GPL-2.0-or-later */
/* undo: what apply changed, for commands that change everything or nothing. */
#include "cmd/adj/undo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/adj/privileged_write.h"
#include "cmd/adj/write_error.h"
#include "sys/proc/procfs.h"
#include "ui/wrap.h"

void undo_add(struct undo *u, const struct target *target, const struct pidref *ref, int before,
	      const struct saved_adj_change *saved)
{
	struct undo_entry *e;

	u->list = mem_grow(u->list, u->n, sizeof(*u->list));
	e = &u->list[u->n++];
	*e = (struct undo_entry){ .id = target->id, .before = before };
	e->id.pid = ref->pid;
	e->has_saved = saved != NULL;
	if (saved)
		e->saved = *saved;
}

/* Opens the process of an entry. -ESRCH: it has ended. */
static int open_entry(int proc, const struct undo_entry *e, struct pidref *ref)
{
	int err = pidref_open(proc, e->id.pid, ref);

	return !err && !pidref_is(ref, &e->id) ? -ESRCH : err;
}

static int restore_one(struct privileged_write *raise, const struct pidref *ref, int before,
		       int *now)
{
	struct adj_file f = { .fd = -1 };
	int err = adj_file_open(ref->dir, 0, true, &f);

	if (!err)
		err = adj_file_read(&f, now);
	if (!err && *now != before) {
		err = adj_file_write(&f, before, NULL);
		if (err == -EACCES)
			err = privileged_write_write(raise, ref, &f, *now, before);
	}
	adj_file_close(&f);
	return err;
}

enum status undo_restore(struct ctx *cx, struct undo *u)
{
	struct privileged_write raise;
	enum status st = ST_OK;
	int proc = procfs_open(), lock;

	privileged_write_begin(&raise, cx->privilege);
	lock = u->n ? saved_adj_lock(false) : -ENOENT;
	for (size_t i = u->n; i-- > 0;) {
		const struct undo_entry *e = &u->list[i];
		struct pidref ref = { .dir = -1 };
		int now = e->before, err = open_entry(proc, e, &ref);

		if (!err)
			err = restore_one(&raise, &ref, e->before, &now);
		if (e->has_saved)
			saved_adj_undo(proc, &e->saved, err == -ESRCH);
		if (err && err != -ESRCH)
			st = status_worse(st, write_error_say(&ref, e->before, false, true, err,
							      raise.hint));
		else if (!err && now != e->before)
			msg_info("pid %d (%s): adj %d -> %d (restored)", (int)ref.pid, ref.name,
				 now, e->before);
		pidref_close(&ref);
	}
	if (lock >= 0)
		close(lock);
	privileged_write_end(&raise);
	if (proc >= 0)
		close(proc);
	free(u->list);
	*u = (struct undo){ .n = 0 };
	return st;
}

void undo_keep(struct undo *u, bool is_unprotect)
{
	int proc = procfs_open(), lock = u->n && is_unprotect ? saved_adj_lock(false) : -ENOENT;

	for (size_t i = 0; is_unprotect && i < u->n; i++) {
		struct pidref ref = { .dir = -1 };
		int adj;

		if (open_entry(proc, &u->list[i], &ref) == 0 &&
		    adj_file_read_pid(ref.dir, 0, &adj) == 0)
			undo_forget_saved(proc, &ref, adj);
		pidref_close(&ref);
	}
	if (lock >= 0)
		close(lock);
	if (proc >= 0)
		close(proc);
	free(u->list);
	*u = (struct undo){ .n = 0 };
}

void undo_forget_saved(int proc, const struct pidref *ref, int value)
{
	int err = saved_adj_forget(proc, ref, value);

	if (err)
		msg_warn("pid %d (%s): cannot read the records of processes that share its "
			 "memory: %s",
			 (int)ref->pid, ref->name, saved_adj_error(err));
}
