/* SPDX-License-Identifier: GPL-2.0-or-later */
/* whatif: assumed changes to candidates, and the rank of one of them after these. Pure. */
#pragma once

#include "oom/predict/predict.h"

/*
 * Changes adj, as a write to its file does: since 4.8 that of sharers too. predict_weigh() must
 * follow.
 */
void whatif_set_adj(struct predict *p, size_t nth, int adj);

/* Adds anonymous memory. predict_weigh() must follow. */
void whatif_grow(struct predict *p, size_t nth, int64_t pages);

/* Excludes the killable processes whose adj is always that of the nth, and returns their number. */
size_t whatif_exclude_sharers(struct predict *p, size_t nth);

/* The number of killable processes that may share the memory of the nth, where kcmp(2) fails. */
size_t whatif_count_possible_sharers(const struct predict *p, size_t nth);

/* The number of killable processes. */
size_t whatif_count(const struct predict *p);

/*
 * The rank among killable processes that the nth would have with this many points, all others
 * unchanged.
 */
size_t whatif_place(const struct predict *p, size_t nth, int64_t points);

/* The points that the nth would have with this adj. 0 or -EOPNOTSUPP. */
int whatif_points(const struct predict *p, size_t nth, int adj, int64_t *points);
