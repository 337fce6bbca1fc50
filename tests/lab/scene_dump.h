/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares the kernel's task dump with the one that the command prints: each row and column, and
 * the order, computed from the kernel's rows by the formula of oom_badness() since 5.9.
 */
#ifndef LAB_SCENE_DUMP_H
#define LAB_SCENE_DUMP_H

#include "scene.h"

#include <limits.h>
#include <sys/sysinfo.h>

#define DUMP_ROWS    (2 * SCENE_PIDS)
#define DUMP_COLUMNS 12
#define DUMP_UNKNOWN LONG_MIN

/* "[    689]     0   689     1036      351    61440        0             0 scenes", rss in three more since 6.8. */
struct dump_row {
	long column[DUMP_COLUMNS]; /* pid, uid, tgid, total_vm, rss... adj */
	int n;
	long long points;
};

struct dump {
	struct dump_row rows[DUMP_ROWS];
	int n;
};

struct dump_sums {
	long dumps, rows, unknown, columns_wrong, order_wrong;
};

enum { DUMP_PID, DUMP_UID, DUMP_TGID, DUMP_TOTAL_VM, DUMP_RSS };

/* Reads a line if it is a row; ignores others. */
static inline void dump_take(struct dump *d, const char *line)
{
	struct dump_row *r = &d->rows[d->n];
	const char *p = line + strspn(line, " ");
	char *end;

	if (d->n == DUMP_ROWS || *p != '[')
		return;
	r->n = 0;
	for (p++; r->n < DUMP_COLUMNS; p = end) {
		long value;

		p += strspn(p, " ]");
		value = strtol(p, &end, 10);
		/* The command does not know it. */
		if (end == p && p[0] == '-' && p[1] == ' ') {
			value = DUMP_UNKNOWN;
			end = (char *)p + 1;
		}
		/* The name, the last column, is not a number. */
		if (end == p)
			break;
		r->column[r->n++] = value;
	}
	if (r->n >= 8)
		d->n++;
}

static inline const struct dump_row *dump_find(const struct dump *d, long pid)
{
	for (int i = 0; i < d->n; i++)
		if (d->rows[i].column[DUMP_PID] == pid)
			return &d->rows[i];
	return NULL;
}

static inline bool dump_is_of(const struct scene *s, const struct dump_row *r)
{
	for (int i = 0; i < s->n_pids; i++)
		if (s->pids[i] == r->column[DUMP_TGID])
			return true;
	return false;
}

/*
 * Since 6.2 the kernel's counters are approximate; from 6.12.39 to 6.19 the files show exact sums
 * of all except total RSS. They may differ by 32 pages per CPU and counter.
 */
static inline long dump_tolerance(int column, int n, long approximate)
{
	bool is_part = n == 11 && column > DUMP_RSS && column < DUMP_RSS + 4;

	/* Page tables: /proc has whole KiB, and those of ppc64el are multiples of 256 bytes. */
	if (column == n - 3)
		return 1023;
	return is_part || column == n - 2 ? approximate : 0;
}

static inline void dump_compare(const struct scene *s, const struct dump *kernel,
				const struct dump *ours, long approximate, struct dump_sums *sums)
{
	for (int i = 0; i < kernel->n; i++) {
		const struct dump_row *k = &kernel->rows[i];
		const struct dump_row *o = dump_find(ours, k->column[DUMP_PID]);

		if (!dump_is_of(s, k))
			continue;
		sums->rows++;
		for (int c = 0; c < k->n; c++) {
			if (o && o->n == k->n && o->column[c] == DUMP_UNKNOWN) {
				sums->unknown++;
				continue;
			}
			if (o && o->n == k->n &&
			    labs(o->column[c] - k->column[c]) <=
				    dump_tolerance(c, k->n, approximate))
				continue;
			sums->columns_wrong++;
			printf("# pid %ld, column %d: the kernel has %ld, rank %ld\n",
			       k->column[DUMP_PID], c, k->column[c],
			       o && o->n == k->n ? o->column[c] : -1);
		}
	}
}

static inline long long dump_points(const struct dump_row *r, long long total_pages)
{
	const long *end = r->column + r->n;

	return r->column[DUMP_RSS] + end[-2] + end[-3] / sysconf(_SC_PAGESIZE) +
	       end[-1] * (total_pages / 1000);
}

/* Each row must have at least as many points, by the kernel's numbers, as the next. */
static inline void dump_check_order(const struct scene *s, const struct dump *kernel,
				    const struct dump *ours, long approximate,
				    struct dump_sums *sums)
{
	const struct dump_row *last = NULL;
	struct sysinfo info;
	long long total, points, before = 0;

	sysinfo(&info);
	total = (long long)((info.totalram + info.totalswap) * info.mem_unit) /
		sysconf(_SC_PAGESIZE);
	for (int i = 0; i < ours->n; i++) {
		const struct dump_row *k = dump_find(kernel, ours->rows[i].column[DUMP_PID]);

		/* Unkillable processes come last, in any order: adj -1000, or inside vfork(). */
		if (!k || !dump_is_of(s, k) || k->column[k->n - 1] == -1000 ||
		    scene_is_vforked(s, (pid_t)k->column[DUMP_TGID]))
			continue;
		points = dump_points(k, total);
		if (last && points > before + 2 * approximate) {
			sums->order_wrong++;
			printf("# pid %ld has %lld points and comes after pid %ld with %lld\n",
			       k->column[DUMP_PID], points, last->column[DUMP_PID], before);
		}
		last = k;
		before = points;
	}
}

#endif
