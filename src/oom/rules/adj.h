/* SPDX-License-Identifier: GPL-2.0-or-later */
/* adj: the two scales on which a person says how willing the kernel should be to kill a process. */
#pragma once

#include <stdbool.h>
#define ADJ_NEVER (-1000) /* oom_score_adj: never killed */
#define ADJ_LAST  (-999)  /* killed only when nothing else is left */
#define ADJ_MAX   1000

#define OLD_ADJ_NEVER (-17) /* oom_adj: never killed */
#define OLD_ADJ_LAST  (-16)
#define OLD_ADJ_MAX   15

/*
 * oom_adj as the kernel turns it into oom_score_adj: times 1000/17 towards 0, but 15 is 1000
 * (fs/proc/base.c, oom_adj_write(), since 2.6.36). -17...15.
 */
int adj_from_old(int old);

/*
 * oom_score_adj as the kernel shows it in oom_adj: times 17/1000 towards 0, but 1000 is 15 and,
 * since 5.10, nothing is above 15 (oom_adj_read(); 942...999 read 16 from 3.7 to 5.9). version:
 * VERSION(), or 0 for the newest.
 */
int adj_to_old(int adj, int version);

struct adj_change {
	int value;
	bool is_relative;  /* added to what it is */
	bool is_old_scale; /* value is on the old scale */
};

/*
 * The adj to write to a file that holds current; is_old_file: that file is oom_adj. A relative
 * change stops at the ends of its scale, and *is_clamped says so; it is reckoned on the wish's
 * scale.
 */
int adj_resolve(const struct adj_change *c, int current, bool is_old_file, bool *is_clamped);
