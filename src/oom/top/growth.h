/* SPDX-License-Identifier: GPL-2.0-or-later */
/* growth: the last sizes of processes, which are numbered. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Changes are shown over this many refreshes: a minute with the default interval. */
#define GROWTH_WINDOW 30
#define GROWTH_SIZES  (GROWTH_WINDOW + 1)

struct growth {
	uint32_t *sizes; /* pages: GROWTH_SIZES times room: the sizes of one refresh are adjacent */
	uint32_t *first; /* room: the refresh that saw the process first */
	size_t room;
	uint32_t refresh; /* the present one, from 1; set by the caller */
};

/*
 * Adds the size of a process at this refresh; it must be called at each, and is_new at the first.
 * Returns the change in the window, or since the first; *refreshes: over how many.
 */
int64_t growth_add(struct growth *g, uint32_t row, bool is_new, uint64_t pages,
		   uint32_t *refreshes);

/* The same with the size at the refresh before, if that is not the first. */
int64_t growth_keep(struct growth *g, uint32_t row, uint32_t *refreshes);
