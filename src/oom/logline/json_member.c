/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json_member: one member of a JSON object in a log line, decoded without building the rest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "oom/logline/logline.h"

struct scan {
	const char *p, *end;
};

static void skip_blanks(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r' || *s->p == '\n'))
		s->p++;
}

static bool take(struct scan *s, char c)
{
	skip_blanks(s);
	if (s->p >= s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static int hex(struct scan *s)
{
	int value = 0;

	for (int i = 0; i < 4; i++, s->p++) {
		char c = s->p < s->end ? *s->p : ' ';
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
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

/* What an escape stands for, put to out (4 bytes); 0: it is none. */
static size_t take_escape(struct scan *s, char *out)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *at;
	int c;

	if (s->p >= s->end)
		return 0;
	if (*s->p == 'u') {
		s->p++;
		c = hex(s);
		return c < 0 ? 0 : put_utf8(c, out);
	}
	at = strchr(letters, *s->p);
	if (!at || !*at)
		return 0;
	s->p++;
	out[0] = meant[at - letters];
	return 1;
}

/*
 * A string behind its first quote; what does not fit into buf is dropped. Returns its length or
 * -EINVAL.
 */
static int take_string(struct scan *s, char *buf, size_t size)
{
	size_t at = 0;

	while (s->p < s->end && *s->p != '"') {
		char one[4];
		size_t n = 1;

		one[0] = *s->p++;
		if (one[0] == '\\')
			n = take_escape(s, one);
		if (!n)
			return -EINVAL;
		if (at + n < size) {
			memcpy(buf + at, one, n);
			at += n;
		}
	}
	if (size)
		buf[at] = '\0';
	return take(s, '"') ? (int)at : -EINVAL;
}

/* [77,101,109]: text that is no UTF-8, as journald writes it. */
static int take_bytes(struct scan *s, char *buf, size_t size)
{
	size_t at = 0;

	while (s->p < s->end && *s->p != ']') {
		int value = 0, n = 0;

		skip_blanks(s);
		for (; s->p < s->end && *s->p >= '0' && *s->p <= '9' && n < 3; n++)
			value = value * 10 + (*s->p++ - '0');
		if (!n || value > 255)
			return -EINVAL;
		if (at + 1 < size)
			buf[at++] = (char)value;
		take(s, ',');
		skip_blanks(s);
	}
	if (size)
		buf[at] = '\0';
	return take(s, ']') ? (int)at : -EINVAL;
}

/* Anything else up to the comma or brace behind it, strings and nested values included. */
static int take_other(struct scan *s, char *buf, size_t size)
{
	const char *begin = s->p;
	int depth = 0;
	size_t len;

	for (; s->p < s->end; s->p++) {
		if (*s->p == '"') {
			s->p++;
			if (take_string(s, NULL, 0) < 0)
				return -EINVAL;
			s->p--;
		} else if (*s->p == '{' || *s->p == '[') {
			depth++;
		} else if ((*s->p == '}' || *s->p == ']') && depth-- == 0) {
			break;
		} else if (*s->p == ',' && depth == 0) {
			break;
		}
	}
	len = (size_t)(s->p - begin);
	if (size) {
		len = len < size ? len : size - 1;
		memcpy(buf, begin, len);
		buf[len] = '\0';
	}
	return (int)len;
}

static int take_value(struct scan *s, char *buf, size_t size)
{
	struct scan array;
	int n;

	if (take(s, '"'))
		return take_string(s, buf, size);
	array = *s;
	if (take(&array, '[')) {
		n = take_bytes(&array, buf, size);
		if (n >= 0) {
			*s = array;
			return n;
		}
	}
	return take_other(s, buf, size);
}

int logline_read_member(const char *line, size_t len, const char *name, char *buf, size_t size)
{
	struct scan s = { line, line + len };
	char own[64];

	if (!take(&s, '"') || take_string(&s, own, sizeof(own)) < 0 || !take(&s, ':'))
		return -EINVAL;
	skip_blanks(&s);
	return strcmp(own, name) == 0 ? take_value(&s, buf, size) : -ENOENT;
}

int logline_find_json(const char *line, size_t len, const char *key, char *buf, size_t size)
{
	struct scan s = { line, line + len };
	char name[64];

	if (!take(&s, '{'))
		return -EINVAL;
	while (take(&s, '"')) {
		bool is_it;
		int n = take_string(&s, name, sizeof(name));

		if (n < 0 || !take(&s, ':'))
			return -EINVAL;
		is_it = strcmp(name, key) == 0;
		n = take_value(&s, is_it ? buf : NULL, is_it ? size : 0);
		if (n < 0 || is_it)
			return n;
		if (!take(&s, ','))
			break;
	}
	return -ENOENT;
}
