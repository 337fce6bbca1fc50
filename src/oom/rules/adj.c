/* SPDX-License-Identifier: GPL-2.0-or-later */
/* adj: the two scales on which a person says how willing the kernel should be to kill a process. */
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
