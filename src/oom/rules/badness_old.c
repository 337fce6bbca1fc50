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

uint64_t badness_old_child(uint64_t pages)
{
	return pages / 2 + 1;
}

uint64_t badness_old_points(const struct badness_old *h, uint64_t own_pages,
			    uint64_t children_pages, int version, unsigned int hz)
{
	uint64_t points = own_pages + children_pages, cpu, age = root(root(h->age_s >> 10));
	uint64_t superuser = CAP_ADMIN | (version < VERSION(2, 6, 25) ? 0 : CAP_RESOURCE);
	unsigned int shift_hz = 4;

	/* SHIFT_HZ of include/linux/timex.h: the power of 2 nearest to HZ. */
	while (shift_hz < 10 && hz >= 3U << (shift_hz - 1))
		shift_hz++;
	cpu = root((h->cpu_ms * hz / 1000) >> (shift_hz + 3));
	points /= cpu ? cpu : 1;
	points /= age ? age : 1;
	if (h->nice > 0)
		points *= 2;
	/* Until 2.6.24 uid 0 was enough; since then CAP_SYS_RESOURCE counts. */
	if (h->caps & superuser || (h->is_root && version < VERSION(2, 6, 25)))
		points /= 4;
	if (h->caps & CAP_RAWIO)
		points /= 4;
	if (h->oom_adj < 0)
		return points >> -h->oom_adj;
	/* Since 2.6.22 a positive oom_adj has an effect even at 0 points. */
	if (h->oom_adj > 0 && !points && version >= VERSION(2, 6, 22))
		points = 1;
	return (points < MAX_POINTS ? points : MAX_POINTS) << h->oom_adj;
}
