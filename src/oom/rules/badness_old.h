/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * badness_old: the badness of processes before Linux 2.6.36 (badness() in mm/oom_kill.c): size with
 * half of each child, over the roots of CPU time and age, shifted by oom_adj. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Values that count besides the size of a process and its children. */
struct badness_old {
	uint64_t cpu_ms; /* in user and system mode */
	uint64_t age_s;  /* since its start */
	int nice;        /* -20 to 19 */
	uint64_t caps;   /* effective capabilities, a bit each */
	bool is_root;    /* real or effective uid 0 */
	int oom_adj;     /* -16 to 15; -17 is unkillable */
};

/*
 * The points, which /proc/PID/oom_score shows unchanged, if memory runs out on nodes that the
 * process may use. own_pages: total_vm. children_pages: the sum of badness_old_child() of children
 * that don't share its memory. version: VERSION(), before 2.6.36. hz: of that kernel, 12 to 1000.
 */
uint64_t badness_old_points(const struct badness_old *h, uint64_t own_pages,
			    uint64_t children_pages, int version, unsigned int hz);

/* The pages that a child with total_vm pages adds to its parent. */
uint64_t badness_old_child(uint64_t pages);
