/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list_print: a list as a table that fits the terminal, as raw values, or as JSON. */
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

/* As many as fit in size, and how many more there are. */
static void format_pids(const char *pids, char *buf, size_t size)
{
	static const char more[] = " and %zu more";
	size_t room = size - sizeof(more) - 20, len = strlen(pids), left = 0;

	if (len < size) {
		memcpy(buf, pids, len + 1);
		return;
	}
	while (pids[room] != ' ')
		room--;
	for (const char *p = pids + room; p; p = strchr(p + 1, ' '))
		left++;
	memcpy(buf, pids, room);
	snprintf(buf + room, size - room, more, left);
}

void list_format_cell(const struct list_view *v, const struct cell *c, char *buf, size_t size)
{
	enum column_kind kind = c->column->kind;
	bool is_plain = v->mode != LIST_TABLE;
	bool is_memory = kind == COLUMN_BYTES ||
			 (kind == COLUMN_POINTS && c->bytes != LIST_UNKNOWN);
	int64_t bytes = kind == COLUMN_BYTES ? c->num : c->bytes;

	if (c->text && kind == COLUMN_PIDS)
		format_pids(c->text, buf, size);
	else if (c->text)
		text_escape(buf, size, c->text, strlen(c->text), is_plain ? TEXT_BLANKS : 0);
	else if (c->num == LIST_UNKNOWN)
		snprintf(buf, size, "-");
	else if (kind == COLUMN_BAR && !is_plain)
		format_bar(c->num, BAR_CELLS, buf, size);
	else if (is_memory && !is_plain && !v->in_bytes)
		format_format(bytes, buf);
	else if (is_memory && !is_plain)
		snprintf(buf, size, "%" PRId64, bytes);
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

/* All of them, however many there are, with escaped blanks between them. */
static void print_raw_pids(FILE *out, const char *pids)
{
	const char *separator = "";
	char *end;

	for (long long pid; (pid = strtoll(pids, &end, 10)), end != pids; pids = end) {
		fprintf(out, "%s%lld", separator, pid);
		separator = "\\x20";
	}
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
			if (i)
				putc_unlocked(' ', v->out);
			if (c.column->kind == COLUMN_PIDS && c.text && *c.text) {
				print_raw_pids(v->out, c.text);
				continue;
			}
			list_format_cell(v, &c, word, sizeof(word));
			fputs_unlocked(*word ? word : "-", v->out);
		}
		putc_unlocked('\n', v->out);
	}
}

static void print_pids(struct json_writer *j, const char *key, const char *pids)
{
	char *end;

	json_write_open(j, key, '[');
	for (long long pid; (pid = strtoll(pids, &end, 10)), end != pids; pids = end)
		json_write_number(j, NULL, pid);
	json_write_close(j, ']');
}

/* Whether the nth column was shown before: an object has each key once (RFC 8259). */
static bool is_repeated(const struct list_view *v, size_t nth)
{
	for (size_t i = 0; i < nth; i++)
		if (v->columns[i] == v->columns[nth])
			return true;
	return false;
}

static void print_json(const struct list_view *v, const struct list *l)
{
	struct cell c;

	if (!v->is_stream)
		fprintf(v->out, "{\"%s\":[", l->name);
	for (size_t row = 0; row < list_count(l); row++) {
		struct json_writer j = { .out = v->out };

		if (!v->is_stream)
			fputs(row ? ",\n" : "\n", v->out);
		json_write_open(&j, NULL, '{');
		for (size_t i = 0; i < v->n_columns; i++) {
			const struct column *column = &l->columns[v->columns[i]];

			if (is_repeated(v, i))
				continue;
			list_get(l, v->columns[i], list_row(l, row), &c);
			if (column->kind == COLUMN_PIDS)
				print_pids(&j, column->name, c.text ? c.text : "");
			else if (c.text && column->kind == COLUMN_BOOL)
				json_write_bool(&j, column->name, strcmp(c.text, "yes") == 0);
			else if (c.text)
				json_write_text(&j, column->name, c.text);
			else if (c.num == LIST_UNKNOWN)
				json_write_null(&j, column->name);
			else if (column->kind == COLUMN_PERCENT)
				json_write_tenths(&j, column->name, c.num);
			else
				json_write_number(&j, column->name,
						  column->kind == COLUMN_BAR ? c.num / 10 : c.num);
		}
		json_write_close(&j, '}');
		if (v->is_stream)
			putc('\n', v->out);
	}
	if (v->is_stream)
		return;
	fputs("\n]", v->out);
	if (l->decided_by)
		fprintf(v->out, ",\"decided_by\":\"%s\"", l->decided_by);
	if (l->incomplete)
		fputs(",\"incomplete\":[", v->out);
	for (size_t i = 0; l->incomplete && l->incomplete[i]; i++)
		fprintf(v->out, "%s\"%s\"", i ? "," : "", l->incomplete[i]);
	fputs(l->incomplete ? "]" : "", v->out);
	fputs("}\n", v->out);
}

/* Numbers are right-aligned. No blanks follow the last cell of a line. */
static void print_cell(FILE *out, const struct column *c, const char *text, size_t width,
		       bool is_last)
{
	bool is_right = c->kind >= COLUMN_ID && c->kind != COLUMN_BAR;
	size_t used = wrap_width(text), pad = used < width ? width - used : 0;

	fprintf(out, "%*s%s", is_right ? (int)pad : 0, "", text);
	if (!is_last)
		fprintf(out, "%*s", is_right ? 1 : (int)pad + 1, "");
}

/*
 * Cuts columns, and drops the last ones if that is not enough. Returns how many are left. If none
 * may be dropped, all that can be cut are still readable, because cutting more does not help.
 */
static size_t fit_columns(const struct list_view *v, const struct column *const *columns,
			  size_t *widths)
{
	size_t wanted[LIST_MAX_COLUMNS], n = v->n_columns;

	memcpy(wanted, widths, sizeof(wanted));
	for (; n && !wrap_columns(columns, widths, n, v->width); n--) {
		memcpy(widths, wanted, sizeof(wanted));
		if (!v->can_drop || n == 1) {
			wrap_wide_columns(columns, widths, n);
			break;
		}
	}
	return n;
}

/* A column is as wide as its widest cell or its heading. */
static void print_table(const struct list_view *v, const struct list *l)
{
	size_t n_columns = v->n_columns, n = list_count(l) * n_columns, n_shown = n_columns;
	size_t widths[LIST_MAX_COLUMNS] = { 0 };
	char heading[HEADING_MAX], shown[CELL_TEXT_MAX];
	const struct column *columns[LIST_MAX_COLUMNS];
	char **texts = mem_alloc(n, sizeof(*texts));
	struct cell c;

	for (size_t i = 0; i < n_columns; i++) {
		columns[i] = &l->columns[v->columns[i]];
		widths[i] = wrap_width(format_heading(columns[i], false, heading));
	}
	for (size_t at = 0; at < n; at++) {
		size_t i = at % n_columns, width;

		list_get(l, v->columns[i], list_row(l, at / n_columns), &c);
		list_format_cell(v, &c, shown, sizeof(shown));
		texts[at] = mem_copy(shown);
		width = wrap_width(shown);
		widths[i] = width > widths[i] ? width : widths[i];
	}
	if (v->width)
		n_shown = fit_columns(v, columns, widths);
	for (size_t i = 0; !v->no_headings && i < n_shown; i++)
		print_cell(v->out, columns[i], format_heading(columns[i], false, heading),
			   widths[i], i + 1 == n_shown);
	if (!v->no_headings)
		putc('\n', v->out);
	for (size_t row = 0; row < list_count(l); row++) {
		const char *tint = v->has_color && l->tint ? l->tint(list_row(l, row)) : NULL;

		if (tint)
			fputs(tint, v->out);
		for (size_t i = 0; i < n_columns; i++) {
			char *text = texts[row * n_columns + i];

			wrap_cut(shown, sizeof(shown), text, v->width ? widths[i] : SIZE_MAX,
				 columns[i]->kind == COLUMN_PATH);
			if (i < n_shown)
				print_cell(v->out, columns[i], shown, widths[i], i + 1 == n_shown);
			free(text);
		}
		fputs(tint ? LIST_TINT_END "\n" : "\n", v->out);
	}
	free(texts);
}

void list_print(const struct list_view *v, const struct list *l)
{
	if (v->mode == LIST_TABLE)
		print_table(v, l);
	else if (v->mode == LIST_RAW)
		print_raw(v, l);
	else
		print_json(v, l);
}
