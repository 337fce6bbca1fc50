/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memcg_limit: the total that the points of processes in a memory cgroup are relative to. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define MEMCG_LIMIT_NONE UINT64_MAX

/* Of one memory cgroup; bytes, MEMCG_LIMIT_NONE: no limit. */
struct memcg_limit {
	bool is_v1;
	uint64_t memory;     /* memory.max, or memory.limit_in_bytes */
	uint64_t swap;       /* memory.swap.max (version 2) */
	uint64_t memsw;      /* memory.memsw.limit_in_bytes (version 1): memory and swap together */
	uint64_t swappiness; /* vm.swappiness, or the cgroup's own (version 1) */
};

static inline uint64_t memcg_limit_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * The limit plus the swap that the cgroup may use, in pages, at least 1 (mem_cgroup_get_max(),
 * before 4.19 mem_cgroup_get_limit()). version: VERSION(); swap_bytes: all swap of the machine.
 */
uint64_t memcg_limit_total_pages(const struct memcg_limit *l, int version, uint64_t swap_bytes,
				 uint64_t page_size);
