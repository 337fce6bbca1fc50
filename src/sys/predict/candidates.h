/* SPDX-License-Identifier: GPL-2.0-or-later */
/* candidates: the processes among which the kernel would choose, of the machine or of one cgroup, ready for oom/predict.h. */
#pragma once

#include "oom/predict/predict.h"
#include "sys/predict/kill_set.h"
#include "sys/cgroup/memcg_state.h"
#include "sys/predict/error_bounds.h"
#include "sys/scan/snapshot.h"

struct arena {
	struct snapshot s;
	struct memcg_tree tree; /* root -1: no memory cgroups */
	struct slack slack;
	struct predict p; /* arena_settle() first */
	bool is_cgroup;
	bool is_elsewhere;    /* arena_use_kernel() was called */
	struct domain domain; /* of a cgroup */
	struct company company;
	const struct census *census; /* where it is from; borrowed; NULL: from /proc */
};

/*
 * All processes of the machine; needs_ages: also when those were started that don't tie now. census: instead of /proc;
 * NULL: there is none. 0, or what snapshot_take()
 * gives. a is to be freed by arena_free(), also after an error, and must not move meanwhile.
 */
int arena_take_machine(struct arena *a, bool needs_ages, const struct census *census);

/*
 * Those of one cgroup, and who dies with them elsewhere; nothing else is read, see sys/kin.h. What snapshot_take_pids() and
 * domain_read() give; -ENODEV: no memory controller.
 */
int arena_take_cgroup(struct arena *a, const char *path, const struct census *census);

/* From here on by another version's rules. 0 or -ENOMEM. */
int arena_use_kernel(struct arena *a, int version);

/*
 * Finds out how much those that could be among the next kills victims may have moved since they were read. p: a's
 * own or a copy with changes; before predict_next().
 */
void arena_settle(const struct arena *a, struct predict *p, size_t kills);

void arena_free(struct arena *a);
