/* SPDX-License-Identifier: GPL-2.0-or-later */
/* summary: the line below the list of log, and its histogram: how many kills, when and where. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/log/kills.h"
#include "sys/cgroup/path.h"
#include "ui/wrap.h"

#define MOST 3 /* maximum number of names, and of places, that are shown */

struct tally {
	char *text;
	size_t n;
};

static int compare_text(const void *a, const void *b)
{
	return strcmp(((const struct tally *)a)->text, ((const struct tally *)b)->text);
}

static int compare_count(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	return x->n != y->n ? (x->n < y->n ? 1 : -1) : strcmp(x->text, y->text);
}

/* Sorts by text and merges equal texts. Returns how many remain. */
static size_t join_equals(struct tally *list, size_t n)
{
	size_t kept = 0;

	qsort(list, n, sizeof(*list), compare_text);
	for (size_t i = 0; i < n; i++) {
		if (kept && strcmp(list[kept - 1].text, list[i].text) == 0) {
			list[kept - 1].n++;
			free(list[i].text);
		} else {
			list[kept++] = list[i];
		}
	}
	return kept;
}

/* The most frequent come first. Frees the texts. */
static void print_tally(FILE *out, const char *title, struct tally *list, size_t n)
{
	size_t kept = join_equals(list, n), others = 0;
	char shown[1024];

	qsort(list, kept, sizeof(*list), compare_count);
	fprintf(out, "; %s: ", title);
	for (size_t i = 0; i < kept; i++) {
		if (i >= MOST) {
			others += list[i].n;
		} else {
			text_escape(shown, sizeof(shown), list[i].text, strlen(list[i].text), 0);
			fprintf(out, "%s%s %zu", i ? ", " : "", shown, list[i].n);
		}
		free(list[i].text);
	}
	if (others)
		fprintf(out, ", others %zu", others);
}

/* By the date, else by the kernel's clock, else by the order of the log. */
static int compare_times(const struct kills_row *a, const struct kills_row *b)
{
	bool has_uptime = !a->has_seconds && a->uptime_usec != REPORT_ABSENT &&
			  b->uptime_usec != REPORT_ABSENT;
	int64_t x = has_uptime ? a->uptime_usec : a->seconds,
		y = has_uptime ? b->uptime_usec : b->seconds;

	return x != y ? (x < y ? -1 : 1) : (a > b) - (a < b);
}

static bool is_kernels(const struct kills_row *row)
{
	return !row->by && row->kill.pid != REPORT_ABSENT;
}

/*
 * Of the kernel's kills, or of all rows if there are none. Of the rows with a date; if there are
 * none, of all, provided that they are from one file.
 */
static void print_span(const struct kills *e, bool has_kernels, FILE *out)
{
	const struct kills_row *first = NULL, *last = NULL;
	char a[4 * sizeof(first->time)], b[4 * sizeof(first->time)];
	size_t n = 0, n_undated = 0;

	for (size_t i = 0; i < e->list.n_rows; i++) {
		const struct kills_row *row = &e->rows[e->order[i]];

		n += !has_kernels || is_kernels(row);
		n_undated += (!has_kernels || is_kernels(row)) && !row->has_seconds;
	}
	for (size_t i = 0; i < e->list.n_rows; i++) {
		const struct kills_row *row = &e->rows[e->order[i]];

		if ((has_kernels && !is_kernels(row)) || (!row->has_seconds && n_undated < n))
			continue;
		if (!first || compare_times(row, first) < 0)
			first = row;
		if (!last || compare_times(row, last) >= 0)
			last = row;
	}
	if (!first || !*first->time || !*last->time ||
	    (!first->has_seconds && !kills_same_file(first, last)))
		return;
	text_escape(a, sizeof(a), first->time, strlen(first->time), 0);
	text_escape(b, sizeof(b), last->time, strlen(last->time), 0);
	if (strcmp(a, b) == 0)
		fprintf(out, " at %s", a);
	else
		fprintf(out, " from %s to %s", a, b);
	if (n_undated && n_undated < n)
		fprintf(out, " (%zu without a date)", n_undated);
}

static void print_summary(const struct kills *e, FILE *out)
{
	struct tally *names = mem_alloc(e->list.n_rows, sizeof(*names)),
		     *places = mem_alloc(e->list.n_rows, sizeof(*places)),
		     *others = mem_alloc(e->list.n_rows, sizeof(*others));
	char where[REPORT_PATH + 16];
	size_t n = 0, n_others = 0;

	for (size_t i = 0; i < e->list.n_rows; i++) {
		const struct kills_row *row = &e->rows[e->order[i]];

		if (row->by)
			others[n_others++] = (struct tally){ mem_copy(row->by), 1 };
		if (!is_kernels(row))
			continue;
		kills_where(row, where, sizeof(where));
		names[n] = (struct tally){ mem_copy(*row->kill.name ? row->kill.name : "-"), 1 };
		places[n++] = (struct tally){ mem_copy(*where ? where : "-"), 1 };
	}
	fprintf(out, "%zu kill%s", n, n == 1 ? "" : "s");
	print_span(e, n > 0, out);
	if (n) {
		print_tally(out, "names", names, n);
		print_tally(out, "where", places, n);
	}
	if (n_others)
		print_tally(out, "not by the kernel", others, n_others);
	free(names);
	free(places);
	free(others);
}

void kills_summarize(const struct kills *e, size_t width, FILE *out)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = e->list.n_rows ? open_memstream(&text, &len) : NULL;

	if (!f)
		return;
	print_summary(e, f);
	if (fclose(f) == 0 && width)
		wrap_wrap(out, text, 0, 0, width);
	else if (text)
		fprintf(out, "%s\n", text);
	free(text);
}

#define MAX_EMPTY 48 /* maximum number of consecutive hours or days without kills that are shown */

static void get_bar(struct cell *c)
{
	const struct tally *t = c->row;

	c->num = (int64_t)(t->n * 1000 / *(const size_t *)c->list->arg);
}

static void get_count(struct cell *c)
{
	c->num = (int64_t)((const struct tally *)c->row)->n;
}

static const struct column histogram_columns[] = {
	{ "key", NULL, COLUMN_CUT, list_get_text, offsetof(struct tally, text), 0, "" },
	{ "kills", NULL, COLUMN_NUMBER, get_count, 0, 0, "" },
	{ "share", NULL, COLUMN_BAR, get_bar, 0, 0, "" },
	/* In place of the first one, for paths. */
	{ "key", NULL, COLUMN_PATH, list_get_text, offsetof(struct tally, text), 0, "" },
};

#define PATH_COLUMN 3

/* "2024-05-26 06:00" or "2024-05-26"; begin: of that hour or day. */
static char *bucket(int64_t seconds, bool is_hour, int64_t *begin)
{
	time_t t = (time_t)seconds;
	struct tm tm;
	char text[64];

	if (!localtime_r(&t, &tm))
		return mem_copy("-");
	tm.tm_sec = tm.tm_min = 0;
	tm.tm_hour = is_hour ? tm.tm_hour : 0;
	*begin = (int64_t)mktime(&tm);
	strftime(text, sizeof(text), is_hour ? "%Y-%m-%d %H:00" : "%Y-%m-%d", &tm);
	return mem_copy(text);
}

static char *key_of(const struct kills_row *row, enum kills_key key)
{
	char text[REPORT_PATH + 16] = "";
	const char *path = row->texts[EVENT_TASK_MEMCG], *unit = row->texts[EVENT_UNIT];
	int64_t begin;

	if ((key == KILLS_BY_HOUR || key == KILLS_BY_DAY) && row->has_seconds)
		return bucket(row->seconds, key == KILLS_BY_HOUR, &begin);
	if (key == KILLS_BY_NAME)
		snprintf(text, sizeof(text), "%s", row->kill.name);
	else if (key == KILLS_BY_UNIT)
		snprintf(text, sizeof(text), "%s", unit ? unit : "");
	else if (key == KILLS_BY_CGROUP)
		snprintf(text, sizeof(text), "%s", path ? path : "");
	return mem_copy(*text ? text : "-");
}

/* Adds the hours or days without kills between the first and the last, if they are few. */
static struct tally *add_empty(struct tally *list, size_t *n, const struct kills *e, bool is_hour)
{
	int64_t step = is_hour ? 3600 : 86400, last = INT64_MIN, begin = 0;
	size_t count = *n;

	for (size_t i = 0; i < e->list.n_rows; i++) {
		const struct kills_row *row = &e->rows[e->order[i]];

		if (!is_kernels(row) || !row->has_seconds)
			continue;
		free(bucket(row->seconds, is_hour, &begin));
		if (last != INT64_MIN && begin - last <= MAX_EMPTY * step)
			/* Half a step more: a day may have 23 or 25 hours. */
			for (int64_t t = last + step + step / 2; t < begin; t += step) {
				list = mem_grow(list, count, sizeof(*list));
				list[count++] = (struct tally){ bucket(t, is_hour, &begin), 0 };
				free(bucket(row->seconds, is_hour, &begin));
			}
		last = begin;
	}
	*n = count;
	return list;
}

void kills_print_histogram(const struct kills *e, enum kills_key key, const struct list_view *view)
{
	bool is_time = key == KILLS_BY_HOUR || key == KILLS_BY_DAY;
	struct list_view shown = *view;
	struct tally *list = NULL;
	size_t n = 0, most = 1;
	struct list histogram = { .name = "histogram",
				  .columns = histogram_columns,
				  .n_columns = PATH_COLUMN + 1,
				  .row_size = sizeof(*list),
				  .arg = &most };

	for (size_t i = 0; i < e->list.n_rows; i++) {
		const struct kills_row *row = &e->rows[e->order[i]];

		if (!is_kernels(row))
			continue;
		list = mem_grow(list, n, sizeof(*list));
		list[n++] = (struct tally){ key_of(row, key), 1 };
	}
	n = n ? join_equals(list, n) : 0;
	for (size_t i = 0; i < n; i++)
		most = list[i].n > most ? list[i].n : most;
	if (is_time && n) {
		list = add_empty(list, &n, e, key == KILLS_BY_HOUR);
		qsort(list, n, sizeof(*list), compare_text);
	} else if (n) {
		qsort(list, n, sizeof(*list), compare_count);
	}
	histogram.rows = list;
	histogram.n_rows = n;
	shown.n_columns = 3;
	for (size_t i = 0; i < 3; i++)
		shown.columns[i] = i || key != KILLS_BY_CGROUP ? i : PATH_COLUMN;
	list_print(&shown, &histogram);
	for (size_t i = 0; i < n; i++)
		free(list[i].text);
	free(list);
}
