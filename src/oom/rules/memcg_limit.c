/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memcg_limit: the total that the points of processes in a memory cgroup are relative to. */
#include "oom/rules/memcg_limit.h"

#include "oom/rules/version.h"

uint64_t memcg_limit_total_pages(const struct memcg_limit *l, int version, uint64_t swap_bytes,
				 uint64_t page_size)
{
	uint64_t total = l->memory, swap = l->swap;

	/* Before 5.10 all swap is added, and the sum is limited to memsw. */
	if (l->is_v1 && version >= VERSION(5, 10, 0))
		swap = l->memsw > l->memory ? l->memsw - l->memory : 0;
	/* Before 3.8 swappiness did not matter. */
	if (l->swappiness != 0 || version < VERSION(3, 8, 0)) {
		swap = memcg_limit_min(swap, swap_bytes);
		total += memcg_limit_min(swap, MEMCG_LIMIT_NONE - total);
		if (version < VERSION(5, 10, 0))
			total = memcg_limit_min(total, l->memsw);
	}
	total /= page_size;
	return total ? total : 1;
}
