/* SPDX-License-Identifier: GPL-2.0-or-later */
/* forecast: when memory is exhausted if it goes on as in the last refreshes. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The use of memory and swap at one moment, and the use of memory at which the kernel kills. */
struct forecast_point {
	int64_t ms;
	int64_t used_bytes;
	uint64_t mark_bytes;
};

/* Fewer points say nothing about the error of a rate. */
#define FORECAST_MIN_POINTS 5

/* A later end is not shown: such a rate is hardly constant. */
#define FORECAST_MAX_S (7 * 24 * 3600.0)

struct forecast {
	bool is_growing;     /* use grows beyond doubt; the other members are set only then */
	double bytes_per_s;  /* by which use grows */
	double seconds;      /* from the last point until nothing is left */
	double min_s, max_s; /* the same if the rate is wrong by two standard errors */
};

/*
 * Adds a point to the n in points, which have this much room; the oldest is dropped if there is
 * none. Old points are dropped if they say nothing about the future: when more than half of what
 * was used up since the first of them came back at once, as after a kill, or when the mark has
 * changed, which can make the kernel reclaim. Returns the new n.
 */
size_t forecast_add(struct forecast_point *points, size_t n, size_t room,
		    struct forecast_point point);

/*
 * Fits a line to n points in the order of time by least squares. Use grows beyond doubt if the rate
 * is above two of its standard errors and left_bytes, those left at the last point, are used up
 * within FORECAST_MAX_S.
 */
void forecast_find(const struct forecast_point *points, size_t n, int64_t left_bytes,
		   struct forecast *f);

/* What points, in pages, become in so many seconds if the process goes on growing at this rate. */
int64_t forecast_points(int64_t points, double pages_per_s, double seconds);
