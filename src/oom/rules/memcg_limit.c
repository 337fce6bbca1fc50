/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memcg_limit: the total that the points of processes in a memory cgroup are relative to. */
#include "oom/rules/memcg_limit.h"

#include "oom/rules/version.h"

/* Swap that is added since 5.10; before, the sum is limited to memsw. */
static uint64_t swap_share(const struct memcg_limit *l, uint64_t swap_bytes)
{
	if (!l->is_v1)
		return memcg_limit_min(l->swap, swap_bytes);
	return memcg_limit_min(l->memsw > l->memory ? l->memsw - l->memory : 0, swap_bytes);
}

uint64_t memcg_limit_total_pages(const struct memcg_limit *l, int version, uint64_t swap_bytes,
				 uint64_t page_size)
{
	uint64_t total = l->memory, swap;

	/* Before 3.8 swappiness did not matter. */
	if (l->swappiness != 0 || version < VERSION(3, 8, 0)) {
		swap = version >= VERSION(5, 10, 0) ? swap_share(l, swap_bytes)
						    : memcg_limit_min(l->swap, swap_bytes);
		total += memcg_limit_min(swap, MEMCG_LIMIT_NONE - total);
		if (version < VERSION(5, 10, 0))
			total = memcg_limit_min(total, l->memsw);
	}
	total /= page_size;
	return total ? total : 1;
}
