/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory: the sections of a report's text on limits, used memory and free memory. */
#include <inttypes.h>
#include <stdlib.h>
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
	if (whole == REPORT_ABSENT) {
		fprintf(o->out, "  %-22s %7s\n", name, phrases_kib(kib, size));
		return;
	}
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
		fprintf(o->out, "  %-22s %7s\n", name, "not allowed");
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
		phrases_print(o, "The limit was reached %" PRId64 " times.", r->memory.failcnt);
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
	phrases_heading(o, "Memory use of the cgroup");
	print_bar(o, "anonymous", anon, whole, "");
	print_bar(o, "files and shared", file, whole, "");
	print_bar(o, "  of it shared memory", stat_kib(o, "shmem"), whole, "");
	if (kernel != REPORT_ABSENT) {
		print_bar(o, "kernel memory", kernel, whole, "");
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

#define PARTS 9

struct part {
	const char *name;
	int64_t kib;
};

/* What used the machine's memory, and how much there is; REPORT_ABSENT: unknown. */
static int64_t find_parts(const struct report_output *o, struct part parts[PARTS])
{
	const struct report *r = o->r;
	const struct part all[PARTS] = {
		{ "anonymous",
		  report_add(count_kib(o, "active_anon"), count_kib(o, "inactive_anon")) },
		{ "files", report_add(count_kib(o, "active_file"), count_kib(o, "inactive_file")) },
		{ "locked", count_kib(o, "unevictable") },
		{ "slab, unreclaimable", count_kib(o, "slab_unreclaimable") },
		{ "slab, reclaimable", count_kib(o, "slab_reclaimable") },
		{ "page tables", count_kib(o, "pagetables") },
		{ "kernel stacks", r->kernel_stack_kib },
		{ "hugetlb pages", r->huge_kib },
		{ "free", count_kib(o, "free") },
	};

	memcpy(parts, all, sizeof(all));
	if (r->ram_pages == REPORT_ABSENT || r->reserved_pages == REPORT_ABSENT ||
	    r->ram_pages <= r->reserved_pages)
		return REPORT_ABSENT;
	return phrases_pages_kib(o, r->ram_pages - r->reserved_pages);
}

/*
 * Memory that no counter includes. The kernel reads the counters in turn, so a small rest means
 * nothing.
 */
static int64_t find_other(const struct part parts[PARTS], int64_t whole)
{
	int64_t other = whole;

	for (size_t i = 0; whole != REPORT_ABSENT && i < PARTS; i++)
		other -= parts[i].kib == REPORT_ABSENT ? 0 : parts[i].kib;
	return parts[0].kib != REPORT_ABSENT && other > 0 && other > whole / 100 ? other
										 : REPORT_ABSENT;
}

static bool print_machine_memory(const struct report_output *o)
{
	struct part parts[PARTS];
	int64_t whole = find_parts(o, parts);

	if (whole == REPORT_ABSENT || !o->r->n_counts)
		return false;
	phrases_heading(o, "Memory use of the machine");
	for (size_t i = 0; i < PARTS; i++) {
		print_bar(o, parts[i].name, parts[i].kib, whole, "");
		if (i == 0)
			print_bar(o, "  of it shared memory", count_kib(o, "shmem"), whole, "");
	}
	print_bar(o, "other: kernel, drivers", find_other(parts, whole), whole, "");
	return true;
}

static void print_swap(const struct report_output *o, bool has_heading)
{
	const struct report *r = o->r;
	bool is_known = r->swap_total_kib > 0 && r->swap_free_kib >= 0 &&
			r->swap_free_kib <= r->swap_total_kib;
	char note[64], size[FORMAT_TEXT_MAX];

	if (!has_heading && (is_known || r->swap_total_kib == 0))
		phrases_heading(o, "Swap");
	if (r->swap_total_kib == 0) {
		fprintf(o->out, "  %-22s %7s\n", "swap", "none");
	} else if (is_known) {
		snprintf(note, sizeof(note), "of %s", phrases_kib(r->swap_total_kib, size));
		print_bar(o, "swap", r->swap_total_kib - r->swap_free_kib, r->swap_total_kib, note);
	}
}

void memory_print_usage(const struct report_output *o)
{
	if (o->r->kind == REPORT_MEMCG)
		print_cgroup_memory(o);
	else
		print_swap(o, print_machine_memory(o));
}

#define FEW 250 /* thousandths: the processes used less than a quarter */

/* Memory that belongs to no process in the list, the largest parts first. */
static size_t find_users(const struct report_output *o, struct part *users, int64_t *whole)
{
	const struct report *r = o->r;
	struct part parts[PARTS];
	size_t n = 0;

	if (r->kind == REPORT_MEMCG) {
		*whole = r->memory.usage_kib;
		users[n++] = (struct part){ "shared memory and tmpfs", stat_kib(o, "shmem") };
		users[n++] = (struct part){ "slab", stat_kib(o, "slab") };
		users[n++] = (struct part){ "sockets", stat_kib(o, "sock") };
		users[n++] = (struct part){ "vmalloc", stat_kib(o, "vmalloc") };
		users[n++] = (struct part){ "per-CPU memory", stat_kib(o, "percpu") };
		return n;
	}
	*whole = find_parts(o, parts);
	users[n++] = (struct part){ "shared memory and tmpfs", count_kib(o, "shmem") };
	for (size_t i = 1; i < PARTS; i++)
		users[n++] = parts[i];
	users[n - 1].name = "free, but not for this request";
	users[n++] = (struct part){ "drivers, a balloon, ZFS or other memory that no counter has",
				    find_other(parts, *whole) };
	return n;
}

static int compare_parts(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return (x->kib < y->kib) - (x->kib > y->kib);
}

/* Resident memory of all processes in the table that earlier reports did not kill. */
static int64_t sum_rows(const struct report_output *o)
{
	int64_t pages = 0;

	for (size_t i = 0; i < o->r->n_rows; i++)
		if (!o->r->rows[i].was_killed)
			pages = report_add(pages, (int64_t)o->r->rows[i].task.rss);
	return phrases_pages_kib(o, pages);
}

void memory_print_futility(const struct report_output *o)
{
	const struct report *r = o->r;
	struct part users[PARTS + 4];
	int64_t whole, sum = sum_rows(o);
	size_t n = find_users(o, users, &whole);
	char sizes[2][FORMAT_TEXT_MAX], list[256] = "";

	if (r->is_sysrq || !r->n_rows || !(r->columns & TASK_RSS) || r->n_rows_dropped ||
	    whole == REPORT_ABSENT || whole <= 0 || phrases_share(sum, whole) >= FEW ||
	    (r->kind != REPORT_MEMCG && r->kind != REPORT_GLOBAL))
		return;
	qsort(users, n, sizeof(users[0]), compare_parts);
	for (size_t i = 0, at = 0; i < n && i < 3 && users[i].kib > whole / 20; i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s (%s)", i ? ", " : "",
				       users[i].name, phrases_kib(users[i].kib, sizes[0]));
	phrases_print(o,
		      "Killing processes could not free much: all %zu in the report together used "
		      "%s of %s.%s%s%s",
		      r->n_rows, phrases_kib(sum, sizes[0]), phrases_kib(whole, sizes[1]),
		      *list ? " The rest was mainly: " : "", list, *list ? "." : "");
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

#define ZONE_COLUMNS 58 /* before the note */

static void print_zone(const struct report_output *o, const struct report_zone *z)
{
	static const char *const notes[] = {
		[ZONE_UNUSABLE] = "not for this request",
		[ZONE_BELOW_MIN] = "below its minimum",
		[ZONE_FRAGMENTED] = "no piece is large enough",
		[ZONE_RESERVED] = "kept in reserve",
		[ZONE_ENOUGH] = "enough free",
	};
	const char *note = notes[find_state(o, z)];
	char name[64], cell[PHRASES_CELL], sizes[4][FORMAT_TEXT_MAX];

	snprintf(name, sizeof(name), "%s of node %" PRId64, z->name, z->node);
	fprintf(o->out, "  %s %7s %7s %7s %7s%s%s\n", phrases_cell(name, 22, cell),
		phrases_kib(z->free_kib, sizes[0]), phrases_kib(z->min_kib, sizes[1]),
		phrases_kib(z->low_kib, sizes[2]), phrases_kib(z->high_kib, sizes[3]),
		o->width < WRAP_PROSE_WIDTH || wrap_line_width() < ZONE_COLUMNS + strlen(note)
			? "\n      "
			: "  ",
		note);
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
		phrases_print(o, "Memory was free, but not in a zone that this request can use.");
	if (n[ZONE_ENOUGH])
		phrases_print(o,
			      "Enough memory was free when the kernel printed this: it was freed "
			      "meanwhile, or the request could use only a part of it.");
	else if (n[ZONE_FRAGMENTED])
		phrases_print(o, "Free memory was fragmented: the free blocks were too small.");
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
	phrases_heading(o, "Free memory");
	fprintf(o->out, "  %-22s %7s %7s %7s %7s\n", "zone", "free", "min", "low", "high");
	for (size_t i = 0; i < r->n_zones; i++)
		if (is_known(&r->zones[i]))
			print_zone(o, &r->zones[i]);
	print_zone_summary(o);
}
