/* SPDX-License-Identifier: GPL-2.0-or-later */
/* side_effects: names processes that a change of adj affects, or not: children, memory sharers. */
#pragma once

#include "cmd/shared/targets.h"
#include "sys/proc/pidref.h"
#include "sys/adj/mm_sharers.h"

struct side_effects {
	int proc;
	const struct targets *t;
	bool is_dry_run; /* say what would happen */
	struct mm_sharers watch;
};

/* Before the first write. proc and t must outlive it. */
void side_effects_begin(struct side_effects *am, int proc, const struct targets *t,
			bool is_dry_run);

void side_effects_end(struct side_effects *am);

/* Children keep the adj that was copied when they were forked; adj: the parent's now. */
void side_effects_report_children(const struct side_effects *am, const struct pidref *ref, int adj);

/* Processes that share memory with a changed one have got its adj. */
void side_effects_report_sharers(const struct side_effects *am, const pid_t *changed,
				 size_t n_changed);
