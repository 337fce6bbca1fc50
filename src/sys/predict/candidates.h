/* SPDX-License-Identifier: GPL-2.0-or-later */
/* candidates: the processes that the kernel can choose from, of the machine or of one cgroup. */
#pragma once

#include "oom/predict/predict.h"
#include "sys/cgroup/memcg_state.h"
#include "sys/scan/snapshot.h"

/* How far the counts read of a process may be from those the kernel will use. */
struct error_bounds {
	uint64_t counter_pages;   /* the most by which an approximate counter may be wrong */
	uint64_t uncounted_pages; /* the most that such a counter, if read, may lack; 0: exact */
	uint64_t uncounted_thread_pages; /* the most that all counters lack for each thread */
	bool hides_swap; /* swap was used, and is counted by such a counter, which no file shows */
	bool is_rss_known; /* the RSS counter that the kernel uses is certain */
	unsigned int cpus;
	uint64_t begun_ms; /* when reading began */
};

/*
 * The processes that die together: those that share memory, and those of a cgroup with
 * memory.oom.group.
 */
struct kill_set {
	int proc;                      /* handle of /proc; borrowed, like the tree */
	const struct memcg_tree *tree; /* NULL: the groups of the candidates are known already */
	uint32_t mms, groups;          /* numbers given so far */
	size_t n_compared;             /* pairs compared so far */
};

struct candidates {
	struct snapshot s;
	struct memcg_tree tree; /* root -1: no memory cgroups */
	struct error_bounds bounds;
	struct predict p; /* to be completed by candidates_finish() */
	bool is_cgroup;
	const char *path;         /* of the cgroup; borrowed */
	bool is_other_kernel;     /* candidates_use_kernel() was called */
	struct memcg_state memcg; /* of a cgroup */
	struct kill_set kill_set;
	const struct bpf_tasks *bpf; /* source of the values; borrowed; NULL: /proc */
};

/*
 * Reads all processes of the machine. needs_ages: also the start times of those that don't tie now.
 * bpf: the source instead of /proc, or NULL. 0, or the error of snapshot_take(). Free a with
 * candidates_free(), also after an error; it must not be moved.
 */
int candidates_read_machine(struct candidates *a, bool needs_ages, const struct bpf_tasks *bpf);

/*
 * Reads the processes of one cgroup and those of others that die with them, and nothing else: see
 * mm_sharers_find_relatives(). Errors of snapshot_take_pids() and memcg_state_read(); -ENODEV: no
 * memory controller.
 */
int candidates_read_cgroup(struct candidates *a, const char *path, const struct bpf_tasks *bpf);

/* Applies the rules of another kernel version from here on. 0 or -ENOMEM. */
int candidates_use_kernel(struct candidates *a, int version);

/*
 * Finds how far the candidates for the next kills victims may have changed since they were read. p:
 * a's own or a copy with changes; call it before predict_next().
 */
void candidates_finish(const struct candidates *a, struct predict *p, size_t kills);

/*
 * An upper bound of the pages of anonymous memory, swap and page tables that a kill frees: also
 * what inexact counts may lack. Pages that forked processes share by copy-on-write count in each of
 * them, but a cgroup never frees more than it uses.
 */
uint64_t candidates_max_freed(const struct candidates *a, const struct predict *p,
			      const struct kill_choice *choice);

void candidates_free(struct candidates *a);
