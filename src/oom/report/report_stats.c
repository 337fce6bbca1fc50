/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report_stats: memory.stat of the cgroup whose limit was hit, and lists of names with numbers. */
#include <ctype.h>
#include <string.h>

#include "oom/report/lines.h"

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
	words_copy(counts[*n].name, sizeof(counts[0].name), name, len);
	counts[(*n)++].value = value;
}

/* The next "name:123" of a line, with its unit behind it if it has one. false: there is no more. */
bool words_next_pair(struct words *w, struct words *name, int64_t *value)
{
	const char *end = w->p + w->len;

	for (const char *colon = w->p; (colon = memchr(colon, ':', (size_t)(end - colon)));
	     colon++) {
		const char *begin = colon, *digits = colon + 1, *behind;

		while (begin > w->p && is_name_byte(begin[-1]))
			begin--;
		while (digits < end && *digits == ' ')
			digits++;
		behind = words_number(digits, end, value);
		if (begin == colon || !behind)
			continue;
		*name = (struct words){ begin, (size_t)(colon - begin) };
		words_skip(w, (size_t)(behind - w->p));
		return true;
	}
	return false;
}

static void add_stat(struct report *r, const struct words *name, int64_t bytes)
{
	for (size_t i = 0; i < r->n_stats; i++) {
		struct report_count *c = &r->stats[i];

		if (strlen(c->name) == name->len && words_start(name, c->name)) {
			c->value = report_add(c->value, bytes);
			return;
		}
	}
	report_put_count(r->stats, &r->n_stats, REPORT_MAX_STATS, name->p, name->len, bytes);
}

/* "cache:0KB rss:20260KB ..." behind the cgroup's name, of each cgroup without those below it (3.9 to 5.2) */
static void read_stats_line(struct report *r, struct words w)
{
	struct words name;
	int64_t kib;

	while (words_next_pair(&w, &name, &kib))
		if (words_start(&w, "KB") && kib >= 0 && kib <= REPORT_MAX / 1024)
			add_stat(r, &name, kib * 1024);
}

/* "anon 534147072": memory.stat's own lines (since 5.3) */
static bool read_stat(struct report *r, const struct words *w)
{
	size_t len = 0;
	const char *behind;
	int64_t value;

	while (len < w->len && (islower((unsigned char)w->p[len]) ||
				isdigit((unsigned char)w->p[len]) || w->p[len] == '_'))
		len++;
	if (!len || isdigit((unsigned char)w->p[0]) || len + 1 >= w->len || w->p[len] != ' ')
		return false;
	behind = words_number(w->p + len + 1, w->p + w->len, &value);
	if (!behind || behind != w->p + w->len)
		return false;
	report_put_count(r->stats, &r->n_stats, REPORT_MAX_STATS, w->p, len, value);
	return true;
}

bool report_read_stats(struct report *r, const struct words *w)
{
	static const char title[] = "Memory cgroup stats";
	const char *colon, *begin = w->p + sizeof(title) - 1, *end = w->p + w->len;

	if (!words_start(w, title))
		return r->kind == REPORT_MEMCG && !r->has_table && !r->n_kills && read_stat(r, w);
	colon = memmem(begin, (size_t)(end - begin), ": ", 2);
	if (!colon && words_end(w, ":"))
		colon = end - 1;
	r->kind = REPORT_MEMCG;
	if (!colon)
		return true;
	/* Since 5.3 there is one, of the cgroup whose limit was hit; before, one of each below it too. */
	if (!*r->memcg && colon + 1 == end && colon - begin > 5 && memcmp(begin, " for ", 5) == 0)
		words_copy(r->memcg, sizeof(r->memcg), begin + 5, (size_t)(colon - begin) - 5);
	read_stats_line(r, (struct words){ colon + 1, (size_t)(end - colon) - 1 });
	return true;
}
