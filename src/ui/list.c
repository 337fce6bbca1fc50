/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list: the rows and columns of a list, and its order. */
#include "ui/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

const char *list_unit(const struct column *c)
{
	static const char *const units[] = {
		[COLUMN_TEXT] = "text",       [COLUMN_CUT] = "text",     [COLUMN_PATH] = "text",
		[COLUMN_PIDS] = "pids",       [COLUMN_BOOL] = "boolean", [COLUMN_ID] = "number",
		[COLUMN_NUMBER] = "number",   [COLUMN_BYTES] = "bytes",  [COLUMN_POINTS] = "points",
		[COLUMN_PERCENT] = "percent", [COLUMN_BAR] = "percent",
	};

	return units[c->kind];
}

static const void *member(const struct cell *c)
{
	return (const char *)c->row + c->column->offset;
}

void list_get_number(struct cell *c)
{
	c->num = *(const int64_t *)member(c);
}

void list_get_text(struct cell *c)
{
	c->text = *(const char *const *)member(c);
}

void list_get_chars(struct cell *c)
{
	const char *text = member(c);

	c->text = *text ? text : NULL;
}

size_t list_count(const struct list *l)
{
	return l->most && l->most < l->n_rows ? l->most : l->n_rows;
}

const void *list_row(const struct list *l, size_t nth)
{
	return (const char *)l->rows + (l->order ? l->order[nth] : nth) * l->row_size;
}

void list_get(const struct list *l, size_t column, const void *row, struct cell *c)
{
	c->list = l;
	c->column = &l->columns[column];
	c->row = row;
	c->num = c->bytes = LIST_UNKNOWN;
	c->text = NULL;
	c->column->get(c);
}

static bool is_named(const char *own, const char *name, size_t len)
{
	return len && strlen(own) == len && strncasecmp(own, name, len) == 0;
}

int list_find_column(const struct list *l, const char *name, size_t len)
{
	for (size_t i = 0; i < l->n_columns; i++)
		if (is_named(l->columns[i].name, name, len))
			return (int)i;
	for (size_t i = 0; i < l->n_columns; i++)
		if (l->columns[i].heading && is_named(l->columns[i].heading, name, len))
			return (int)i;
	return -1;
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

unsigned int list_needs(const struct list_view *v, const struct list *l)
{
	unsigned int needs = 0;

	for (size_t i = 0; i < v->n_columns; i++)
		needs |= l->columns[v->columns[i]].needs;
	return needs;
}

struct sort_key {
	size_t row;
	int64_t num;
	char *text;
};

static int compare_keys(const void *va, const void *vb, void *arg)
{
	const struct sort_key *a = va, *b = vb;
	const int *sign = arg;
	bool a_known = a->text || a->num != LIST_UNKNOWN,
	     b_known = b->text || b->num != LIST_UNKNOWN;
	int order = a_known != b_known   ? (a_known ? -1 : 1)
		    : a->text && b->text ? *sign * strcmp(a->text, b->text)
					 : *sign * ((a->num > b->num) - (a->num < b->num));

	return order ? order : (a->row > b->row) - (a->row < b->row);
}

size_t *list_sort(const struct list *l, const char *key)
{
	char direction = *key == '+' || *key == '-' ? *key++ : '\0';
	int column = list_find_column(l, key, strlen(key)), sign;
	struct sort_key *keys;
	size_t *order;
	struct cell c;

	if (column < 0)
		return NULL;
	sign = direction ? (direction == '+' ? 1 : -1)
			 : (l->columns[column].kind <= COLUMN_ID ? 1 : -1);
	keys = mem_alloc(l->n_rows, sizeof(*keys));
	order = mem_alloc(l->n_rows, sizeof(*order));
	for (size_t i = 0; i < l->n_rows; i++) {
		list_get(l, (size_t)column, (const char *)l->rows + i * l->row_size, &c);
		keys[i] = (struct sort_key){ i, c.num, c.text ? mem_copy(c.text) : NULL };
	}
	qsort_r(keys, l->n_rows, sizeof(*keys), compare_keys, &sign);
	for (size_t i = 0; i < l->n_rows; i++) {
		order[i] = keys[i].row;
		free(keys[i].text);
	}
	free(keys);
	return order;
}
