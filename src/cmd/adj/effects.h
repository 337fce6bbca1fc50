/* SPDX-License-Identifier: GPL-2.0-or-later */
/* effects: warnings about effects of a change that the user might not expect. */
#pragma once

#include "cmd/shared/targets.h"
#include "oom/rules/adj.h"
#include "sys/adj/mm_sharers.h"
#include "sys/proc/pidref.h"

/* Before a change that sets adj -1000: without a killable process the kernel panics. */
void effects_warn_never(const struct ctx *cx, const struct targets *t, int proc,
			const struct adj_change *change);

/*
 * After a target was changed to adj, or would be: no effect, or a unit that overrides it.
 * is_stored: the file of its unit, or of its user manager, has that adj.
 */
void effects_warn_process(const struct ctx *cx, const struct pidref *ref, int adj, bool is_stored);

/*
 * After all changes: children of changed targets that keep their adj. Not before: a later search
 * may find them. proc: a handle of /proc. has_no_options: of struct apply.
 */
void effects_warn_children(const struct targets *t, int proc, bool has_no_options);

/* Before the first change, for effects_warn_sharers(). */
void effects_watch_sharers(const struct targets *t, int proc, struct mm_sharers *watched);

/* After all changes: processes that share memory with the changed targets have changed too. */
void effects_warn_sharers(const struct mm_sharers *watched, const struct targets *t, int proc,
			  bool is_dry_run);
