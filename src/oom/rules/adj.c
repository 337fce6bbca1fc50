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

/* The old value that adj was written as, if any; else what the kernel would show. */
static int written_as_old(int adj)
{
	for (int old = OLD_ADJ_NEVER; old <= OLD_ADJ_MAX; old++)
		if (adj_from_old(old) == adj)
			return old;
	return adj_to_old(adj, 0);
}

static int convert(int adj, bool from_old, bool to_old)
{
	if (from_old == to_old)
		return adj;
	return from_old ? adj_from_old(adj) : adj_to_old(adj, 0);
}

/*
 * The current value on the scale of the change. A step from the value that the kernel shows would
 * never leave 0: 1 is written as 58, which is shown as 0.
 */
static int find_base(int current, bool is_old_file, bool is_old_scale)
{
	if (is_old_scale && !is_old_file)
		return written_as_old(current);
	return convert(current, is_old_file, is_old_scale);
}

int adj_resolve(const struct adj_change *c, int current, bool is_old_file, bool *is_clamped)
{
	int low = c->is_old_scale ? OLD_ADJ_NEVER : ADJ_NEVER;
	int high = c->is_old_scale ? OLD_ADJ_MAX : ADJ_MAX;
	int wanted = c->value;

	if (c->is_relative)
		wanted += find_base(current, is_old_file, c->is_old_scale);
	*is_clamped = wanted < low || wanted > high;
	wanted = wanted < low ? low : wanted > high ? high : wanted;
	return convert(wanted, c->is_old_scale, is_old_file);
}
