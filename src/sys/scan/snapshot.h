/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snapshot: the machine and its processes at one moment, ranked by the rules of the kernel. */
#pragma once

#include "sys/scan/scan.h"

struct snapshot {
	int proc; /* handle of /proc, owned by the snapshot; -1: none */
	struct machine machine;
	struct scan scan;          /* its tasks are in kill order */
	const struct rules *rules; /* found by the scores of the running kernel */
	enum rules_rss rss;        /* the count of RSS that it uses */
};

/*
 * Every task gets its points and its place among all processes, also those without details. 0 or a
 * negative errno (-ENODEV: there is no /proc). Free s by snapshot_free(), also after an error.
 */
int snapshot_take(const struct scan_want *want, struct snapshot *s);

/*
 * The same for these processes only, which stay in their order and get no place. bpf: read
 * instead of /proc where it has them; NULL: there is none. A process that has exited is left out;
 * scan.n_unseen counts the hidden ones, and each PID 0.
 */
int snapshot_take_pids(const pid_t *pids, size_t n, const struct bpf_tasks *bpf,
		       struct snapshot *s);

/*
 * After snapshot_take() with SCAN_ALL: adds those of s->scan.others that are wanted, in kill order.
 * want: as before. 0 or -ENOMEM.
 */
int snapshot_add_others(const struct scan_want *want, struct snapshot *s);

void snapshot_free(struct snapshot *s);

/* The count of RSS that the running kernel's choice uses, in pages. */
uint64_t snapshot_rss(const struct snapshot *s, const struct task *t);
