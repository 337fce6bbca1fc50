/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list_json: a list as one object with one named array, a row a line. */
#include "ui/list_json.h"

#include "ui/json.h"

static void put_cell(struct json_writer *j, const char *key, const struct cell *c)
{
	switch (c->kind) {
	case CELL_UNKNOWN:
		json_write_null(j, key);
		break;
	case CELL_NUMBER:
	case CELL_BYTES:
		json_write_number(j, key, c->num);
		break;
	case CELL_BAR:
		json_write_number(j, key, c->num / 10);
		break;
	case CELL_PERCENT:
		json_write_tenths(j, key, c->num);
		break;
	case CELL_TEXT:
		json_write_text(j, key, c->text);
		break;
	}
}

void list_json_print(const struct list_view *v, const struct list *l)
{
	struct cell c;

	fprintf(v->out, "{\"%s\":[", l->name);
	for (size_t row = 0; row < list_count(l); row++) {
		struct json_writer j = { .out = v->out };

		fputs(row ? ",\n" : "\n", v->out);
		json_write_open(&j, NULL, '{');
		for (size_t i = 0; i < v->n_columns; i++) {
			c.kind = CELL_UNKNOWN;
			l->cell(l->arg, list_row(l, row), v->columns[i], &c);
			put_cell(&j, l->columns[v->columns[i]].name, &c);
		}
		json_write_close(&j, '}');
	}
	fputs("\n]}\n", v->out);
}
