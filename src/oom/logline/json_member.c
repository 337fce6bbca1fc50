/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json_member: decodes one member of a JSON object in a log line, and builds nothing else of it. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "oom/logline/internal.h"

struct json_text {
	const char *p, *end;
};

static void skip_blanks(struct json_text *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t' || *t->p == '\r' || *t->p == '\n'))
		t->p++;
}

/* Skips blanks, and c behind them if it is there. */
static bool skip(struct json_text *t, char c)
{
	skip_blanks(t);
	if (t->p >= t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

/* Four hexadecimal digits, or -1. */
static int read_hex(struct json_text *t)
{
	static const char digits[] = "0123456789abcdef";
	int value = 0;

	for (int i = 0; i < 4; i++, t->p++) {
		int c = t->p < t->end ? tolower((unsigned char)*t->p) : '\0';
		const char *digit = c ? strchr(digits, c) : NULL;

		if (!digit)
			return -1;
		value = value * 16 + (int)(digit - digits);
	}
	return value;
}

static size_t put_utf8(int c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | c >> 12);
	out[1] = (char)(0x80 | (c >> 6 & 0x3f));
	out[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

/* Decodes the escape behind a backslash to out (4 bytes). Returns its length; 0: invalid. */
static size_t read_escape(struct json_text *t, char *out)
{
	static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *at;
	int c;

	if (t->p >= t->end)
		return 0;
	if (*t->p == 'u') {
		t->p++;
		c = read_hex(t);
		return c < 0 ? 0 : put_utf8(c, out);
	}
	at = strchr(letters, *t->p);
	if (!at || !*at)
		return 0;
	t->p++;
	out[0] = values[at - letters];
	return 1;
}

/* A string behind its first quote. Returns the length of what fits into buf, or -EINVAL. */
static int read_string(struct json_text *t, char *buf, size_t size)
{
	size_t at = 0;

	while (t->p < t->end && *t->p != '"') {
		char one[4];
		size_t n = 1;

		one[0] = *t->p++;
		if (one[0] == '\\')
			n = read_escape(t, one);
		if (!n)
			return -EINVAL;
		if (at + n < size) {
			memcpy(buf + at, one, n);
			at += n;
		}
	}
	if (size)
		buf[at] = '\0';
	return skip(t, '"') ? (int)at : -EINVAL;
}

/* [77,101,109]: text that is not UTF-8, as journald writes it. */
static int read_bytes(struct json_text *t, char *buf, size_t size)
{
	size_t at = 0;

	while (t->p < t->end && *t->p != ']') {
		int value = 0, n = 0;

		skip_blanks(t);
		for (; t->p < t->end && cursor_is_digit(*t->p) && n < 3; n++)
			value = value * 10 + (*t->p++ - '0');
		if (!n || value > 255)
			return -EINVAL;
		if (at + 1 < size)
			buf[at++] = (char)value;
		skip(t, ',');
		skip_blanks(t);
	}
	if (size)
		buf[at] = '\0';
	return skip(t, ']') ? (int)at : -EINVAL;
}

/* Any other value, up to the comma or brace behind it, with strings and values in it. */
static int read_other(struct json_text *t, char *buf, size_t size)
{
	const char *begin = t->p;
	int depth = 0;
	size_t len;

	for (; t->p < t->end; t->p++) {
		if (*t->p == '"') {
			t->p++;
			if (read_string(t, NULL, 0) < 0)
				return -EINVAL;
			t->p--;
		} else if (*t->p == '{' || *t->p == '[') {
			depth++;
		} else if ((*t->p == '}' || *t->p == ']') && depth-- == 0) {
			break;
		} else if (*t->p == ',' && depth == 0) {
			break;
		}
	}
	len = (size_t)(t->p - begin);
	if (size) {
		len = len < size ? len : size - 1;
		memcpy(buf, begin, len);
		buf[len] = '\0';
	}
	return (int)len;
}

static int read_value(struct json_text *t, char *buf, size_t size)
{
	struct json_text array;
	int n;

	if (skip(t, '"'))
		return read_string(t, buf, size);
	array = *t;
	if (skip(&array, '[')) {
		n = read_bytes(&array, buf, size);
		if (n >= 0) {
			*t = array;
			return n;
		}
	}
	return read_other(t, buf, size);
}

/* A member's name and the colon behind it; is_it: whether it is this one. */
static bool read_name(struct json_text *t, const char *name, bool *is_it)
{
	char own[64];

	if (!skip(t, '"') || read_string(t, own, sizeof(own)) < 0 || !skip(t, ':'))
		return false;
	*is_it = strcmp(own, name) == 0;
	return true;
}

int json_member_read(const char *line, size_t len, const char *name, char *buf, size_t size)
{
	struct json_text t = { line, line + len };
	bool is_it;

	return read_name(&t, name, &is_it) && is_it ? read_value(&t, buf, size) : -EINVAL;
}

int json_member_find(const char *line, size_t len, const char *name, char *buf, size_t size)
{
	struct json_text t = { line, line + len };
	bool is_it;
	int n;

	if (!skip(&t, '{'))
		return -EINVAL;
	do {
		if (!read_name(&t, name, &is_it))
			return -EINVAL;
		n = read_value(&t, is_it ? buf : NULL, is_it ? size : 0);
		if (n < 0 || is_it)
			return n;
	} while (skip(&t, ','));
	return -EINVAL;
}
