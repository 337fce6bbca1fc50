/* SPDX-License-Identifier: GPL-2.0-or-later */
/* error_bounds: how far the counts read of a process may be from those the kernel will use. */
#pragma once

#include "oom/predict/predict.h"
#include "sys/scan/snapshot.h"

struct error_bounds {
	uint64_t counter_pages; /* the most by which an approximate counter may be wrong */
	bool hides_swap; /* swap was used, and is counted by such a counter, which no file shows */
	bool is_rss_known; /* no doubt which count of RSS the kernel uses */
	unsigned int cpus;
	uint64_t begun_ms; /* when reading began */
};

/* To be called before the processes are read. */
void error_bounds_begin(struct error_bounds *b);

/* To be called after the processes were read: how far this kernel's counters may be wrong. */
void error_bounds_read(struct error_bounds *b, const struct snapshot *from);

/* Sets c->error_pages and c->error_reduced_down_pages. */
void error_bounds_set(const struct error_bounds *b, struct candidate *c);

/* The most pages that the RSS of any process may have changed by since reading began. */
uint64_t error_bounds_max_rss_change(const struct error_bounds *b);

/* How far the counters of another kernel version may be wrong, in pages. */
uint64_t error_bounds_of_others(const struct error_bounds *b, int version, const struct task *t);

/*
 * Reduces c's error_pages to what the score allows that the kernel prints now. c has error_pages,
 * and its process sleeps.
 */
void error_bounds_reduce(const struct snapshot *from, const struct task *t, struct candidate *c);

/*
 * The most pages that the process's RSS may have changed by since reading began; 0: all its threads
 * sleep. Reads the state of each thread. n_children: children that it waits for in vfork(): as many
 * threads look busy and are not. proc: a handle of /proc.
 */
uint64_t error_bounds_rss_change(const struct error_bounds *b, int proc, const struct task *t,
				 size_t n_children);
