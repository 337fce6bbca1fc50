/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list_table: a list with aligned columns, cut to the terminal's width where there is one. */
#include "ui/list_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ui/wrap.h"

#define HEADING_MAX 32

/* All cells as they will be shown, row by row; the texts are owned. */
struct texts {
	char **cells;
	size_t n_rows, n_columns;
	size_t widths[LIST_MAX_COLUMNS];
};

static void free_texts(struct texts *t)
{
	for (size_t i = 0; t->cells && i < t->n_rows * t->n_columns; i++)
		free(t->cells[i]);
	free(t->cells);
}

static void upper_heading(const struct column *column, char *buf, size_t size)
{
	size_t i;

	if (column->heading) {
		snprintf(buf, size, "%s", column->heading);
		return;
	}
	for (i = 0; i < size - 1 && column->name[i]; i++)
		buf[i] = (char)toupper((unsigned char)column->name[i]);
	buf[i] = '\0';
}

static int make_row(const struct list_view *v, const struct list *l, size_t row, struct cell *c,
		    char **cells)
{
	char text[CELL_TEXT_MAX], shown[CELL_TEXT_MAX];

	for (size_t i = 0; i < v->n_columns; i++) {
		c->kind = CELL_UNKNOWN;
		l->cell(l->arg, row, v->columns[i], c);
		list_format_cell(v, c, text, sizeof(text));
		text_escape(shown, sizeof(shown), text, strlen(text), 0);
		cells[i] = strdup(shown);
		if (!cells[i])
			return -ENOMEM;
	}
	return 0;
}

static int make_texts(const struct list_view *v, const struct list *l, struct texts *t)
{
	struct cell *c = malloc(sizeof(*c));
	int err = 0;

	t->n_rows = list_count(l);
	t->n_columns = v->n_columns;
	t->cells = calloc(t->n_rows * t->n_columns + 1, sizeof(*t->cells));
	if (!c || !t->cells)
		err = -ENOMEM;
	for (size_t row = 0; !err && row < t->n_rows; row++)
		err = make_row(v, l, list_row(l, row), c, &t->cells[row * t->n_columns]);
	free(c);
	return err;
}

/*
 * As wide as the widest cell, with or without the heading over it; on a terminal what does not fit
 * is cut.
 */
static void fit_texts(const struct list_view *v, const struct list *l, struct texts *t)
{
	const struct column *columns[LIST_MAX_COLUMNS];
	char heading[HEADING_MAX];

	for (size_t i = 0; i < t->n_columns; i++) {
		columns[i] = &l->columns[v->columns[i]];
		upper_heading(columns[i], heading, sizeof(heading));
		t->widths[i] = wrap_width(heading);
		for (size_t row = 0; row < t->n_rows; row++) {
			size_t width = wrap_width(t->cells[row * t->n_columns + i]);

			t->widths[i] = width > t->widths[i] ? width : t->widths[i];
		}
	}
	if (!v->width)
		return;
	wrap_columns(columns, t->widths, t->n_columns, v->width);
	for (size_t at = 0; at < t->n_rows * t->n_columns; at++)
		wrap_cut(t->cells[at], t->widths[at % t->n_columns]);
}

/* One cell; the last of a line needs no blanks behind it. */
static void print_cell(FILE *out, const char *text, size_t width, bool is_right, bool is_last)
{
	size_t used = wrap_width(text), pad = used < width ? width - used : 0;

	fprintf(out, "%*s%s", is_right ? (int)pad : 0, "", text);
	if (!is_last)
		fprintf(out, "%*s", is_right ? 1 : (int)pad + 1, "");
}

static void print_line(const struct list_view *v, const struct list *l, const struct texts *t,
		       char *const *cells)
{
	for (size_t i = 0; i < t->n_columns; i++)
		print_cell(v->out, cells[i], t->widths[i],
			   l->columns[v->columns[i]].flags & COLUMN_RIGHT, i + 1 == t->n_columns);
}

static void print_headings(const struct list_view *v, const struct list *l, const struct texts *t)
{
	char headings[LIST_MAX_COLUMNS][HEADING_MAX], *cells[LIST_MAX_COLUMNS];

	for (size_t i = 0; i < t->n_columns; i++) {
		upper_heading(&l->columns[v->columns[i]], headings[i], HEADING_MAX);
		cells[i] = headings[i];
	}
	print_line(v, l, t, cells);
	putc('\n', v->out);
}

int list_table_print(const struct list_view *v, const struct list *l)
{
	struct texts t = { .cells = NULL };
	int err = make_texts(v, l, &t);

	if (!err)
		fit_texts(v, l, &t);
	if (!err && !v->no_headings)
		print_headings(v, l, &t);
	for (size_t row = 0; !err && row < t.n_rows; row++) {
		const char *tint = v->has_color && l->tint ? l->tint(l->arg, list_row(l, row))
							   : NULL;

		if (tint)
			fputs(tint, v->out);
		print_line(v, l, &t, &t.cells[row * t.n_columns]);
		fputs(tint ? LIST_TINT_END "\n" : "\n", v->out);
	}
	free_texts(&t);
	return err;
}
