/* SPDX-License-Identifier: GPL-2.0-or-later */
/* change: what adj comes of a wish, on the scale of the file that it is written to. Pure. */
#pragma once

#include <stdbool.h>

struct change {
	int value;
	bool is_relative;  /* added to what it is */
	bool is_old_scale; /* value is on the old scale */
};

/*
 * The adj to write to a file that holds current; is_old_file: that file is oom_adj. A relative change stops at the ends
 * of its scale, and *is_clamped says so; it is reckoned on the wish's scale.
 */
int change_resolve(const struct change *c, int current, bool is_old_file, bool *is_clamped);
