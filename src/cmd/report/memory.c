/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory: the sections of a report's text on limits, used memory and free memory. */
#include <inttypes.h>
#include <string.h>

#include "cmd/report/internal.h"
#include "ui/wrap.h"

#define BAR           24
#define UNLIMITED_KIB (1LL << 50) /* the kernel prints the largest page count there is */

static void print_bar(const struct report_output *o, const char *name, int64_t kib, int64_t whole,
		      const char *note)
{
	int64_t share = phrases_share(kib, whole);
	char size[FORMAT_TEXT_MAX], bar[PHRASES_BAR];

	if (kib == REPORT_ABSENT)
		return;
	fprintf(o->out, "  %-22s %7s %s %3" PRId64 "%%%s%s\n", name, phrases_kib(kib, size),
		phrases_bar(share, phrases_bar_cells(o, BAR), bar), (share + 5) / 10,
		*note ? "  " : "", note);
}

static void print_limit(const struct report_output *o, const char *name,
			const struct report_limit *l)
{
	char note[96], size[FORMAT_TEXT_MAX];

	if (l->usage_kib == REPORT_ABSENT || l->limit_kib == REPORT_ABSENT)
		return;
	if (l->limit_kib == 0 && l->usage_kib == 0) {
		fprintf(o->out, "  %-22s %7s\n", name, "none allowed");
		return;
	}
	if (l->limit_kib >= UNLIMITED_KIB) {
		fprintf(o->out, "  %-22s %7s, no limit\n", name, phrases_kib(l->usage_kib, size));
		return;
	}
	snprintf(note, sizeof(note), "of %s", phrases_kib(l->limit_kib, size));
	print_bar(o, name, l->usage_kib, l->limit_kib, note);
}

void memory_print_limits(const struct report_output *o)
{
	const struct report *r = o->r;
	char excess[FORMAT_TEXT_MAX];

	if (r->kind != REPORT_MEMCG || r->memory.limit_kib == REPORT_ABSENT)
		return;
	phrases_heading(o, "The limit");
	print_limit(o, "memory", &r->memory);
	print_limit(o, "memory and swap", &r->memsw);
	print_limit(o, "swap", &r->swap);
	print_limit(o, "kernel memory", &r->kmem);
	if (r->memory.usage_kib > r->memory.limit_kib)
		phrases_print(o, "It was over its limit by %s.",
			      phrases_kib(r->memory.usage_kib - r->memory.limit_kib, excess));
	if (r->memory.failcnt > 0)
		phrases_print(o, "It had been refused memory %" PRId64 " times.",
			      r->memory.failcnt);
}

static int64_t count_kib(const struct report_output *o, const char *name)
{
	return phrases_pages_kib(o, report_find_count(o->r->counts, o->r->n_counts, name));
}

static int64_t stat_kib(const struct report_output *o, const char *name)
{
	int64_t bytes = report_find_count(o->r->stats, o->r->n_stats, name);

	return bytes == REPORT_ABSENT ? bytes : bytes / 1024;
}

static void print_cgroup_memory(const struct report_output *o)
{
	int64_t whole = o->r->memory.usage_kib, kernel = stat_kib(o, "kernel");
	int64_t anon = report_add(stat_kib(o, "anon"), stat_kib(o, "rss"));
	int64_t file = report_add(stat_kib(o, "file"), stat_kib(o, "cache"));
	const char *slab = "slab", *tables = "page tables";

	if (!o->r->n_stats)
		return;
	phrases_heading(o, "Where the cgroup's memory was");
	print_bar(o, "anonymous", anon, whole, "");
	print_bar(o, "files and shared", file, whole, "");
	print_bar(o, "  of it shared memory", stat_kib(o, "shmem"), whole, "");
	if (kernel != REPORT_ABSENT) {
		print_bar(o, "the kernel's own", kernel, whole, "");
		slab = "  of it slab";
		tables = "  of it page tables";
	}
	print_bar(o, slab, stat_kib(o, "slab"), whole, "");
	print_bar(o, tables, stat_kib(o, "pagetables"), whole, "");
	if (kernel == REPORT_ABSENT) {
		print_bar(o, "kernel stacks", stat_kib(o, "kernel_stack"), whole, "");
		print_bar(o, "sockets", stat_kib(o, "sock"), whole, "");
	}
	print_bar(o, "swap", stat_kib(o, "swap"), whole, "");
}

static void print_machine_memory(const struct report_output *o)
{
	const struct report *r = o->r;
	const struct {
		const char *name;
		int64_t kib;
	} parts[] = {
		{ "anonymous",
		  report_add(count_kib(o, "active_anon"), count_kib(o, "inactive_anon")) },
		{ "files", report_add(count_kib(o, "active_file"), count_kib(o, "inactive_file")) },
		{ "locked", count_kib(o, "unevictable") },
		{ "slab, kept", count_kib(o, "slab_unreclaimable") },
		{ "slab, reclaimable", count_kib(o, "slab_reclaimable") },
		{ "page tables", count_kib(o, "pagetables") },
		{ "kernel stacks", r->kernel_stack_kib },
		{ "hugetlb pages", r->huge_kib },
		{ "free", count_kib(o, "free") },
	};
	int64_t whole = REPORT_ABSENT, other;

	if (r->ram_pages != REPORT_ABSENT && r->reserved_pages != REPORT_ABSENT)
		whole = phrases_pages_kib(o, r->ram_pages - r->reserved_pages);
	if (whole == REPORT_ABSENT || whole <= 0 || !r->n_counts)
		return;
	phrases_heading(o, "Where the machine's memory was");
	other = whole;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		print_bar(o, parts[i].name, parts[i].kib, whole, "");
		if (parts[i].kib != REPORT_ABSENT)
			other -= parts[i].kib;
		if (i == 0)
			print_bar(o, "  of it shared memory", count_kib(o, "shmem"), whole, "");
	}
	/* The kernel reads its counters one after the other, so a small rest means nothing. */
	if (parts[0].kib != REPORT_ABSENT && other > whole / 100)
		print_bar(o, "other: kernel, drivers", other, whole, "");
}

static void print_swap(const struct report_output *o)
{
	const struct report *r = o->r;
	char note[64], size[FORMAT_TEXT_MAX];

	if (r->swap_total_kib == 0) {
		fprintf(o->out, "  %-22s %7s\n", "swap", "none");
	} else if (r->swap_total_kib > 0 && r->swap_free_kib >= 0 &&
		   r->swap_free_kib <= r->swap_total_kib) {
		snprintf(note, sizeof(note), "of %s", phrases_kib(r->swap_total_kib, size));
		print_bar(o, "swap", r->swap_total_kib - r->swap_free_kib, r->swap_total_kib, note);
	}
}

void memory_print_usage(const struct report_output *o)
{
	if (o->r->kind == REPORT_MEMCG) {
		print_cgroup_memory(o);
		return;
	}
	print_machine_memory(o);
	print_swap(o);
}

static bool is_high(const struct report *r)
{
	if (*r->gfp_text)
		return strstr(r->gfp_text, "GFP_HIGHUSER") || strstr(r->gfp_text, "GFP_HIGHMEM");
	return (r->gfp_mask & 0x2) != 0;
}

static bool is_movable(const struct report *r)
{
	return is_high(r) && (!*r->gfp_text || strstr(r->gfp_text, "MOVABLE"));
}

/* Whether a zone of this kind can satisfy the request. */
static bool may_use(const struct report *r, const struct report_zone *z)
{
	if (r->gfp_mask == REPORT_ABSENT)
		return true;
	if (strcmp(z->name, "HighMem") == 0)
		return is_high(r);
	return strcmp(z->name, "Movable") != 0 || is_movable(r);
}

/*
 * Pages that the zone keeps from this request: the column of the highest zone that the request may
 * use. A zone's own list is 0 up to its own column, and further where higher zones are empty.
 */
static int64_t find_reserve(const struct report *r, const struct report_zone *z)
{
	size_t column = 0;

	if (!z->n_reserve)
		return 0;
	if (r->gfp_mask == REPORT_ABSENT || is_movable(r))
		return z->reserve[z->n_reserve - 1];
	for (size_t i = 0; i < r->n_zones; i++) {
		const struct report_zone *other = &r->zones[i];
		size_t zeros = 0;

		while (zeros < other->n_reserve && other->reserve[zeros] == 0)
			zeros++;
		if (other->node == z->node && may_use(r, other) && zeros > column)
			column = zeros;
	}
	return column && column <= z->n_reserve ? z->reserve[column - 1] : 0;
}

/* Free blocks that are large enough and not reserved for other requests. */
static bool has_block(const struct report *r, const struct report_zone *z)
{
	for (size_t i = r->order > 0 ? (size_t)r->order : 0; i < z->n_blocks; i++)
		if (z->blocks[i] > 0 && !(z->reserved >> i & 1))
			return true;
	return false;
}

enum zone_state { ZONE_UNUSABLE, ZONE_BELOW_MIN, ZONE_FRAGMENTED, ZONE_RESERVED, ZONE_ENOUGH };

static enum zone_state find_state(const struct report_output *o, const struct report_zone *z)
{
	const struct report *r = o->r;
	int64_t reserve = phrases_pages_kib(o, find_reserve(r, z));

	if (!may_use(r, z))
		return ZONE_UNUSABLE;
	if (z->free_kib < z->min_kib)
		return ZONE_BELOW_MIN;
	if (r->order > 0 && z->n_blocks > (size_t)r->order && !has_block(r, z))
		return ZONE_FRAGMENTED;
	return reserve > 0 && z->free_kib - z->min_kib < reserve ? ZONE_RESERVED : ZONE_ENOUGH;
}

static void print_zone(const struct report_output *o, const struct report_zone *z)
{
	static const char *const notes[] = {
		[ZONE_UNUSABLE] = "not for this request",
		[ZONE_BELOW_MIN] = "below its minimum",
		[ZONE_FRAGMENTED] = "no piece is large enough",
		[ZONE_RESERVED] = "kept in reserve",
		[ZONE_ENOUGH] = "enough free",
	};
	char name[64], sizes[4][FORMAT_TEXT_MAX];

	snprintf(name, sizeof(name), "%s of node %" PRId64, z->name, z->node);
	fprintf(o->out, "  %-22s %7s %7s %7s %7s%s%s\n", name, phrases_kib(z->free_kib, sizes[0]),
		phrases_kib(z->min_kib, sizes[1]), phrases_kib(z->low_kib, sizes[2]),
		phrases_kib(z->high_kib, sizes[3]), o->width < WRAP_PROSE_WIDTH ? "\n      " : "  ",
		notes[find_state(o, z)]);
}

static bool is_known(const struct report_zone *z)
{
	return z->free_kib != REPORT_ABSENT && z->min_kib != REPORT_ABSENT;
}

static void print_zone_summary(const struct report_output *o)
{
	const struct report *r = o->r;
	size_t n[ZONE_ENOUGH + 1] = { 0 }, n_unusable = 0;

	for (size_t i = 0; i < r->n_zones; i++) {
		const struct report_zone *z = &r->zones[i];

		if (is_known(z))
			n[find_state(o, z)]++;
		n_unusable += !may_use(r, z) && z->high_kib >= 0 && z->free_kib > 2 * z->high_kib;
	}
	if (r->is_sysrq)
		return;
	if (n_unusable)
		phrases_print(o, "Memory was left, but not where a request of this kind can be met "
				 "from.");
	if (n[ZONE_ENOUGH])
		phrases_print(o, "There was memory when this was printed: it came free meanwhile, "
				 "or the request was bound to a part of it.");
	else if (n[ZONE_FRAGMENTED])
		phrases_print(o, "It was fragmentation: memory was free, but in pieces that were "
				 "too small.");
	else if (r->order > 0)
		phrases_print(o, "It was not fragmentation: too little memory was free in all.");
}

void memory_print_zones(const struct report_output *o)
{
	const struct report *r = o->r;
	size_t n_known = 0;

	for (size_t i = 0; i < r->n_zones; i++)
		n_known += is_known(&r->zones[i]);
	if (r->kind == REPORT_MEMCG || !n_known)
		return;
	phrases_heading(o, "What was free");
	fprintf(o->out, "  %-22s %7s %7s %7s %7s\n", "zone", "free", "min", "low", "high");
	for (size_t i = 0; i < r->n_zones; i++)
		if (is_known(&r->zones[i]))
			print_zone(o, &r->zones[i]);
	print_zone_summary(o);
}
