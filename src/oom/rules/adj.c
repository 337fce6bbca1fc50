/* SPDX-License-Identifier: GPL-2.0-or-later */
/* adj: oom_score_adj and the old oom_adj, and conversion between them. */
#include "oom/rules/adj.h"

#include "oom/rules/version.h"

int adj_from_old(int old)
{
	return old == OLD_ADJ_MAX ? ADJ_MAX : old * ADJ_MAX / 17;
}

int adj_to_old(int adj, int version)
{
	int old = adj == ADJ_MAX ? OLD_ADJ_MAX : adj * 17 / ADJ_MAX;

	if (old > OLD_ADJ_MAX && (!version || version >= VERSION(5, 10, 0)))
		old = OLD_ADJ_MAX;
	return old;
}

/*
 * The old value that is written as adj, if any; otherwise the value that the kernel shows. With the
 * latter, steps would never leave 0: 1 is written as 58, which is shown as 0.
 */
static int written_as_old(int adj)
{
	for (int old = OLD_ADJ_NEVER; old <= OLD_ADJ_MAX; old++)
		if (adj_from_old(old) == adj)
			return old;
	return adj_to_old(adj, 0);
}

int adj_resolve(const struct adj_change *c, int current, bool is_old_file, bool *is_clamped)
{
	int low = c->is_old_scale ? OLD_ADJ_NEVER : ADJ_NEVER;
	int high = c->is_old_scale ? OLD_ADJ_MAX : ADJ_MAX;
	int wanted = c->value;

	if (c->is_relative && c->is_old_scale == is_old_file)
		wanted += current;
	else if (c->is_relative)
		wanted += is_old_file ? adj_from_old(current) : written_as_old(current);
	*is_clamped = wanted < low || wanted > high;
	wanted = wanted < low ? low : wanted > high ? high : wanted;
	if (c->is_old_scale == is_old_file)
		return wanted;
	return is_old_file ? adj_to_old(wanted, 0) : adj_from_old(wanted);
}
