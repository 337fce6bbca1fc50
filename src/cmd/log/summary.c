/* SPDX-License-Identifier: GPL-2.0-or-later */
/* summary: the line below the list of log: how many kills, when, of which names, and where. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/log/kills.h"
#include "ui/wrap.h"

#define MOST 3 /* names and places that are shown, of each */

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

/* Equal texts count together; the most frequent come first. Frees the texts. */
static void print_tally(FILE *out, const char *title, struct tally *list, size_t n)
{
	size_t kept = 0, others = 0;
	char shown[1024];

	qsort(list, n, sizeof(*list), compare_text);
	for (size_t i = 0; i < n; i++) {
		if (kept && strcmp(list[kept - 1].text, list[i].text) == 0) {
			list[kept - 1].n++;
			free(list[i].text);
		} else {
			list[kept++] = list[i];
		}
	}
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

/* Of the rows with a date; if none has one, of all, as long as they have the clock of one file. */
static void print_span(const struct kills *e, FILE *out)
{
	const struct kills_row *first = NULL, *last = NULL;
	char a[4 * sizeof(first->time)], b[4 * sizeof(first->time)];
	size_t n_undated = 0;

	for (size_t i = 0; i < e->list.n_rows; i++)
		n_undated += !e->rows[e->order[i]].has_seconds;
	for (size_t i = 0; i < e->list.n_rows; i++) {
		const struct kills_row *row = &e->rows[e->order[i]];

		if (!row->has_seconds && n_undated < e->list.n_rows)
			continue;
		if (!first || row->seconds < first->seconds ||
		    (row->seconds == first->seconds && row < first))
			first = row;
		if (!last || row->seconds > last->seconds ||
		    (row->seconds == last->seconds && row > last))
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
	if (n_undated && n_undated < e->list.n_rows)
		fprintf(out, " (%zu without a date)", n_undated);
}

static void print_summary(const struct kills *e, FILE *out)
{
	struct tally *names = mem_alloc(e->list.n_rows, sizeof(*names)),
		     *places = mem_alloc(e->list.n_rows, sizeof(*places));
	char where[REPORT_PATH + 16];
	size_t n = 0;

	for (size_t i = 0; i < e->list.n_rows; i++) {
		const struct kills_row *row = &e->rows[e->order[i]];

		if (row->kill.pid == REPORT_ABSENT)
			continue;
		kills_where(row, where, sizeof(where));
		names[n] = (struct tally){ mem_copy(*row->kill.name ? row->kill.name : "-"), 1 };
		places[n++] = (struct tally){ mem_copy(*where ? where : "-"), 1 };
	}
	fprintf(out, "%zu kill%s", n, n == 1 ? "" : "s");
	print_span(e, out);
	if (n) {
		print_tally(out, "names", names, n);
		print_tally(out, "where", places, n);
	}
	free(names);
	free(places);
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
