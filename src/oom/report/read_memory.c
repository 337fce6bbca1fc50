/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read_memory: where the memory was: Mem-Info, zones, free blocks, swap. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "oom/logline/kernel_text.h"
#include "oom/report/internal.h"

static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '(' || c == ')' || c == '+' ||
	       c == '-';
}

/* Adds a number, unless its name exists. */
static void put_count(struct report_count *counts, size_t *n, size_t max, const char *name,
		      size_t len, int64_t value)
{
	if (len == 0 || len >= sizeof(counts[0].name) || *n == max)
		return;
	for (size_t i = 0; i < *n; i++)
		if (strncmp(counts[i].name, name, len) == 0 && !counts[i].name[len])
			return;
	text_copy(counts[*n].name, sizeof(counts[0].name), name, len);
	counts[(*n)++].value = value;
}

/* The next "name:123" of a line; s becomes what follows, beginning with the unit. false: none. */
static bool next_pair(struct slice *s, struct slice *name, int64_t *value)
{
	const char *end = s->p + s->len;

	for (const char *colon = s->p; (colon = memchr(colon, ':', (size_t)(end - colon)));
	     colon++) {
		struct slice rest = slice_from(s, colon + 1);
		const char *begin = colon;

		while (begin > s->p && is_name_byte(begin[-1]))
			begin--;
		while (slice_skip_text(&rest, " "))
			;
		if (begin == colon || !slice_read_number(&rest, value))
			continue;
		*name = (struct slice){ begin, (size_t)(colon - begin) };
		*s = rest;
		return true;
	}
	return false;
}

static void add_stat(struct report *r, const struct slice *name, int64_t bytes)
{
	for (size_t i = 0; i < r->n_stats; i++) {
		struct report_count *c = &r->stats[i];

		if (strlen(c->name) == name->len && slice_starts(name, c->name)) {
			c->value = report_add(c->value, bytes);
			return;
		}
	}
	put_count(r->stats, &r->n_stats, REPORT_MAX_STATS, name->p, name->len, bytes);
}

/* "cache:0KB rss:20260KB ...": of one cgroup, without cgroups below it (3.9 to 5.2) */
static void read_stats_line(struct report *r, struct slice s)
{
	struct slice name;
	int64_t kib;

	while (next_pair(&s, &name, &kib))
		if (slice_starts(&s, "KB") && kib >= 0 && kib <= REPORT_MAX / 1024)
			add_stat(r, &name, kib * 1024);
}

/* "anon 534147072": memory.stat's own lines (since 5.3). Returns the length of the name, or 0. */
static size_t parse_stat(const struct slice *s, int64_t *value)
{
	struct slice rest = *s;
	size_t len = 0;

	while (len < s->len && (islower((unsigned char)s->p[len]) ||
				isdigit((unsigned char)s->p[len]) || s->p[len] == '_'))
		len++;
	slice_skip(&rest, len);
	if (!len || isdigit((unsigned char)s->p[0]) || !slice_skip_text(&rest, " ") ||
	    !slice_read_number(&rest, value) || rest.len)
		return 0;
	return len;
}

static bool read_stat(struct report *r, const struct slice *s)
{
	int64_t value;
	size_t len = parse_stat(s, &value);

	put_count(r->stats, &r->n_stats, REPORT_MAX_STATS, s->p, len, value);
	return len > 0;
}

bool read_memory_stats(struct report *r, const struct slice *s)
{
	struct slice rest = *s;
	const char *colon;

	if (!slice_skip_text(&rest, "Memory cgroup stats"))
		return r->kind == REPORT_MEMCG && !r->has_table && !r->n_kills && read_stat(r, s);
	r->kind = REPORT_MEMCG;
	colon = slice_find(&rest, ": ");
	if (!colon && slice_ends(s, ":"))
		colon = s->p + s->len - 1;
	if (!colon)
		return true;
	/* Since 5.3 only for the cgroup at its limit; before, also for each cgroup below it. */
	if (!*r->memcg && colon + 1 == s->p + s->len && slice_skip_text(&rest, " for ") &&
	    colon > rest.p)
		text_copy(r->memcg, sizeof(r->memcg), rest.p, (size_t)(colon - rest.p));
	read_stats_line(r, slice_from(s, colon + 1));
	return true;
}

/* "active_anon:808378 inactive_anon:3716 ...", in pages; to 2.6.27 "Active:1 inactive:2 ..." */
static bool is_mem_info(const struct slice *s)
{
	/* The machine's values are pages; a node has the same names with kB. */
	return kernel_text_is_mem_info(s) && !slice_find(s, "kB");
}

bool read_memory_is_numbers(const struct slice *s)
{
	int64_t value;

	return is_mem_info(s) || parse_stat(s, &value);
}

static bool read_mem_info(struct report *r, const struct slice *s)
{
	struct slice rest = *s, name;
	int64_t value;

	if (!is_mem_info(s))
		return false;
	while (next_pair(&rest, &name, &value))
		put_count(r->counts, &r->n_counts, REPORT_MAX_COUNTS, name.p, name.len, value);
	return true;
}

/* The zone before end, "Node 0 DMA32" or, on machines of one node, "DMA32" */
static bool read_zone_name(const struct slice *s, const char *end, int64_t *node, char *name,
			   size_t size)
{
	struct slice rest = { s->p, (size_t)(end - s->p) };

	*node = 0;
	if (slice_skip_text(&rest, "Node ") &&
	    (!slice_read_number(&rest, node) || !slice_skip_text(&rest, " ")))
		return false;
	if (!rest.len || rest.len >= size)
		return false;
	text_copy(name, size, rest.p, rest.len);
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c))
			return false;
	return isupper((unsigned char)name[0]) != 0;
}

static struct report_zone *find_zone(struct report *r, int64_t node, const char *name)
{
	struct report_zone *z;

	for (size_t i = 0; i < r->n_zones; i++)
		if (r->zones[i].node == node && strcmp(r->zones[i].name, name) == 0)
			return &r->zones[i];
	if (r->n_zones == REPORT_MAX_ZONES)
		return NULL;
	z = &r->zones[r->n_zones++];
	memset(z, 0, sizeof(*z));
	z->node = node;
	text_copy(z->name, sizeof(z->name), name, strlen(name));
	z->free_kib = z->min_kib = z->low_kib = z->high_kib = REPORT_ABSENT;
	z->managed_kib = z->present_kib = REPORT_ABSENT;
	return z;
}

static void add_stacks(struct report *r, const struct slice *s)
{
	r->kernel_stack_kib = report_add(r->kernel_stack_kib, slice_kib_after(s, " kernel_stack:"));
}

/* "Node 0 DMA32 free:54488kB min:51572kB low:64464kB ... present:3129216kB managed:2743640kB" */
static bool read_zone(struct report *r, const struct slice *s)
{
	const char *at = slice_find(s, " free:");
	struct report_zone *z;
	char name[sizeof(z->name)];
	int64_t node;

	if (!at || !slice_find(s, "kB") || !read_zone_name(s, at, &node, name, sizeof(name)))
		return false;
	z = find_zone(r, node, name);
	if (!z)
		return true;
	z->free_kib = slice_kib_after(s, " free:");
	z->min_kib = slice_kib_after(s, " min:");
	z->low_kib = slice_kib_after(s, " low:");
	z->high_kib = slice_kib_after(s, " high:");
	z->present_kib = slice_kib_after(s, " present:");
	z->managed_kib = slice_kib_after(s, " managed:");
	add_stacks(r, s);
	return true;
}

/*
 * "lowmem_reserve[]: 0 2679 3495 3495": pages that the previous zone reserves from requests for
 * higher zones
 */
static bool read_reserve(struct report *r, const struct slice *s)
{
	struct report_zone *z = r->n_zones ? &r->zones[r->n_zones - 1] : NULL;
	struct slice rest = *s;
	int64_t value;

	if (!slice_skip_text(&rest, "lowmem_reserve[]:"))
		return false;
	if (!z || z->n_reserve)
		return true;
	while (slice_skip_text(&rest, " ") && slice_read_number(&rest, &value))
		if (z->n_reserve < sizeof(z->reserve) / sizeof(z->reserve[0]))
			z->reserve[z->n_reserve++] = value;
	return true;
}

/* "2*4kB (M) 1*8kB (UE) 1*16kB (H) ... = 14272kB" */
static void read_block_sizes(struct report *r, struct report_zone *z, struct slice s)
{
	while (z->n_blocks < sizeof(z->blocks) / sizeof(z->blocks[0])) {
		int64_t count, size;
		bool is_marked = false, is_common = false;

		if (!slice_read_number(&s, &count) || !slice_skip_text(&s, "*") ||
		    !slice_read_number(&s, &size) || size <= 0 || !slice_skip_text(&s, "kB"))
			return;
		/* The smallest block is one page. */
		if (z->n_blocks == 0 && size <= 1024)
			r->page_kib = size;
		/* Any request can use unmovable, movable and reclaimable blocks. */
		for (size_t i = 0; s.len && !isdigit((unsigned char)*s.p) && *s.p != '='; i++) {
			is_marked |= i > 0;
			is_common |= memchr("UMER", *s.p, 4) != NULL;
			slice_skip(&s, 1);
		}
		if (is_marked && !is_common)
			z->reserved |= 1U << z->n_blocks;
		z->blocks[z->n_blocks++] = count;
	}
}

/* "Node 0 DMA: 2*4kB (M) 1*8kB (M) ... = 14272kB": the free blocks of each size */
static bool read_blocks(struct report *r, const struct slice *s)
{
	const char *at = slice_find(s, ": ");
	struct report_zone *z;
	struct slice rest;
	char name[sizeof(z->name)];
	int64_t node, count;

	if (!at || !slice_find(s, "*") || !read_zone_name(s, at, &node, name, sizeof(name)))
		return false;
	rest = slice_from(s, at + 2);
	if (!slice_read_number(&rest, &count) || !slice_starts(&rest, "*"))
		return false;
	z = find_zone(r, node, name);
	if (z && !z->n_blocks)
		read_block_sizes(r, z, slice_from(s, at + 2));
	return true;
}

/* "748 pages RAM", "Free swap  = 84kB", "Node 0 hugepages_total=2 ... hugepages_size=2048kB" */
static bool read_total(struct report *r, const struct slice *s)
{
	const struct {
		const char *text;
		int64_t *value;
	} totals[] = {
		{ " pages RAM", &r->ram_pages },
		{ " pages of RAM", &r->ram_pages },
		{ " pages reserved", &r->reserved_pages },
		{ " reserved pages", &r->reserved_pages },
		{ " pages HighMem/MovableOnly", &r->highmem_pages },
		{ " pages HighMem", &r->highmem_pages },
		{ " pages of HIGHMEM", &r->highmem_pages },
		{ " total pagecache pages", &r->pagecache_pages },
		{ " pages in swap cache", &r->swapcache_pages },
	};
	struct slice rest = *s;
	int64_t value, total, size;

	if (slice_starts(s, "Free swap")) {
		r->swap_free_kib = slice_kib_after(s, "= ");
		/* to 2.6.27: "Free swap:       1020116kB" */
		for (slice_skip(&rest, 10); r->swap_free_kib == REPORT_ABSENT && rest.len;
		     slice_skip(&rest, 1))
			slice_read_number(&rest, &r->swap_free_kib);
		return true;
	}
	if (slice_starts(s, "Total swap = ")) {
		r->swap_total_kib = slice_kib_after(s, "= ");
		return true;
	}
	if (slice_starts(s, "Node ") && slice_find(s, " hugepages_total=")) {
		total = slice_number_after(s, "hugepages_total=");
		size = slice_kib_after(s, "hugepages_size=");
		if (total >= 0 && size >= 0 && !__builtin_mul_overflow(total, size, &value) &&
		    value <= REPORT_MAX)
			r->huge_kib = report_add(r->huge_kib, value);
		return true;
	}
	if (!slice_read_number(&rest, &value))
		return false;
	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		if (rest.len == strlen(totals[i].text) && slice_starts(&rest, totals[i].text)) {
			*totals[i].value = value;
			return true;
		}
	}
	return false;
}

bool read_memory_line(struct report *r, const struct slice *s)
{
	if (slice_starts(s, "Node ") && slice_find(s, " active_anon:") &&
	    !slice_find(s, " free:")) {
		add_stacks(r, s); /* a node, since 4.8; Mem-Info has its other values */
		return true;
	}
	return read_mem_info(r, s) || read_zone(r, s) || read_reserve(r, s) || read_blocks(r, s) ||
	       read_total(r, s);
}
