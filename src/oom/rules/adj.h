/* SPDX-License-Identifier: GPL-2.0-or-later */
/* adj: oom_score_adj and the old oom_adj, and conversion between them. Pure. */
#pragma once

#include <stdbool.h>

#define ADJ_NEVER (-1000) /* oom_score_adj: unkillable */
#define ADJ_LAST  (-999)  /* killed last */
#define ADJ_MAX   1000

#define OLD_ADJ_NEVER (-17) /* oom_adj: unkillable */
#define OLD_ADJ_LAST  (-16)
#define OLD_ADJ_MAX   15

/*
 * oom_score_adj for an oom_adj of -17...15: times 1000/17 towards 0, but 15 is 1000
 * (oom_adj_write() in fs/proc/base.c, since 2.6.36).
 */
int adj_from_old(int old);

/*
 * What oom_adj shows for an oom_score_adj: times 17/1000 towards 0, but 1000 is 15; 942...999 are
 * 16 from 3.7 to 5.9 (oom_adj_read()). version: VERSION(), or 0 for the newest.
 */
int adj_to_old(int adj, int version);

struct adj_change {
	int value;
	bool is_relative;  /* added to the current value */
	bool is_old_scale; /* value is on the old scale */
};

/*
 * The value to write to a file that holds current; is_old_file: the file is oom_adj. Computed on
 * the scale of the change, to whose range it is clamped: *is_clamped.
 */
int adj_resolve(const struct adj_change *c, int current, bool is_old_file, bool *is_clamped);
