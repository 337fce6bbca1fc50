/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * side_effects: names the processes for which a change of another one's adj may surprise: its
 * children, its sharers.
 */
#pragma once

#include "cmd/shared/targets.h"
#include "sys/proc/pidref.h"
#include "sys/adj/mm_sharers.h"

struct side_effects {
	int proc;
	const struct targets *t;
	bool is_dry_run; /* says what would be */
	struct mm_sharers watch;
};

/* Before the first write; proc and t stay the caller's, who ends it. */
void side_effects_begin(struct side_effects *am, int proc, const struct targets *t,
			bool is_dry_run);

void side_effects_end(struct side_effects *am);

/* Children had their adj copied when they were forked; adj is what their parent has now. */
void side_effects_report_children(const struct side_effects *am, const struct pidref *ref, int adj);

/* Those that share memory with one of the changed have got its adj with it. */
void side_effects_report_sharers(const struct side_effects *am, const pid_t *changed,
				 size_t n_changed);
