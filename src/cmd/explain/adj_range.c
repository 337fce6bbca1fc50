/* SPDX-License-Identifier: GPL-2.0-or-later */
/* adj_range: the adj with which a process would be killed first, last or never. */
#include "cmd/explain/adj_range.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/wrap.h"
#include "oom/rules/adj.h"
#include "oom/predict/whatif.h"
#include "ui/format.h"

static size_t place_with(const struct predict *p, size_t nth, int adj)
{
	int64_t points;

	return whatif_points(p, nth, adj, &points) ? 0 : whatif_place(p, nth, points);
}

/* The smallest adj above -1000 for this place or an earlier one; ADJ_MAX + 1: none. */
static int find_adj(const struct predict *p, size_t nth, size_t place)
{
	int low = ADJ_LAST, high = ADJ_MAX + 1;

	while (low < high) {
		int mid = low + (high - low) / 2;

		if (place_with(p, nth, mid) <= place)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static void print_first(FILE *out, const struct predict *p, size_t nth, size_t other)
{
	const struct task *t = &p->candidates[nth].task, *o = &p->candidates[other].task;
	int first = find_adj(p, nth, 1);
	bool is_first = whatif_place(p, nth, t->points) == 1;
	int64_t need = o->points - t->points;
	char size[FORMAT_TEXT_MAX];

	if (first > ADJ_MAX)
		wrap_prose_print(out, "  first    ",
				 "with no adj: %d (%s) has more points in any case", o->pid,
				 o->name);
	else
		wrap_prose_print(out, "  first    ", "with adj %d%s%s", first,
				 first < ADJ_MAX ? " or more" : "",
				 is_first ? ", as it is now" : "");
	if (first > ADJ_LAST)
		wrap_prose_print(out, "  safe     ",
				 "from dying before %d (%s), the %s: with adj %d or less", o->pid,
				 o->name, is_first ? "second now" : "first now", first - 1);
	else
		wrap_prose_print(out, "  safe     ",
				 "from dying before %d (%s): with adj -1000 alone", o->pid,
				 o->name);
	if (is_first)
		return;
	if (p->rules->weight == WEIGHT_PERMILLE)
		need = need * (int64_t)p->totals.total_pages / 1000;
	if (need == 0 || whatif_place(p, nth, o->points) != 1)
		need++;
	format_format(need * (int64_t)p->totals.page_size, size);
	wrap_prose_print(out, "  growing  ", "by %s (%" PRId64 " pages) it would be the first",
			 size, need);
}

static void print_sharers(FILE *out, size_t n_sharers, size_t n_possible)
{
	if (n_sharers || n_possible)
		putc('\n', out);
	if (n_sharers)
		wrap_prose_print(out, "",
				 "Its adj and its death are also those of %zu more, with which "
				 "it shares its memory.",
				 n_sharers);
	if (n_possible)
		wrap_prose_print(out, "",
				 "It may share its memory with %zu more, but the kernel does not "
				 "tell; who does changes and dies with it, which is left out here.",
				 n_possible);
}

static void print_range(FILE *out, const struct predict *p, size_t nth)
{
	size_t n = whatif_count(p), other = predict_find_best(p, nth);
	int after_last;

	if (other == PREDICT_NONE) {
		fputs(p->doubt == DOUBT_UNSEEN
			      ? "\nNobody else that could be killed can be seen from here.\n"
			      : "\nNobody else can be killed: with any adj above -1000 it is the "
				"first.\n",
		      out);
		return;
	}
	fputs(p->doubt == DOUBT_UNSEEN ? "\nAmong those that can be seen it would be killed\n"
				       : "\nIt would be killed\n",
	      out);
	print_first(out, p, nth, other);
	after_last = n > 1 ? find_adj(p, nth, n - 1) : ADJ_LAST;
	if (after_last > ADJ_LAST)
		wrap_prose_print(out, "  last     ", "with adj %d or less", after_last - 1);
	else
		wrap_prose_print(out, "  last     ",
				 "with no adj above -1000: somebody else has fewer points in any "
				 "case");
	wrap_prose_print(out, "  never    ", "with adj -1000");
}

void adj_range_print(FILE *out, const struct predict *p, size_t nth)
{
	struct predict alone = *p;
	size_t n_possible;

	if (p->rules->weight == WEIGHT_HEURISTIC)
		return;
	alone.candidates = mem_alloc(p->n, sizeof(*alone.candidates));
	memcpy(alone.candidates, p->candidates, p->n * sizeof(*alone.candidates));
	n_possible = whatif_count_possible_sharers(p, nth);
	print_sharers(out, whatif_exclude_sharers(&alone, nth), n_possible);
	print_range(out, &alone, nth);
	free(alone.candidates);
}
