/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read_memory: where the memory was: Mem-Info, zones, free blocks, swap. */
#include <ctype.h>
#include <string.h>

#include "oom/report/internal.h"

static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '(' || c == ')' || c == '+' ||
	       c == '-';
}

void report_put_count(struct report_count *counts, size_t *n, size_t max, const char *name,
		      size_t len, int64_t value)
{
	if (len == 0 || len >= sizeof(counts[0].name) || *n == max)
		return;
	for (size_t i = 0; i < *n; i++)
		if (strncmp(counts[i].name, name, len) == 0 && !counts[i].name[len])
			return;
	slice_copy(counts[*n].name, sizeof(counts[0].name), name, len);
	counts[(*n)++].value = value;
}

/* The next "name:123" of a line, with its unit behind it if it has one. false: there is no more. */
bool slice_next_pair(struct slice *w, struct slice *name, int64_t *value)
{
	const char *end = w->p + w->len;

	for (const char *colon = w->p; (colon = memchr(colon, ':', (size_t)(end - colon)));
	     colon++) {
		const char *begin = colon, *digits = colon + 1, *behind;

		while (begin > w->p && is_name_byte(begin[-1]))
			begin--;
		while (digits < end && *digits == ' ')
			digits++;
		behind = slice_number(digits, end, value);
		if (begin == colon || !behind)
			continue;
		*name = (struct slice){ begin, (size_t)(colon - begin) };
		slice_skip(w, (size_t)(behind - w->p));
		return true;
	}
	return false;
}

static void add_stat(struct report *r, const struct slice *name, int64_t bytes)
{
	for (size_t i = 0; i < r->n_stats; i++) {
		struct report_count *c = &r->stats[i];

		if (strlen(c->name) == name->len && slice_start(name, c->name)) {
			c->value = report_add(c->value, bytes);
			return;
		}
	}
	report_put_count(r->stats, &r->n_stats, REPORT_MAX_STATS, name->p, name->len, bytes);
}

/*
 * "cache:0KB rss:20260KB ..." behind the cgroup's name, of each cgroup without those below it (3.9
 * to 5.2)
 */
static void read_stats_line(struct report *r, struct slice w)
{
	struct slice name;
	int64_t kib;

	while (slice_next_pair(&w, &name, &kib))
		if (slice_start(&w, "KB") && kib >= 0 && kib <= REPORT_MAX / 1024)
			add_stat(r, &name, kib * 1024);
}

/* "anon 534147072": memory.stat's own lines (since 5.3) */
static bool read_stat(struct report *r, const struct slice *w)
{
	size_t len = 0;
	const char *behind;
	int64_t value;

	while (len < w->len && (islower((unsigned char)w->p[len]) ||
				isdigit((unsigned char)w->p[len]) || w->p[len] == '_'))
		len++;
	if (!len || isdigit((unsigned char)w->p[0]) || len + 1 >= w->len || w->p[len] != ' ')
		return false;
	behind = slice_number(w->p + len + 1, w->p + w->len, &value);
	if (!behind || behind != w->p + w->len)
		return false;
	report_put_count(r->stats, &r->n_stats, REPORT_MAX_STATS, w->p, len, value);
	return true;
}

bool report_read_stats(struct report *r, const struct slice *w)
{
	static const char title[] = "Memory cgroup stats";
	const char *colon, *begin = w->p + sizeof(title) - 1, *end = w->p + w->len;

	if (!slice_start(w, title))
		return r->kind == REPORT_MEMCG && !r->has_table && !r->n_kills && read_stat(r, w);
	colon = memmem(begin, (size_t)(end - begin), ": ", 2);
	if (!colon && slice_end(w, ":"))
		colon = end - 1;
	r->kind = REPORT_MEMCG;
	if (!colon)
		return true;
	/*
	 * Since 5.3 there is one, of the cgroup whose limit was hit; before, one of each below it
	 * too.
	 */
	if (!*r->memcg && colon + 1 == end && colon - begin > 5 && memcmp(begin, " for ", 5) == 0)
		slice_copy(r->memcg, sizeof(r->memcg), begin + 5, (size_t)(colon - begin) - 5);
	read_stats_line(r, (struct slice){ colon + 1, (size_t)(end - colon) - 1 });
	return true;
}

static bool is_mem_info(const struct slice *w)
{
	static const char *const begins[] = { "active_anon:",
					      "active_file:",
					      "unevictable:",
					      "slab_reclaimable:",
					      "mapped:",
					      "sec_pagetables:",
					      "kernel_misc_reclaimable:",
					      "free:",
					      "Active:",
					      "inactive_dirty:" };

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (slice_start(w, begins[i]))
			return true;
	return slice_start(w, "Active_anon:");
}

/*
 * "active_anon:808378 inactive_anon:3716 isolated_anon:0", in pages; to 2.6.27 "Active:1 inactive:2
 * dirty:3 ..."
 */
static bool read_mem_info(struct report *r, const struct slice *w)
{
	struct slice rest = *w, name;
	int64_t value;

	/* Mem-Info of the machine counts pages; the same names of a node are followed by kB. */
	if (!is_mem_info(w) || slice_find(w, "kB"))
		return false;
	while (slice_next_pair(&rest, &name, &value))
		report_put_count(r->counts, &r->n_counts, REPORT_MAX_COUNTS, name.p, name.len,
				 value);
	return true;
}

/* The zone of "Node 0 DMA32 free:" or, on machines of one node, "DMA32 free:" */
static bool read_zone_name(const struct slice *w, const char *end, int64_t *node, char *name,
			   size_t size)
{
	const char *p = w->p;

	*node = 0;
	if (slice_start(w, "Node ")) {
		p = slice_number(p + 5, end, node);
		if (!p || p >= end || *p != ' ')
			return false;
		p++;
	}
	if (p >= end || (size_t)(end - p) >= size)
		return false;
	slice_copy(name, size, p, (size_t)(end - p));
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
	slice_copy(z->name, sizeof(z->name), name, strlen(name));
	z->free_kib = z->min_kib = z->low_kib = z->high_kib = REPORT_ABSENT;
	z->managed_kib = z->present_kib = REPORT_ABSENT;
	return z;
}

static void add_stacks(struct report *r, const struct slice *w)
{
	int64_t stacks = slice_kib_after(w, " kernel_stack:");

	r->kernel_stack_kib = report_add(r->kernel_stack_kib, stacks);
}

/*
 * "Node 0 DMA32 free:54488kB min:51572kB low:64464kB high:77356kB ... present:3129216kB
 * managed:2743640kB"
 */
static bool read_zone(struct report *r, const struct slice *w)
{
	const char *at = slice_find(w, " free:");
	struct report_zone *z;
	char name[sizeof(z->name)];
	int64_t node;

	if (!at || !slice_find(w, "kB") || !read_zone_name(w, at, &node, name, sizeof(name)))
		return false;
	z = find_zone(r, node, name);
	if (!z)
		return true;
	z->free_kib = slice_kib_after(w, " free:");
	z->min_kib = slice_kib_after(w, " min:");
	z->low_kib = slice_kib_after(w, " low:");
	z->high_kib = slice_kib_after(w, " high:");
	z->present_kib = slice_kib_after(w, " present:");
	z->managed_kib = slice_kib_after(w, " managed:");
	add_stacks(r, w);
	return true;
}

/*
 * "lowmem_reserve[]: 0 2679 3495 3495", of the zone before it: pages kept from users of higher
 * zones.
 */
static bool read_reserve(struct report *r, const struct slice *w)
{
	static const char key[] = "lowmem_reserve[]:";
	const char *p = w->p + sizeof(key) - 1, *end = w->p + w->len, *next;
	struct report_zone *z = r->n_zones ? &r->zones[r->n_zones - 1] : NULL;
	int64_t value;

	if (!slice_start(w, key))
		return false;
	if (z && z->n_reserve)
		return true;
	while (z && p < end && *p == ' ' && (next = slice_number(p + 1, end, &value))) {
		if (z->n_reserve < sizeof(z->reserve) / sizeof(z->reserve[0]))
			z->reserve[z->n_reserve++] = value;
		p = next;
	}
	return true;
}

/* "2*4kB (M) 1*8kB (UE) 1*16kB (H) ... = 14272kB" */
static void take_blocks(struct report *r, struct report_zone *z, const char *p, const char *end)
{
	while (p < end && z->n_blocks < sizeof(z->blocks) / sizeof(z->blocks[0])) {
		int64_t count, size;
		const char *star = slice_number(p, end, &count), *next;

		if (!star || star >= end || *star != '*')
			return;
		p = slice_number(star + 1, end, &size);
		if (!p || size <= 0 || end - p < 2 || memcmp(p, "kB", 2) != 0)
			return;
		/* The smallest block is one page. */
		if (z->n_blocks == 0 && size <= 1024)
			r->page_kib = size;
		for (next = p + 2; next < end && !isdigit((unsigned char)*next) && *next != '=';
		     next++)
			;
		/* Unmovable, movable and reclaimable ones are for everybody. */
		if (next - p > 3 && !memchr(p, 'U', (size_t)(next - p)) &&
		    !memchr(p, 'M', (size_t)(next - p)) && !memchr(p, 'E', (size_t)(next - p)) &&
		    !memchr(p, 'R', (size_t)(next - p)))
			z->set_aside |= 1U << z->n_blocks;
		z->blocks[z->n_blocks++] = count;
		p = next;
	}
}

/* "Node 0 DMA: 2*4kB (M) 1*8kB (M) ... = 14272kB": how many free blocks of each size. */
static bool read_blocks(struct report *r, const struct slice *w)
{
	const char *at = slice_find(w, ": "), *end = w->p + w->len, *star;
	struct report_zone *z;
	char name[sizeof(z->name)];
	int64_t node, count;

	if (!at || !slice_find(w, "*") || !read_zone_name(w, at, &node, name, sizeof(name)))
		return false;
	star = slice_number(at + 2, end, &count);
	if (!star || star >= end || *star != '*')
		return false;
	z = find_zone(r, node, name);
	if (z && !z->n_blocks)
		take_blocks(r, z, at + 2, end);
	return true;
}

/* "748 pages RAM", "Free swap  = 84kB", "Node 0 hugepages_total=2 ... hugepages_size=2048kB" */
static bool read_total(struct report *r, const struct slice *w)
{
	const struct {
		const char *what;
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
	const char *behind;
	int64_t value, total, size;

	if (slice_start(w, "Free swap")) {
		r->swap_free_kib = slice_kib_after(w, "= ");
		if (r->swap_free_kib == REPORT_ABSENT) /* to 2.6.27: "Free swap:       1020116kB" */
			for (size_t i = 10; i < w->len && r->swap_free_kib == REPORT_ABSENT; i++)
				slice_number(w->p + i, w->p + w->len, &r->swap_free_kib);
		return true;
	}
	if (slice_start(w, "Total swap = ")) {
		r->swap_total_kib = slice_kib_after(w, "= ");
		return true;
	}
	if (slice_start(w, "Node ") && slice_find(w, " hugepages_total=")) {
		total = slice_number_after(w, "hugepages_total=");
		size = slice_kib_after(w, "hugepages_size=");
		if (total >= 0 && size >= 0 && !__builtin_mul_overflow(total, size, &value) &&
		    value <= REPORT_MAX)
			r->huge_kib = report_add(r->huge_kib, value);
		return true;
	}
	behind = slice_number(w->p, w->p + w->len, &value);
	for (size_t i = 0; behind && i < sizeof(totals) / sizeof(totals[0]); i++) {
		struct slice tail = { behind, w->len - (size_t)(behind - w->p) };

		if (tail.len == strlen(totals[i].what) && slice_start(&tail, totals[i].what)) {
			*totals[i].value = value;
			return true;
		}
	}
	return false;
}

bool report_read_memory(struct report *r, const struct slice *w)
{
	if (slice_start(w, "Node ") && slice_find(w, " active_anon:") && !slice_find(w, " free:")) {
		add_stacks(r, w); /* a node, since 4.8; its other numbers are in Mem-Info */
		return true;
	}
	return read_mem_info(r, w) || read_zone(r, w) || read_reserve(r, w) || read_blocks(r, w) ||
	       read_total(r, w);
}
