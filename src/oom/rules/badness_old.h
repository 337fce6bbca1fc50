/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * badness_old: how Linux weighed processes before 2.6.36 (badness() in mm/oom_kill.c): size over
 * the roots of CPU time and age, with half of each child, shifted by oom_adj. Everything here is
 * pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What counts of a process beside its size and its children. */
struct badness_old {
	uint64_t cpu_ms; /* in user and system mode */
	uint64_t age_s;  /* since its start */
	int nice;        /* -20 to 19 */
	uint64_t caps;   /* effective capabilities, a bit each */
	bool is_root;    /* real or effective uid 0 */
	int oom_adj;     /* -16 to 15; whoever has -17 is not weighed */
};

/*
 * The points, which /proc/PID/oom_score prints as they are, for a lack of memory on the nodes that
 * the process may use. own_pages: total_vm. children_pages: what badness_old_child() gives for each
 * child with a memory of its own, summed up. version: VERSION(), before 2.6.36. hz: ticks a second
 * of that kernel, 12 to 1000.
 */
uint64_t badness_old_points(const struct badness_old *h, uint64_t own_pages,
			    uint64_t children_pages, int version, unsigned int hz);

/* What a child with so many pages adds to its parent. */
uint64_t badness_old_child(uint64_t pages);
