/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: a list as one object with one named array, a row a line; jansson writes the rows. */
#include "ui/json.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

/* A string of any bytes: what is no UTF-8 becomes U+FFFD, a byte at a time. */
static json_t *make_string(const char *text)
{
	json_t *whole = json_string(text);
	char fixed[3 * CELL_TEXT_MAX + 1];
	size_t at = 0;

	if (whole)
		return whole;
	for (const char *p = text; *p && at + 4 < sizeof(fixed);) {
		size_t len = strlen(p), n;
		json_t *one = NULL;

		for (n = 1; !one && n <= 4 && n <= len; n++)
			one = json_stringn(p, n);
		if (one) {
			memcpy(fixed + at, p, --n);
			at += n;
			p += n;
			json_decref(one);
		} else {
			memcpy(fixed + at, "\xef\xbf\xbd", 3);
			at += 3;
			p++;
		}
	}
	return json_stringn(fixed, at);
}

static json_t *make_cell(const struct cell *c)
{
	switch (c->kind) {
	case CELL_UNKNOWN:
		break;
	case CELL_NUMBER:
	case CELL_BYTES:
		return json_integer(c->num);
	case CELL_BAR:
		return json_integer(c->num / 10);
	case CELL_PERCENT:
		return json_real((double)c->num / 10);
	case CELL_TEXT:
		return make_string(c->text);
	}
	return json_null();
}

static int print_row(const struct view *v, const struct list *l, size_t row, struct cell *c)
{
	json_t *object = json_object();
	int err = object ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < v->n_columns; i++) {
		c->kind = CELL_UNKNOWN;
		l->cell(l->arg, row, v->columns[i], c);
		if (json_object_set_new(object, l->columns[v->columns[i]].name, make_cell(c)))
			err = -ENOMEM;
	}
	if (!err &&
	    json_dumpf(object, v->out, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6)))
		err = -EIO;
	json_decref(object);
	return err;
}

int json_print(const struct view *v, const struct list *l)
{
	struct cell c;
	int err = 0;

	fprintf(v->out, "{\"%s\":[", l->name);
	for (size_t row = 0; !err && row < view_count(l); row++) {
		fputs(row ? ",\n" : "\n", v->out);
		err = print_row(v, l, view_row(l, row), &c);
	}
	fputs("\n]}\n", v->out);
	return err;
}
