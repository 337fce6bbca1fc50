/* SPDX-License-Identifier: GPL-2.0-or-later */
/* candidates: the processes that the kernel can choose from, of the machine or of one cgroup. */
#pragma once

#include "oom/predict/predict.h"
#include "sys/adj/mm_sharers.h"
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

/* Which processes need not be candidates, if only the first kills are predicted. */
struct possible {
	size_t kills;    /* so many; 0: all processes are candidates */
	size_t n_wanted; /* so many were left out, but matter */
};

/*
 * The processes that die together: those that share memory, and those of a cgroup with
 * memory.oom.group.
 */
struct kill_set {
	int proc;                      /* handle of /proc; borrowed, like the tree */
	const struct memcg_tree *tree; /* NULL: the groups of the candidates are known already */
	struct scan *scan;             /* has the processes that were left out; NULL: none */
	struct possible *possible;     /* is told which of them die too */
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
	struct possible possible;
	const struct bpf_tasks *bpf; /* source of the values; borrowed; NULL: /proc */
	struct mm_sharers sharers;   /* for candidates_count_outsiders() */
};

/*
 * Reads all processes of the machine. needs_ages: also the start times of those that don't tie now.
 * kills: so many are predicted, without changes: a process that cannot be among them, nor a rival,
 * is no candidate; 0: all are. bpf: the source instead of /proc, or NULL. 0, or the error of
 * snapshot_take(). Free a with candidates_free(), also after an error; it must not be moved.
 */
int candidates_read_machine(struct candidates *a, bool needs_ages, size_t kills,
			    const struct bpf_tasks *bpf);

/*
 * Reads the processes of one cgroup and those of others that die with them, and nothing else: see
 * mm_sharers_find_relatives(). Errors of snapshot_take_pids() and memcg_state_read(); -ENODEV: no
 * memory controller.
 */
int candidates_read_cgroup(struct candidates *a, const char *path, const struct bpf_tasks *bpf);

/*
 * For a program that predicts often: allocates room for n tasks. 0 or -ENOMEM. Free a with
 * candidates_free(), which also closes a->s.proc, also after an error.
 */
int candidates_reserve(struct candidates *a, size_t n);

/*
 * Makes candidates without allocating memory, from what the caller has put in a->s: proc, machine,
 * rules, rss, and of scan tasks and n_tasks, n_unseen, has_points, counted_ms. Of the machine, the
 * tasks are in the order of kill_order_compare_age(); they need not be all, if they are those with
 * the most points; which cgroups are killed as a whole is not found out. With is_cgroup, the tasks
 * are those of a->memcg, in its order, and processes of other cgroups that die with them are
 * missing. begun_ms: when reading began, on CLOCK_MONOTONIC.
 */
void candidates_refill(struct candidates *a, uint64_t begun_ms);

/*
 * The number of processes of other cgroups that share the memory of t, and are killed with it.
 * *is_incomplete: there may be more. Allocates memory only to find more than ever before.
 */
size_t candidates_count_outsiders(struct candidates *a, const struct task *t, bool *is_incomplete);

/* What points are a share of: the memory of the machine, or that the cgroup can use. */
struct totals candidates_totals(const struct candidates *a);

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
