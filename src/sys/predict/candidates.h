/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * candidates: the processes among which the kernel would choose, of the machine or of one cgroup,
 * ready for oom/predict.h.
 */
#pragma once

#include "oom/predict/predict.h"
#include "sys/predict/kill_set.h"
#include "sys/cgroup/memcg_state.h"
#include "sys/predict/error_bounds.h"
#include "sys/scan/snapshot.h"

struct candidates {
	struct snapshot s;
	struct memcg_tree tree; /* root -1: no memory cgroups */
	struct error_bounds slack;
	struct predict p; /* candidates_finish() first */
	bool is_cgroup;
	bool is_elsewhere;         /* candidates_use_kernel() was called */
	struct memcg_state domain; /* of a cgroup */
	struct kill_set company;
	const struct bpf_tasks *census; /* where it is from; borrowed; NULL: from /proc */
};

/*
 * All processes of the machine; needs_ages: also when those were started that don't tie now.
 * census: instead of /proc; NULL: there is none. 0, or what snapshot_take() gives. a is to be freed
 * by candidates_free(), also after an error, and must not move meanwhile.
 */
int candidates_read_machine(struct candidates *a, bool needs_ages, const struct bpf_tasks *census);

/*
 * Those of one cgroup, and who dies with them elsewhere; nothing else is read, see mm_sharers_find_relatives(). What
 * snapshot_take_pids() and memcg_state_read() give; -ENODEV: no memory controller.
 */
int candidates_read_cgroup(struct candidates *a, const char *path, const struct bpf_tasks *census);

/* From here on by another version's rules. 0 or -ENOMEM. */
int candidates_use_kernel(struct candidates *a, int version);

/*
 * Finds out how much those that could be among the next kills victims may have moved since they
 * were read. p: a's own or a copy with changes; before predict_next().
 */
void candidates_finish(const struct candidates *a, struct predict *p, size_t kills);

void candidates_free(struct candidates *a);
