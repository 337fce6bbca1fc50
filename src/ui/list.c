/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list: a list of rows with typed cells, shown as a table, as raw words or as JSON. */
#include "ui/list.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "ui/list_json.h"
#include "ui/format.h"
#include "ui/list_table.h"

#define BAR_CELLS 5

size_t list_count(const struct list *l)
{
	return l->most && l->most < l->n_rows ? l->most : l->n_rows;
}

size_t list_row(const struct list *l, size_t nth)
{
	return l->order ? l->order[nth] : nth;
}

int list_find_column(const struct list *l, const char *name, size_t len)
{
	for (size_t i = 0; i < l->n_columns; i++)
		if (strlen(l->columns[i].name) == len &&
		    strncasecmp(l->columns[i].name, name, len) == 0)
			return (int)i;
	return -1;
}

bool list_has_column(const struct list_view *v, const struct list *l, const char *name)
{
	for (size_t i = 0; i < v->n_columns; i++)
		if (strcmp(l->columns[v->columns[i]].name, name) == 0)
			return true;
	return false;
}

int list_set_columns(struct list_view *v, const struct list *l, const char *names, const char **bad)
{
	struct list_view set = *v;

	if (*names == '+')
		names++;
	else
		set.n_columns = 0;
	for (const char *p = names;; p++) {
		size_t len = strcspn(p, ",");
		int at = list_find_column(l, p, len);

		if (at < 0 || set.n_columns == LIST_MAX_COLUMNS) {
			*bad = p;
			return -EINVAL;
		}
		set.columns[set.n_columns++] = (size_t)at;
		p += len;
		if (!*p)
			break;
	}
	*v = set;
	return 0;
}

/* Eighths of a block where the terminal has them. */
static void format_bar(int64_t thousandths, char *buf, size_t size)
{
	static const char *const blocks[] = { "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█" };
	int64_t whole = thousandths < 0 ? 0 : thousandths > 1000 ? 1000 : thousandths;
	int64_t eighths = (whole * BAR_CELLS * 8 + 500) / 1000;
	bool has_blocks = MB_CUR_MAX > 1;
	size_t at = 0;

	if (whole > 0 && eighths == 0)
		eighths = 1;
	buf[0] = '\0';
	for (; eighths > 0; eighths -= 8) {
		const char *block = has_blocks     ? blocks[eighths >= 8 ? 7 : eighths - 1]
				    : eighths >= 4 ? "#"
						   : "";

		at += (size_t)snprintf(buf + at, size - at, "%s", block);
	}
}

void list_format_cell(const struct list_view *v, const struct cell *c, char *buf, size_t size)
{
	bool is_plain = v->mode != LIST_TABLE;

	switch (c->kind) {
	case CELL_UNKNOWN:
		snprintf(buf, size, "-");
		break;
	case CELL_NUMBER:
		snprintf(buf, size, "%" PRId64, c->num);
		break;
	case CELL_BYTES:
		if (is_plain || v->in_bytes)
			snprintf(buf, size, "%" PRId64, c->num);
		else
			format_format(c->num, buf);
		break;
	case CELL_PERCENT:
		snprintf(buf, size, is_plain ? "%.1f" : "%.1f%%", (double)c->num / 10);
		break;
	case CELL_BAR:
		if (is_plain)
			snprintf(buf, size, "%" PRId64, c->num / 10);
		else
			format_bar(c->num, buf, size);
		break;
	case CELL_TEXT:
		snprintf(buf, size, "%s", c->text);
		break;
	}
}

static void print_raw_heading(const struct list_view *v, const struct list *l)
{
	for (size_t i = 0; i < v->n_columns; i++) {
		if (i)
			putc(' ', v->out);
		for (const char *p = l->columns[v->columns[i]].name; *p; p++)
			putc(toupper((unsigned char)*p), v->out);
	}
	putc('\n', v->out);
}

/* One word a cell: blanks in it are escaped, and an empty text is "-" too. */
static int print_raw(const struct list_view *v, const struct list *l)
{
	struct cell *c = malloc(sizeof(*c));
	char word[CELL_TEXT_MAX];

	if (!c)
		return -ENOMEM;
	if (!v->no_headings)
		print_raw_heading(v, l);
	for (size_t row = 0; row < list_count(l); row++) {
		for (size_t i = 0; i < v->n_columns; i++) {
			c->kind = CELL_UNKNOWN;
			l->cell(l->arg, list_row(l, row), v->columns[i], c);
			if (c->kind == CELL_TEXT)
				text_escape(word, sizeof(word), c->text, strlen(c->text),
					    TEXT_BLANKS);
			else
				list_format_cell(v, c, word, sizeof(word));
			if (i)
				putc_unlocked(' ', v->out);
			fputs_unlocked(*word ? word : "-", v->out);
		}
		putc_unlocked('\n', v->out);
	}
	free(c);
	return 0;
}

int list_print(const struct list_view *v, const struct list *l)
{
	switch (v->mode) {
	case LIST_RAW:
		return print_raw(v, l);
	case LIST_JSON:
		list_json_print(v, l);
		return 0;
	case LIST_TABLE:
		break;
	}
	return list_table_print(v, l);
}
