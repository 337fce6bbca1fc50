/* SPDX-License-Identifier: GPL-2.0-or-later */
/* badness_old: the badness of processes before Linux 2.6.36. */
#include "oom/rules/badness_old.h"

#include "oom/rules/version.h"

#define CAP_RAWIO    (1ULL << 17)
#define CAP_ADMIN    (1ULL << 21)
#define CAP_RESOURCE (1ULL << 24)

/* Points are signed elsewhere: at most these may be shifted by 15. */
#define MAX_POINTS (1ULL << 47)

/* The largest number whose square is not above n (lib/int_sqrt.c). */
static uint64_t root(uint64_t n)
{
	uint64_t r = 0;

	for (uint64_t bit = 1ULL << 31; bit; bit >>= 1)
		if ((r + bit) * (r + bit) <= n)
			r += bit;
	return r;
}

/* SHIFT_HZ of include/linux/timex.h: the power of 2 nearest to HZ. */
static unsigned int shift_of(unsigned int hz)
{
	unsigned int shift = 4;

	while (shift < 10 && hz >= 3U << (shift - 1))
		shift++;
	return shift;
}

/* To 2.6.24 uid 0 was enough; since then CAP_SYS_RESOURCE counts. */
static bool is_superuser(const struct badness_old *h, int version)
{
	if (h->caps & CAP_ADMIN)
		return true;
	return version < VERSION(2, 6, 25) ? h->is_root : h->caps & CAP_RESOURCE;
}

static uint64_t shift(uint64_t points, int oom_adj, int version)
{
	if (oom_adj < 0)
		return points >> -oom_adj;
	/* Since 2.6.22 even the smallest process is killed first, if it shall be. */
	if (oom_adj > 0 && !points && version >= VERSION(2, 6, 22))
		points = 1;
	points = points < MAX_POINTS ? points : MAX_POINTS;
	return points << oom_adj;
}

uint64_t badness_old_child(uint64_t pages)
{
	return pages / 2 + 1;
}

uint64_t badness_old_points(const struct badness_old *h, uint64_t own_pages,
			    uint64_t children_pages, int version, unsigned int hz)
{
	uint64_t points = own_pages + children_pages;
	uint64_t cpu = root((h->cpu_ms * hz / 1000) >> (shift_of(hz) + 3));
	uint64_t age = root(root(h->age_s >> 10));

	points /= cpu ? cpu : 1;
	points /= age ? age : 1;
	if (h->nice > 0)
		points *= 2;
	if (is_superuser(h, version))
		points /= 4;
	if (h->caps & CAP_RAWIO)
		points /= 4;
	return shift(points, h->oom_adj, version);
}
