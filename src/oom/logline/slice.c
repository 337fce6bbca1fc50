/* SPDX-License-Identifier: GPL-2.0-or-later */
/* slice: searches and numbers in a part of a line, without a terminating NUL. */
#include "oom/logline/slice.h"

void slice_skip_blanks(struct slice *s)
{
	size_t n = 0;

	while (n < s->len && (s->p[n] == ' ' || s->p[n] == '\t'))
		n++;
	slice_skip(s, n);
}

size_t slice_count_digits(const struct slice *s, size_t at)
{
	size_t n = 0;

	while (slice_is_digit(slice_at(s, at + n)))
		n++;
	return n;
}

size_t slice_count_blanks(const struct slice *s, size_t at)
{
	size_t n = 0;

	while (slice_at(s, at + n) == ' ')
		n++;
	return n;
}

size_t slice_count_word(const struct slice *s, size_t at)
{
	size_t n = 0;

	while (at + n < s->len && s->p[at + n] != ' ' && s->p[at + n] != '\t')
		n++;
	return n;
}

bool slice_ends(const struct slice *s, const char *text)
{
	size_t n = strlen(text);

	return s->len >= n && memcmp(s->p + s->len - n, text, n) == 0;
}

bool slice_starts_any(const struct slice *s, const char *const *texts)
{
	for (; s->len && *texts; texts++)
		if (**texts == *s->p && slice_starts(s, *texts))
			return true;
	return false;
}

const char *slice_find(const struct slice *s, const char *text)
{
	return memmem(s->p, s->len, text, strlen(text));
}

const char *slice_find_last(const struct slice *s, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = s->len; i >= n; i--)
		if (memcmp(s->p + i - n, text, n) == 0)
			return s->p + i - n;
	return NULL;
}

const char *slice_find_any(const struct slice *s, const char *const *texts, size_t *which)
{
	const char *first = NULL;

	for (size_t i = 0; texts[i]; i++) {
		const char *at = slice_find(s, texts[i]);

		if (at && (!first || at < first)) {
			first = at;
			*which = i;
		}
	}
	return first;
}

static int digit_of(char c, int base)
{
	if (slice_is_digit(c))
		return c - '0';
	return base == 16 && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool slice_read_number(struct slice *s, int64_t *value)
{
	const char *p = s->p, *end = s->p + s->len, *begin;
	bool is_negative = p < end && *p == '-';
	int64_t v = 0;
	int base = 10, digit;

	p += is_negative;
	if (end - p > 2 && p[0] == '0' && p[1] == 'x') {
		base = 16;
		p += 2;
	}
	for (begin = p; p < end && (digit = digit_of(*p, base)) >= 0; p++)
		if ((v = v * base + digit) > SLICE_NUMBER_MAX)
			return false;
	if (p == begin)
		return false;
	*value = is_negative ? -v : v;
	*s = slice_from(s, p);
	return true;
}

/* Reads the number after key; rest is what follows it. */
static int64_t find_number(const struct slice *s, const char *key, struct slice *rest)
{
	const char *at = slice_find(s, key);
	int64_t value;

	if (!at)
		return SLICE_ABSENT;
	*rest = slice_from(s, at + strlen(key));
	return slice_read_number(rest, &value) ? value : SLICE_ABSENT;
}

int64_t slice_number_after(const struct slice *s, const char *key)
{
	struct slice rest;

	return find_number(s, key, &rest);
}

int64_t slice_kib_after(const struct slice *s, const char *key)
{
	struct slice rest;
	int64_t value = find_number(s, key, &rest);

	if (value < 0)
		return SLICE_ABSENT;
	/* 4.6 printed "lkB". A number without its unit was cut off. */
	slice_skip_text(&rest, "l");
	return slice_starts(&rest, "kB") ? value : SLICE_ABSENT;
}

/* The byte of the escape at p, or -1; the kernel escapes only these bytes. */
static int escaped_byte(const char *p, const char *end)
{
	bool is_escape = end - p >= 4 && p[0] == '\\' && p[1] == 'x';
	int high = is_escape ? digit_of(p[2], 16) : -1, low = is_escape ? digit_of(p[3], 16) : -1;
	int c = high < 0 || low < 0 ? -1 : high * 16 + low;

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

size_t slice_count_decimal(const struct slice *s, size_t at)
{
	size_t n = slice_count_digits(s, at);

	return n && slice_at(s, at + n) == '.' ? n + 1 + slice_count_digits(s, at + n + 1) : 0;
}
