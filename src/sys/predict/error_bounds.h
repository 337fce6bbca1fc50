/* SPDX-License-Identifier: GPL-2.0-or-later */
/* error_bounds: how far what was read of a process may be from what the kernel will count. */
#pragma once

#include "oom/predict/predict.h"
#include "sys/scan/snapshot.h"

struct error_bounds {
	uint64_t counter_pages; /* most that an approximate counter may differ from the exact sum */
	/* the kernel counts swap by such a counter, which no file shows, and it was used */
	bool hides_swap;
	bool is_rss_told; /* no doubt which count of RSS the kernel uses */
	unsigned int cpus;
	uint64_t begun_ms; /* when reading began */
};

/* Before the processes are read. */
void error_bounds_begin(struct error_bounds *s);

/* After: what this kernel's counters hide. */
void error_bounds_read(struct error_bounds *s, const struct snapshot *from);

/*
 * Sets how much more or less than shown the kernel may count for c, in pages: error_pages, and
 * error_reduced_down of it.
 */
void error_bounds_set(const struct error_bounds *s, struct candidate *c);

/* The most that any process may have come by or given up since reading began, in pages. */
uint64_t error_bounds_max_drift(const struct error_bounds *s);

/*
 * How far a kernel of this version, that does not run here, could be from an exact count, in pages.
 */
uint64_t error_bounds_of_others(const struct error_bounds *s, int version, const struct task *t);

/*
 * Takes from c's fuzz what the score forbids that the kernel prints now: it follows from what the
 * kernel counts. c has error_pages, and its process sleeps.
 */
void error_bounds_reduce(const struct snapshot *from, const struct task *t, struct candidate *c);

/*
 * How many pages the process can have come by or given up since reading began: 0 where all its
 * threads sleep. Reads the state of each thread. n_children: how many children it waits for in
 * vfork(): as many threads that seem busy do nothing. proc: a handle of /proc.
 */
uint64_t error_bounds_rss_change(const struct error_bounds *s, int proc, const struct task *t,
				 size_t n_children);
