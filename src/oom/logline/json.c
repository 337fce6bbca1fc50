/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: decodes the members of JSON objects in a log line, without building objects. */
#include <ctype.h>
#include <errno.h>

#include "oom/logline/json.h"

/* Skips blanks, then c if it follows. */
static bool skip(struct slice *s, char c)
{
	while (s->len && strchr(" \t\r\n", *s->p))
		slice_skip(s, 1);
	if (slice_at(s, 0) != c)
		return false;
	slice_skip(s, 1);
	return true;
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

/* Decodes the escape after a backslash to out (4 bytes). Returns its length; 0: invalid. */
static size_t read_escape(struct slice *s, char *out)
{
	static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t",
			  hex[] = "0123456789abcdef";
	const char *at = s->len ? memchr(letters, *s->p, sizeof(letters) - 1) : NULL;
	int c = 0;

	if (at) {
		out[0] = values[at - letters];
		slice_skip(s, 1);
		return 1;
	}
	if (slice_at(s, 0) != 'u' || s->len < 5)
		return 0;
	for (size_t i = 1; i < 5; i++) {
		at = memchr(hex, tolower((unsigned char)s->p[i]), sizeof(hex) - 1);
		if (!at)
			return 0;
		c = c * 16 + (int)(at - hex);
	}
	slice_skip(s, 5);
	return put_utf8(c, out);
}

int json_read_string(struct slice *s, char *buf, size_t size)
{
	size_t at = 0;

	while (s->len && *s->p != '"') {
		char one[4] = { *s->p };
		size_t n = 1;

		slice_skip(s, 1);
		if (one[0] == '\\')
			n = read_escape(s, one);
		if (!n)
			return -EINVAL;
		if (at + n < size) {
			memcpy(buf + at, one, n);
			at += n;
		}
	}
	buf[at] = '\0';
	return skip(s, '"') ? (int)at : -EINVAL;
}

/* [77,101,109]: text that is not UTF-8, as journald writes it. */
static int read_bytes(struct slice *s, char *buf, size_t size)
{
	size_t at = 0;
	int64_t value;

	do {
		skip(s, ' ');
		if (!slice_is_digit(slice_at(s, 0)) || !slice_read_number(s, &value) || value > 255)
			return -EINVAL;
		if (at + 1 < size)
			buf[at++] = (char)value;
	} while (skip(s, ','));
	buf[at] = '\0';
	return skip(s, ']') ? (int)at : -EINVAL;
}

/* A number or a word. */
static int read_word(struct slice *s, char *buf, size_t size)
{
	size_t at = 0;

	for (; s->len && !strchr(",{}[] \t\r\n\"", *s->p); slice_skip(s, 1))
		if (at + 1 < size)
			buf[at++] = *s->p;
	buf[at] = '\0';
	return (int)at;
}

int json_next(struct slice *s, char *name, char *value, size_t size)
{
	while (s->len) {
		struct slice array;
		int n;

		if (!skip(s, '"')) {
			slice_skip(s, 1);
			continue;
		}
		if (json_read_string(s, name, JSON_NAME) < 0)
			return -EINVAL;
		/* Fluent Bit prints "name"=>value. */
		if (!skip(s, ':') && !slice_skip_text(s, "=>"))
			continue;
		array = *s;
		if (skip(s, '"'))
			return json_read_string(s, value, size);
		if (skip(&array, '[') && (n = read_bytes(&array, value, size)) >= 0) {
			*s = array;
			return n;
		}
		n = read_word(s, value, size);
		if (n > 0)
			return n;
	}
	return -ENOENT;
}
