/* SPDX-License-Identifier: GPL-2.0-or-later */
/* forecast: when memory is exhausted if it goes on as in the last refreshes. */
#include "oom/top/forecast.h"

#include <math.h>
#include <string.h>

size_t forecast_add(struct forecast_point *points, size_t n, size_t room,
		    struct forecast_point point)
{
	int64_t least = INT64_MAX, most = INT64_MIN;

	for (size_t i = 0; i < n; i++) {
		least = points[i].used_bytes < least ? points[i].used_bytes : least;
		most = points[i].used_bytes > most ? points[i].used_bytes : most;
	}
	if (n && (points[n - 1].used_bytes - point.used_bytes > (most - least) / 2 ||
		  points[n - 1].mark_bytes != point.mark_bytes)) {
		n = 0;
	} else if (n == room) {
		memmove(points, points + 1, (room - 1) * sizeof(*points));
		n--;
	}
	points[n] = point;
	return n + 1;
}

void forecast_find(const struct forecast_point *points, size_t n, int64_t left_bytes,
		   struct forecast *f)
{
	double mean_s = 0, mean_used = 0, sxx = 0, sxy = 0, squares = 0, error, rate, left;

	*f = (struct forecast){ .is_growing = false };
	if (n < FORECAST_MIN_POINTS)
		return;
	for (size_t i = 0; i < n; i++) {
		mean_s += (double)(points[i].ms - points[0].ms) / 1000 / (double)n;
		mean_used += (double)points[i].used_bytes / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		double s = (double)(points[i].ms - points[0].ms) / 1000 - mean_s;

		sxx += s * s;
		sxy += s * ((double)points[i].used_bytes - mean_used);
	}
	if (sxx <= 0)
		return;
	rate = sxy / sxx;
	for (size_t i = 0; i < n; i++) {
		double s = (double)(points[i].ms - points[0].ms) / 1000 - mean_s;
		double rest = (double)points[i].used_bytes - mean_used - rate * s;

		squares += rest * rest;
	}
	error = sqrt(squares / (double)(n - 2) / sxx);
	left = left_bytes > 0 ? (double)left_bytes : 0;
	if (rate <= 2 * error || left / rate > FORECAST_MAX_S)
		return;
	*f = (struct forecast){
		.is_growing = true,
		.bytes_per_s = rate,
		.seconds = left / rate,
		.min_s = left / (rate + 2 * error),
		.max_s = left / (rate - 2 * error),
	};
}

#define MAX_PAGES ((double)(1LL << 60))

int64_t forecast_points(int64_t points, double pages_per_s, double seconds)
{
	double more = pages_per_s * seconds;

	/* No machine has so many pages. */
	if (more > MAX_PAGES)
		more = MAX_PAGES;
	if (more < -MAX_PAGES)
		more = -MAX_PAGES;
	return points + (int64_t)more;
}
