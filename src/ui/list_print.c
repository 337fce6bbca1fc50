/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list_print: a list as a table, aligned and cut to the terminal's width where there is one; as
 * words between single blanks; or as a JSON object with one named array, a row a line.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/format.h"
#include "ui/json.h"
#include "ui/list.h"
#include "ui/wrap.h"

#define BAR_CELLS   5
#define HEADING_MAX 32

void list_format_cell(const struct list_view *v, const struct cell *c, char *buf, size_t size)
{
	enum column_kind kind = c->column->kind;
	bool is_plain = v->mode != LIST_TABLE;

	if (c->text)
		text_escape(buf, size, c->text, strlen(c->text), is_plain ? TEXT_BLANKS : 0);
	else if (c->num == LIST_UNKNOWN)
		snprintf(buf, size, "-");
	else if (kind == COLUMN_BAR && !is_plain)
		format_bar(c->num, BAR_CELLS, buf, size);
	else if (kind == COLUMN_BYTES && !is_plain && !v->in_bytes)
		format_format(c->num, buf);
	else if (kind == COLUMN_PERCENT)
		snprintf(buf, size, is_plain ? "%.1f" : "%.1f%%", (double)c->num / 10);
	else
		snprintf(buf, size, "%" PRId64, kind == COLUMN_BAR ? c->num / 10 : c->num);
}

static const char *format_heading(const struct column *c, bool is_raw, char *buf)
{
	const char *text = c->heading && !is_raw ? c->heading : c->name;
	size_t i;

	for (i = 0; i < HEADING_MAX - 1 && text[i]; i++)
		buf[i] = (char)toupper((unsigned char)text[i]);
	buf[i] = '\0';
	return buf;
}

static void print_raw(const struct list_view *v, const struct list *l)
{
	char word[CELL_TEXT_MAX];
	struct cell c;

	for (size_t i = 0; !v->no_headings && i < v->n_columns; i++)
		fprintf(v->out, "%s%s", format_heading(&l->columns[v->columns[i]], true, word),
			i + 1 < v->n_columns ? " " : "\n");
	for (size_t row = 0; row < list_count(l); row++) {
		for (size_t i = 0; i < v->n_columns; i++) {
			list_get(l, v->columns[i], list_row(l, row), &c);
			list_format_cell(v, &c, word, sizeof(word));
			if (i)
				putc_unlocked(' ', v->out);
			fputs_unlocked(*word ? word : "-", v->out);
		}
		putc_unlocked('\n', v->out);
	}
}

static void put_json_cell(struct json_writer *j, const struct cell *c)
{
	const char *key = c->column->name;

	if (c->text)
		json_write_text(j, key, c->text);
	else if (c->num == LIST_UNKNOWN)
		json_write_null(j, key);
	else if (c->column->kind == COLUMN_PERCENT)
		json_write_tenths(j, key, c->num);
	else
		json_write_number(j, key, c->column->kind == COLUMN_BAR ? c->num / 10 : c->num);
}

static void print_json(const struct list_view *v, const struct list *l)
{
	struct cell c;

	fprintf(v->out, "{\"%s\":[", l->name);
	for (size_t row = 0; row < list_count(l); row++) {
		struct json_writer j = { .out = v->out };

		fputs(row ? ",\n" : "\n", v->out);
		json_write_open(&j, NULL, '{');
		for (size_t i = 0; i < v->n_columns; i++) {
			list_get(l, v->columns[i], list_row(l, row), &c);
			put_json_cell(&j, &c);
		}
		json_write_close(&j, '}');
	}
	fputs("\n]}\n", v->out);
}

/* All cells of a table as they are shown, row by row; the texts are owned. */
struct texts {
	char **cells;
	size_t n_rows, n_columns, n;
	size_t widths[LIST_MAX_COLUMNS];
};

static void make_texts(const struct list_view *v, const struct list *l, struct texts *t)
{
	char shown[CELL_TEXT_MAX];
	struct cell c;

	t->n_rows = list_count(l);
	t->n_columns = v->n_columns;
	t->n = t->n_rows * t->n_columns;
	t->cells = mem_alloc(t->n, sizeof(*t->cells));
	for (size_t at = 0; at < t->n; at++) {
		list_get(l, v->columns[at % t->n_columns], list_row(l, at / t->n_columns), &c);
		list_format_cell(v, &c, shown, sizeof(shown));
		t->cells[at] = mem_copy(shown);
	}
}

/* A column is as wide as its widest cell or its heading; on a terminal what does not fit is cut. */
static void fit_texts(const struct list_view *v, const struct list *l, struct texts *t)
{
	const struct column *columns[LIST_MAX_COLUMNS];
	char heading[HEADING_MAX];

	for (size_t i = 0; i < t->n_columns; i++) {
		columns[i] = &l->columns[v->columns[i]];
		t->widths[i] = wrap_width(format_heading(columns[i], false, heading));
		for (size_t row = 0; row < t->n_rows; row++) {
			size_t width = wrap_width(t->cells[row * t->n_columns + i]);

			t->widths[i] = width > t->widths[i] ? width : t->widths[i];
		}
	}
	if (!v->width)
		return;
	wrap_columns(columns, t->widths, t->n_columns, v->width);
	for (size_t at = 0; at < t->n; at++)
		wrap_cut(t->cells[at], t->widths[at % t->n_columns]);
}

/* Numbers are flush right. No blanks follow the last cell of a line. */
static void print_cell(const struct list_view *v, const struct list *l, const struct texts *t,
		       size_t nth, const char *text)
{
	enum column_kind kind = l->columns[v->columns[nth]].kind;
	bool is_right = kind >= COLUMN_ID && kind != COLUMN_BAR;
	size_t used = wrap_width(text), pad = used < t->widths[nth] ? t->widths[nth] - used : 0;

	fprintf(v->out, "%*s%s", is_right ? (int)pad : 0, "", text);
	if (nth + 1 < t->n_columns)
		fprintf(v->out, "%*s", is_right ? 1 : (int)pad + 1, "");
}

static void print_table(const struct list_view *v, const struct list *l)
{
	char heading[HEADING_MAX];
	struct texts t;

	make_texts(v, l, &t);
	fit_texts(v, l, &t);
	for (size_t i = 0; !v->no_headings && i < t.n_columns; i++)
		print_cell(v, l, &t, i, format_heading(&l->columns[v->columns[i]], false, heading));
	if (!v->no_headings)
		putc('\n', v->out);
	for (size_t row = 0; row < t.n_rows; row++) {
		const char *tint = v->has_color && l->tint ? l->tint(list_row(l, row)) : NULL;

		if (tint)
			fputs(tint, v->out);
		for (size_t i = 0; i < t.n_columns; i++)
			print_cell(v, l, &t, i, t.cells[row * t.n_columns + i]);
		fputs(tint ? LIST_TINT_END "\n" : "\n", v->out);
	}
	for (size_t at = 0; at < t.n; at++)
		free(t.cells[at]);
	free(t.cells);
}

void list_print(const struct list_view *v, const struct list *l)
{
	static void (*const prints[])(const struct list_view *v, const struct list *l) = {
		[LIST_TABLE] = print_table,
		[LIST_RAW] = print_raw,
		[LIST_JSON] = print_json,
	};

	prints[v->mode](v, l);
}
