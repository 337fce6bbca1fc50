/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list_sort: the rows of any list by one of its columns. */
#include "ui/list_sort.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sort_key {
	size_t row;
	enum cell_kind kind;
	int64_t num;
	char *text;
	int sign; /* 1: rises */
};

static int compare_keys(const void *va, const void *vb)
{
	const struct sort_key *a = va, *b = vb;
	int order = (a->kind == CELL_UNKNOWN) - (b->kind == CELL_UNKNOWN);

	if (!order && a->text && b->text)
		order = a->sign * strcmp(a->text, b->text);
	else if (!order && a->kind != CELL_UNKNOWN)
		order = a->sign * ((a->num > b->num) - (a->num < b->num));
	return order ? order : (a->row > b->row) - (a->row < b->row);
}

static int make_keys(const struct list *l, size_t column, char direction, struct sort_key *keys)
{
	struct cell *c = malloc(sizeof(*c));
	int err = c ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < l->n_rows; i++) {
		bool rises = direction == '+';

		c->kind = CELL_UNKNOWN;
		l->cell(l->arg, i, column, c);
		if (!direction)
			rises = c->kind == CELL_TEXT || l->columns[column].flags & COLUMN_RISES;
		keys[i] = (struct sort_key){ .row = i,
					     .kind = c->kind,
					     .num = c->num,
					     .sign = rises ? 1 : -1 };
		if (c->kind == CELL_TEXT) {
			keys[i].text = strdup(c->text);
			err = keys[i].text ? 0 : -ENOMEM;
		}
	}
	free(c);
	return err;
}

int list_sort_rows(const struct list *l, const char *key, size_t **order)
{
	char direction = *key == '+' || *key == '-' ? *key++ : '\0';
	int err, column = list_find_column(l, key, strlen(key));
	struct sort_key *keys;

	if (column < 0)
		return -EINVAL;
	keys = calloc(l->n_rows + 1, sizeof(*keys));
	*order = calloc(l->n_rows + 1, sizeof(**order));
	err = keys && *order ? make_keys(l, (size_t)column, direction, keys) : -ENOMEM;
	if (!err) {
		qsort(keys, l->n_rows, sizeof(*keys), compare_keys);
		for (size_t i = 0; i < l->n_rows; i++)
			(*order)[i] = keys[i].row;
	} else {
		free(*order);
		*order = NULL;
	}
	for (size_t i = 0; keys && i < l->n_rows; i++)
		free(keys[i].text);
	free(keys);
	return err;
}
