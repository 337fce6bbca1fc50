/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * candidates: the processes among which the kernel would choose, of the machine or of one cgroup,
 * ready for oom/predict.h.
 */
#pragma once

#include "oom/predict/predict.h"
#include "sys/cgroup/memcg_state.h"
#include "sys/predict/error_bounds.h"
#include "sys/predict/kill_set.h"
#include "sys/scan/snapshot.h"

struct candidates {
	struct snapshot s;
	struct memcg_tree tree; /* root -1: no memory cgroups */
	struct error_bounds bounds;
	struct predict p; /* to be completed by candidates_finish() */
	bool is_cgroup;
	bool is_elsewhere;        /* candidates_use_kernel() was called */
	struct memcg_state memcg; /* of a cgroup */
	struct kill_set kill_set;
	const struct bpf_tasks *census; /* their source; borrowed; NULL: /proc */
};

/*
 * Reads all processes of the machine. needs_ages: also the start times of those that don't tie now.
 * census: the source instead of /proc, or NULL. 0, or what snapshot_take() gives. a is to be freed
 * by candidates_free(), also after an error, and must not move meanwhile.
 */
int candidates_read_machine(struct candidates *a, bool needs_ages, const struct bpf_tasks *census);

/*
 * Reads the processes of one cgroup and those that die with them elsewhere, and nothing else: see
 * mm_sharers_find_relatives(). What snapshot_take_pids() and memcg_state_read() give; -ENODEV: no
 * memory controller.
 */
int candidates_read_cgroup(struct candidates *a, const char *path, const struct bpf_tasks *census);

/* Applies the rules of another kernel version from here on. 0 or -ENOMEM. */
int candidates_use_kernel(struct candidates *a, int version);

/*
 * Finds how far the candidates for the next kills victims may have changed since they were read.
 * p: a's own or a copy with changes; to be called before predict_next().
 */
void candidates_finish(const struct candidates *a, struct predict *p, size_t kills);

void candidates_free(struct candidates *a);
