/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory: the parts of a report's story on limits, on where the memory was, and on what was free.
 */
#include <inttypes.h>
#include <string.h>

#include "cmd/report/text.h"
#include "ui/wrap.h"
#include "ui/format.h"

#define BAR           24
#define UNLIMITED_KIB (1LL << 50) /* the kernel prints the largest page count there is */

static void print_bar(const struct report_text *s, const char *name, int64_t kib, int64_t whole,
		      const char *note)
{
	char size[FORMAT_TEXT_MAX], bar[REPORT_TEXT_BAR];

	if (kib == REPORT_ABSENT)
		return;
	fprintf(s->out, "  %-22s %7s %s %3" PRId64 "%%%s%s\n", name, report_text_size(kib, size),
		report_text_bar(report_text_share(kib, whole), report_text_cells(s, BAR), bar),
		(report_text_share(kib, whole) + 5) / 10, *note ? "  " : "", note);
}

static void print_limit(const struct report_text *s, const char *name, const struct report_limit *l)
{
	char note[96], size[FORMAT_TEXT_MAX];

	if (l->usage_kib == REPORT_ABSENT || l->limit_kib == REPORT_ABSENT)
		return;
	if (l->limit_kib == 0 && l->usage_kib == 0) {
		fprintf(s->out, "  %-22s %7s\n", name, "none allowed");
		return;
	}
	if (l->limit_kib >= UNLIMITED_KIB) {
		fprintf(s->out, "  %-22s %7s, no limit\n", name,
			report_text_size(l->usage_kib, size));
		return;
	}
	snprintf(note, sizeof(note), "of %s", report_text_size(l->limit_kib, size));
	print_bar(s, name, l->usage_kib, l->limit_kib, note);
}

void report_text_print_limits(const struct report_text *s)
{
	const struct report *r = s->r;
	char over[FORMAT_TEXT_MAX];

	if (r->kind != REPORT_MEMCG || r->memory.limit_kib == REPORT_ABSENT)
		return;
	report_text_head(s, "The limit");
	print_limit(s, "memory", &r->memory);
	print_limit(s, "memory and swap", &r->memsw);
	print_limit(s, "swap", &r->swap);
	print_limit(s, "kernel memory", &r->kmem);
	if (r->memory.usage_kib > r->memory.limit_kib)
		report_text_say(s, "It was over its limit by %s.",
				report_text_size(r->memory.usage_kib - r->memory.limit_kib, over));
	if (r->memory.failcnt > 0)
		report_text_say(s, "It had been refused memory %" PRId64 " times.",
				r->memory.failcnt);
}

static int64_t count(const struct report_text *s, const char *name)
{
	return report_text_kib(s, report_find_count(s->r->counts, s->r->n_counts, name));
}

static int64_t stat_kib(const struct report_text *s, const char *name)
{
	int64_t bytes = report_find_count(s->r->stats, s->r->n_stats, name);

	return bytes == REPORT_ABSENT ? bytes : bytes / 1024;
}

static void print_cgroup_memory(const struct report_text *s)
{
	int64_t whole = s->r->memory.usage_kib, kernel = stat_kib(s, "kernel");
	int64_t anon = report_add(stat_kib(s, "anon"), stat_kib(s, "rss"));
	int64_t file = report_add(stat_kib(s, "file"), stat_kib(s, "cache"));

	if (!s->r->n_stats)
		return;
	report_text_head(s, "Where the cgroup's memory was");
	print_bar(s, "anonymous", anon, whole, "");
	print_bar(s, "files and shared", file, whole, "");
	print_bar(s, "  of it shared memory", stat_kib(s, "shmem"), whole, "");
	if (kernel == REPORT_ABSENT) {
		print_bar(s, "slab", stat_kib(s, "slab"), whole, "");
		print_bar(s, "page tables", stat_kib(s, "pagetables"), whole, "");
		print_bar(s, "kernel stacks", stat_kib(s, "kernel_stack"), whole, "");
		print_bar(s, "sockets", stat_kib(s, "sock"), whole, "");
	} else {
		print_bar(s, "the kernel's own", kernel, whole, "");
		print_bar(s, "  of it slab", stat_kib(s, "slab"), whole, "");
		print_bar(s, "  of it page tables", stat_kib(s, "pagetables"), whole, "");
	}
	print_bar(s, "swap", stat_kib(s, "swap"), whole, "");
}

/* What the counters leave: the kernel's own allocations, drivers, hugetlb pages. */
static int64_t rest(int64_t whole, const int64_t *parts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (parts[i] != REPORT_ABSENT)
			whole -= parts[i];
	return whole;
}

static void print_machine_memory(const struct report_text *s)
{
	const struct report *r = s->r;
	int64_t whole = REPORT_ABSENT, other;
	int64_t parts[] = {
		report_add(count(s, "active_anon"), count(s, "inactive_anon")),
		report_add(count(s, "active_file"), count(s, "inactive_file")),
		count(s, "unevictable"),
		count(s, "slab_unreclaimable"),
		count(s, "slab_reclaimable"),
		count(s, "pagetables"),
		r->kernel_stack_kib,
		r->huge_kib,
		count(s, "free"),
	};
	static const char *const names[] = {
		"anonymous",   "files",         "locked",        "slab, kept", "slab, reclaimable",
		"page tables", "kernel stacks", "hugetlb pages", "free"
	};
	size_t n = sizeof(parts) / sizeof(parts[0]);

	if (r->ram_pages != REPORT_ABSENT && r->reserved_pages != REPORT_ABSENT)
		whole = report_text_kib(s, r->ram_pages - r->reserved_pages);
	if (whole == REPORT_ABSENT || whole <= 0 || !r->n_counts)
		return;
	report_text_head(s, "Where the machine's memory was");
	for (size_t i = 0; i < n; i++) {
		print_bar(s, names[i], parts[i], whole, "");
		if (i == 0)
			print_bar(s, "  of it shared memory", count(s, "shmem"), whole, "");
	}
	other = rest(whole, parts, n);
	/* Since the counters are read one after the other, little is nothing. */
	if (parts[0] != REPORT_ABSENT && other > whole / 100)
		print_bar(s, "other: kernel, drivers", other, whole, "");
}

static void print_swap(const struct report_text *s)
{
	const struct report *r = s->r;
	char note[64], size[FORMAT_TEXT_MAX];

	if (r->swap_total_kib == 0) {
		fprintf(s->out, "  %-22s %7s\n", "swap", "none");
	} else if (r->swap_total_kib > 0 && r->swap_free_kib >= 0 &&
		   r->swap_free_kib <= r->swap_total_kib) {
		snprintf(note, sizeof(note), "of %s", report_text_size(r->swap_total_kib, size));
		print_bar(s, "swap", r->swap_total_kib - r->swap_free_kib, r->swap_total_kib, note);
	}
}

void report_text_print_memory(const struct report_text *s)
{
	if (s->r->kind == REPORT_MEMCG) {
		print_cgroup_memory(s);
		return;
	}
	print_machine_memory(s);
	print_swap(s);
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

/* Whether the request can be met from a zone of this kind. */
static bool may_use(const struct report *r, const struct report_zone *z)
{
	if (r->gfp_mask == REPORT_ABSENT)
		return true;
	if (strcmp(z->name, "HighMem") == 0)
		return is_high(r);
	return strcmp(z->name, "Movable") != 0 || is_movable(r);
}

/*
 * What the zone keeps from this request, which could be met by a higher zone: the column of the
 * highest zone that may be used. A zone's own line is 0 up to its own column, and further where
 * higher zones are empty.
 */
static int64_t reserve_of(const struct report *r, const struct report_zone *z)
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

/* Free blocks that are large enough, and not set aside for others. */
static bool has_block(const struct report *r, const struct report_zone *z)
{
	for (size_t i = r->order > 0 ? (size_t)r->order : 0; i < z->n_blocks; i++)
		if (z->blocks[i] > 0 && !(z->reserved >> i & 1))
			return true;
	return false;
}

static const char *zone_note(const struct report_text *s, const struct report_zone *z)
{
	const struct report *r = s->r;
	int64_t reserve = report_text_kib(s, reserve_of(r, z));

	if (!may_use(r, z))
		return "not for this request";
	if (z->free_kib < z->min_kib)
		return "below its minimum";
	if (r->order > 0 && z->n_blocks > (size_t)r->order && !has_block(r, z))
		return "no piece is large enough";
	if (reserve > 0 && z->free_kib - z->min_kib < reserve)
		return "kept in reserve";
	return "enough free";
}

static void print_zone(const struct report_text *s, const struct report_zone *z)
{
	char name[64], sizes[4][FORMAT_TEXT_MAX];

	snprintf(name, sizeof(name), "%s of node %" PRId64, z->name, z->node);
	fprintf(s->out, "  %-22s %7s %7s %7s %7s%s%s\n", name,
		report_text_size(z->free_kib, sizes[0]), report_text_size(z->min_kib, sizes[1]),
		report_text_size(z->low_kib, sizes[2]), report_text_size(z->high_kib, sizes[3]),
		s->width < WRAP_PROSE_WIDTH ? "\n      " : "  ", zone_note(s, z));
}

static bool is_known(const struct report_zone *z)
{
	return z->free_kib != REPORT_ABSENT && z->min_kib != REPORT_ABSENT;
}

static void say_verdict(const struct report_text *s)
{
	static const char fragmented[] = "no piece is large enough";
	const struct report *r = s->r;
	size_t n_fragmented = 0, n_enough = 0, n_unusable = 0;

	for (size_t i = 0; i < r->n_zones; i++) {
		const struct report_zone *z = &r->zones[i];
		const char *note = is_known(z) ? zone_note(s, z) : "";

		n_fragmented += strcmp(note, fragmented) == 0;
		n_enough += strcmp(note, "enough free") == 0;
		n_unusable += !may_use(r, z) && z->high_kib >= 0 && z->free_kib > 2 * z->high_kib;
	}
	if (r->is_sysrq)
		return;
	if (n_unusable)
		report_text_say(
			s,
			"Memory was left, but not where a request of this kind can be met from.");
	if (n_enough)
		report_text_say(s,
				"There was memory when this was printed: it came free meanwhile, or the request was "
				"bound to a part of it.");
	else if (n_fragmented)
		report_text_say(
			s,
			"It was fragmentation: memory was free, but in pieces that were too small.");
	else if (r->order > 0)
		report_text_say(s, "It was not fragmentation: too little memory was free in all.");
}

void report_text_print_zones(const struct report_text *s)
{
	const struct report *r = s->r;
	size_t n_known = 0;

	for (size_t i = 0; i < r->n_zones; i++)
		n_known += is_known(&r->zones[i]);
	if (r->kind == REPORT_MEMCG || !n_known)
		return;
	report_text_head(s, "What was free");
	fprintf(s->out, "  %-22s %7s %7s %7s %7s\n", "zone", "free", "min", "low", "high");
	for (size_t i = 0; i < r->n_zones; i++)
		if (is_known(&r->zones[i]))
			print_zone(s, &r->zones[i]);
	say_verdict(s);
}
