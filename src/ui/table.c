/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table: a list with aligned columns; libsmartcols lays it out. */
#include "ui/table.h"

#include <ctype.h>
#include <errno.h>
#include <libsmartcols.h>
#include <string.h>

#include "base/text.h"

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

static int add_columns(struct libscols_table *tb, const struct view *v, const struct list *l)
{
	for (size_t i = 0; i < v->n_columns; i++) {
		const struct column *column = &l->columns[v->columns[i]];
		struct libscols_column *cl;
		char heading[32];
		int flags = 0;

		upper_heading(column, heading, sizeof(heading));
		if (column->flags & COLUMN_RIGHT)
			flags |= SCOLS_FL_RIGHT;
		if (column->flags & COLUMN_TRUNC)
			flags |= SCOLS_FL_TRUNC;
		cl = scols_table_new_column(tb, heading, 0, flags);
		/* Cells are escaped already: libsmartcols must not escape our backslashes again. */
		if (!cl || scols_column_set_safechars(cl, "\\"))
			return -ENOMEM;
	}
	return 0;
}

static int add_row(struct libscols_table *tb, const struct view *v, const struct list *l,
		   size_t row, struct cell *c)
{
	struct libscols_line *ln = scols_table_new_line(tb, NULL);
	const char *tint = l->tint ? l->tint(l->arg, row) : NULL;
	char text[CELL_TEXT_MAX], shown[CELL_TEXT_MAX];

	if (!ln || (tint && scols_line_set_color(ln, tint)))
		return -ENOMEM;
	for (size_t i = 0; i < v->n_columns; i++) {
		c->kind = CELL_UNKNOWN;
		l->cell(l->arg, row, v->columns[i], c);
		view_format_cell(v, c, text, sizeof(text));
		text_escape(shown, sizeof(shown), text, strlen(text), 0);
		if (scols_line_set_data(ln, i, shown))
			return -ENOMEM;
	}
	return 0;
}

int table_print(const struct view *v, const struct list *l)
{
	struct libscols_table *tb = scols_new_table();
	struct cell c;
	int err;

	if (!tb)
		return -ENOMEM;
	scols_table_set_stream(tb, v->out);
	scols_table_enable_noheadings(tb, v->no_headings);
	scols_table_enable_colors(tb, v->has_color);
	scols_table_set_termforce(tb, v->width ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
	if (v->width)
		scols_table_set_termwidth(tb, v->width);
	err = add_columns(tb, v, l);
	for (size_t row = 0; !err && row < view_count(l); row++)
		err = add_row(tb, v, l, view_row(l, row), &c);
	if (!err && scols_print_table(tb))
		err = -EIO;
	scols_unref_table(tb);
	return err;
}
