/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot: the machine and its processes at one moment, weighed and ranked as the running kernel
 * would.
 */
#pragma once

#include "sys/scan/scan.h"

struct snapshot {
	int proc; /* handle of /proc, the snapshot's own; -1: none */
	struct machine machine;
	struct scan scan; /* its tasks are in the order in which the kernel would kill them */
	const struct rules *rules; /* those that the running kernel was found to use */
	enum rules_rss rss;        /* and its count of RSS */
};

/*
 * Reads, weighs and ranks. Every task gets its points and its place, which counts the processes
 * that were not read in detail too. 0 or a negative errno (-ENODEV: there is no /proc). s is to be
 * freed by snapshot_free(), also after an error.
 */
int snapshot_take(const struct scan_want *want, struct snapshot *s);

/*
 * The same of these processes alone, which stay in their order and get no place: nothing else is
 * read. census: instead of /proc, as far as they are in it; NULL: there is none. Those that have
 * ended meanwhile are left out; scan.n_unseen counts those that are hidden, 0 among the pids being
 * one.
 */
int snapshot_take_pids(const pid_t *pids, size_t n, const struct bpf_tasks *census,
		       struct snapshot *s);

void snapshot_free(struct snapshot *s);

/* The count of RSS that the running kernel's choice uses, in pages. */
uint64_t snapshot_rss(const struct snapshot *s, const struct task *t);
