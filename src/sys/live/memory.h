/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory: how much memory is used that the kernel cannot reclaim, and at which mark it begins to
 * kill; of the machine or of a memory cgroup. Reads without heap memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sys/cgroup/memcg.h"
#include "sys/proc/machine.h"

struct memory {
	uint64_t total_bytes; /* RAM, or the limit of the cgroup */
	uint64_t used_bytes;  /* without files and caches that can be reclaimed */
	uint64_t mark_bytes;  /* at this use the kernel begins to kill, if swap is full too */
	uint64_t swap_total_bytes, swap_used_bytes;
	int64_t left_bytes;          /* until then: memory and swap */
	int some_percent_hundredths; /* pressure in the last 10 s; -1: unknown */
	int full_percent_hundredths;
};

/* min_free_kib: of memory_read_min_free(). */
void memory_read_machine(int proc, const struct machine *m, uint64_t min_free_kib,
			 struct memory *mem);

/*
 * The sum of the min watermarks of all zones, in KiB: below it, an allocation that cannot reclaim
 * anything kills (mm/page_alloc.c, __setup_per_zone_wmarks()). 0: unknown.
 */
uint64_t memory_read_min_free(int proc);

/* The same of a cgroup, whose limit is the mark. dir: its handle. 0 or a negative errno. */
int memory_read_cgroup(const struct memcg_tree *tree, int dir, const struct machine *m,
		       struct memory *mem);

/*
 * The average of 10 s in a pressure file, in hundredths of a percent; what: "some" or "full". -1:
 * missing. Pure.
 */
int memory_parse_pressure(const char *text, const char *what);
