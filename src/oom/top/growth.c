/* SPDX-License-Identifier: GPL-2.0-or-later */
/* growth: the last sizes of processes, which are numbered. */
#include "oom/top/growth.h"

/* The sizes of one refresh are side by side: all processes are read in turn. */
static uint32_t *size_at(const struct growth *g, uint32_t refresh, uint32_t row)
{
	return &g->sizes[refresh % GROWTH_SIZES * g->room + row];
}

int64_t growth_add(struct growth *g, uint32_t row, bool is_new, uint64_t pages, uint32_t *refreshes)
{
	uint32_t size = pages < UINT32_MAX ? (uint32_t)pages : UINT32_MAX, ago;

	if (is_new)
		g->first[row] = g->refresh;
	*size_at(g, g->refresh, row) = size;
	ago = g->refresh - g->first[row];
	if (ago > GROWTH_WINDOW)
		ago = GROWTH_WINDOW;
	*refreshes = ago;
	return (int64_t)size - (int64_t)*size_at(g, g->refresh - ago, row);
}

int64_t growth_keep(struct growth *g, uint32_t row, uint32_t *refreshes)
{
	return growth_add(g, row, false, *size_at(g, g->refresh - 1, row), refreshes);
}
