/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * internal: the error bounds of candidates, the processes that die together, and those that need
 * not be candidates.
 */
#pragma once

#include "sys/predict/candidates.h"

/* Call it before the processes are read. */
void error_bounds_begin(struct error_bounds *b);

/* Call it after the processes were read: how far this kernel's counters may be wrong. */
void error_bounds_read(struct error_bounds *b, const struct snapshot *from);

/* Sets c->error_pages and c->error_reduced_down_pages. */
void error_bounds_set(const struct error_bounds *b, struct candidate *c);

/* The most pages of anonymous memory and swap that the counts of t may lack. */
uint64_t error_bounds_uncounted(const struct error_bounds *b, const struct task *t);

/* The most pages by which so many threads may have changed RSS since reading began. */
uint64_t error_bounds_change(const struct error_bounds *b, uint64_t threads);

/* The same, if reading takes this much longer. */
uint64_t error_bounds_change_in(const struct error_bounds *b, uint64_t threads, uint64_t more_ms);

/* Whether it has one thread, which sleeps. */
bool error_bounds_is_still(const struct task *t);

/*
 * Before error_bounds_read(): the most that error_bounds_set() can set, besides the difference
 * between two counts of RSS.
 */
uint64_t error_bounds_most(const struct error_bounds *b, const struct snapshot *from);

/* How far the counters of another kernel version may be wrong, in pages. */
uint64_t error_bounds_of_others(const struct error_bounds *b, int version, const struct task *t);

/*
 * Reduces c's error_pages to what the score allows that the kernel prints now. c has error_pages,
 * and its process sleeps.
 */
void error_bounds_reduce(const struct snapshot *from, const struct task *t, struct candidate *c);

/*
 * The most pages that the process's RSS may have changed by since reading began, if reading takes
 * more_ms longer; 0: all its threads sleep. Reads the state of each thread. n_children: children
 * that it waits for in vfork(): this many threads look busy, but are not. proc: a handle of /proc.
 */
uint64_t error_bounds_rss_change(const struct error_bounds *b, int proc, const struct task *t,
				 size_t n_children, uint64_t more_ms);

/* For struct predict: arg is a struct kill_set. */
void kill_set_reveal(void *arg, struct predict *p, size_t nth);

/* Whether a and b share memory, or may share it. Marks nothing. */
bool kill_set_may_share(struct kill_set *set, const struct candidate *a, const struct candidate *b);

/* For struct scan_want: arg is a struct candidates. Leaves out what cannot be killed soon. */
int possible_reduce(void *arg, struct scan *s);

/* Marks a process that was left out and matters. */
void possible_want(struct possible *o, struct scan_other *other);

/*
 * Predicts the kills, and marks the processes that were left out and matter: one that may be a
 * victim, a rival or the next one, or dies with a victim. a->possible.n_wanted: so many.
 */
void possible_find(struct candidates *a);

/* The number of children that t waits for in vfork(), if it is in state D. */
size_t candidates_count_vforks(const struct predict *p, const struct task *t);
