/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * whatif: changes to candidates that are tried and never done, and what would become of one of
 * them. Pure.
 */
#pragma once

#include "oom/predict/predict.h"

/*
 * Adj as when written to its file, which since 4.8 changes those that share its memory too; see
 * predict_weigh().
 */
void whatif_set_adj(struct predict *p, size_t nth, int adj);
void whatif_grow(struct predict *p, size_t nth, int64_t pages);

/*
 * Leaves out of the choice those that share the memory of the nth and whose adj is always its own.
 * How many they are.
 */
size_t whatif_exclude_sharers(struct predict *p, size_t nth);

/* How many that may be killed may share the memory of the nth, without the kernel telling. */
size_t whatif_count_possible_sharers(const struct predict *p, size_t nth);

/* How many may be killed. */
size_t whatif_count(const struct predict *p);

/*
 * The place that the nth would have with this many points, all others as they are; 1: it is killed
 * first. Only those that may be killed count.
 */
size_t whatif_place(const struct predict *p, size_t nth, int64_t points);

/* The points that the nth would have with this adj. 0 or -EOPNOTSUPP. */
int whatif_points(const struct predict *p, size_t nth, int adj, int64_t *points);
