/* SPDX-License-Identifier: GPL-2.0-or-later */
/* slice: a part of a line, without a terminating NUL; searches, numbers and names in it. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SLICE_ABSENT INT64_MIN
/* Larger numbers are not read, so that no sum or product overflows. */
#define SLICE_NUMBER_MAX (INT64_MAX / 1024)

struct slice {
	const char *p;
	size_t len;
};

static inline bool slice_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The byte at an offset; NUL after the end. */
static inline char slice_at(const struct slice *s, size_t at)
{
	return at < s->len ? s->p[at] : '\0';
}

/* The part of s from p on. */
static inline struct slice slice_from(const struct slice *s, const char *p)
{
	return (struct slice){ p, (size_t)(s->p + s->len - p) };
}

static inline bool slice_starts(const struct slice *s, const char *text)
{
	size_t n = strlen(text);

	return s->len >= n && memcmp(s->p, text, n) == 0;
}

static inline void slice_skip(struct slice *s, size_t n)
{
	*s = slice_from(s, s->p + (n < s->len ? n : s->len));
}

/* Skips text if s begins with it, and returns whether it does. */
static inline bool slice_skip_text(struct slice *s, const char *text)
{
	if (!slice_starts(s, text))
		return false;
	slice_skip(s, strlen(text));
	return true;
}

/* Skips blanks and tabs. */
void slice_skip_blanks(struct slice *s);
/* The number of digits, of blanks, or of bytes of a word, from an offset on. */
size_t slice_count_digits(const struct slice *s, size_t at);
size_t slice_count_blanks(const struct slice *s, size_t at);
size_t slice_count_word(const struct slice *s, size_t at);
/* The length of "121.052037", also without digits after the point; 0: none. */
size_t slice_count_decimal(const struct slice *s, size_t at);
bool slice_ends(const struct slice *s, const char *text);
/* Whether s begins with one of a list that ends with NULL. */
bool slice_starts_any(const struct slice *s, const char *const *texts);
const char *slice_find(const struct slice *s, const char *text);
const char *slice_find_last(const struct slice *s, const char *text);
/* The first occurrence of any text in a list that ends with NULL, and which text it is. */
const char *slice_find_any(const struct slice *s, const char *const *texts, size_t *which);
/* Removes a decimal or 0x number up to SLICE_NUMBER_MAX from s. false: none; s is unchanged. */
bool slice_read_number(struct slice *s, int64_t *value);
/* The number after key, or SLICE_ABSENT. */
int64_t slice_number_after(const struct slice *s, const char *key);
/* The number between key and "kB", or SLICE_ABSENT. */
int64_t slice_kib_after(const struct slice *s, const char *key);
/* A process's name, with the escapes of /dev/kmsg decoded. */
void slice_copy_name(char *dst, size_t size, const char *src, size_t len);
