/* SPDX-License-Identifier: GPL-2.0-or-later */
/* slice: reading pieces of a line that ends without a NUL. */
#include <string.h>

#include "oom/report/internal.h"

bool slice_start(const struct slice *w, const char *what)
{
	size_t n = strlen(what);

	return w->len >= n && memcmp(w->p, what, n) == 0;
}

bool slice_end(const struct slice *w, const char *what)
{
	size_t n = strlen(what);

	return w->len >= n && memcmp(w->p + w->len - n, what, n) == 0;
}

const char *slice_find(const struct slice *w, const char *what)
{
	return memmem(w->p, w->len, what, strlen(what));
}

const char *slice_find_last(const struct slice *w, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = w->len; i >= n; i--)
		if (memcmp(w->p + i - n, what, n) == 0)
			return w->p + i - n;
	return NULL;
}

void slice_skip(struct slice *w, size_t n)
{
	if (n > w->len)
		n = w->len;
	w->p += n;
	w->len -= n;
}

static int digit_of(char c, int base)
{
	int value = -1;

	if (c >= '0' && c <= '9')
		value = c - '0';
	else if (base == 16 && c >= 'a' && c <= 'f')
		value = c - 'a' + 10;
	return value;
}

const char *slice_number(const char *p, const char *end, int64_t *value)
{
	bool is_negative = p < end && *p == '-';
	const char *begin;
	int64_t v = 0;
	int base = 10, digit;

	p += is_negative;
	if (end - p > 2 && p[0] == '0' && p[1] == 'x') {
		base = 16;
		p += 2;
	}
	for (begin = p; p < end && (digit = digit_of(*p, base)) >= 0; p++)
		if ((v = v * base + digit) > REPORT_MAX)
			return NULL;
	if (p == begin)
		return NULL;
	*value = is_negative ? -v : v;
	return p;
}

int64_t slice_number_after(const struct slice *w, const char *key)
{
	const char *at = slice_find(w, key);
	int64_t value;

	if (!at || !slice_number(at + strlen(key), w->p + w->len, &value))
		return REPORT_ABSENT;
	return value;
}

int64_t slice_kib_after(const struct slice *w, const char *key)
{
	const char *at = slice_find(w, key), *end = w->p + w->len;
	int64_t value = 0;

	if (at)
		at = slice_number(at + strlen(key), end, &value);
	/* 4.6 printed "lkB". A number without its unit is the rest of a line that was cut. */
	if (at && at < end && *at == 'l')
		at++;
	if (!at || end - at < 2 || at[0] != 'k' || at[1] != 'B' || value < 0)
		return REPORT_ABSENT;
	return value;
}

void slice_copy(char *dst, size_t size, const char *src, size_t len)
{
	if (len >= size)
		len = size - 1;
	memcpy(dst, src, len);
	dst[len] = '\0';
}

static int hex_pair(const char *p)
{
	int high = digit_of(p[0], 16), low = digit_of(p[1], 16);

	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/*
 * The byte that the escape at p stands for, or -1: the kernel writes none for what it prints as it
 * is.
 */
static int escaped_byte(const char *p, const char *end)
{
	int c = end - p >= 4 && p[0] == '\\' && p[1] == 'x' ? hex_pair(p + 2) : -1;

	return c > 0 && (c < ' ' || c >= 127 || c == '\\') ? c : -1;
}

void slice_copy_name(char *dst, size_t size, const char *src, size_t len)
{
	const char *end = src + len;
	size_t at = 0;

	while (src < end && at + 1 < size) {
		int c = escaped_byte(src, end);

		dst[at++] = c < 0 ? *src : (char)c;
		src += c < 0 ? 1 : 4;
	}
	dst[at] = '\0';
}
