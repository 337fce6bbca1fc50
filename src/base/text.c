/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: makes untrusted bytes printable. */
#include "base/text.h"

#include <ctype.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

/*
 * The classes Cc, Cf, Cs, Zl and Zp in UnicodeData.txt of Unicode 16. Some ranges include
 * neighbours that are not assigned. The C library's tables differ with the locale and call most of
 * Cf printable.
 */
static const struct {
	uint32_t first, last;
} unprintable[] = {
	{ 0, 0x1f },          { 0x7f, 0x9f },       { 0xad, 0xad },       { 0x600, 0x605 },
	{ 0x61c, 0x61c },     { 0x6dd, 0x6dd },     { 0x70f, 0x70f },     { 0x890, 0x891 },
	{ 0x8e2, 0x8e2 },     { 0x180e, 0x180e },   { 0x200b, 0x200f },   { 0x2028, 0x202e },
	{ 0x2060, 0x206f },   { 0xd800, 0xdfff },   { 0xfdd0, 0xfdef },   { 0xfeff, 0xfeff },
	{ 0xfff0, 0xfffb },   { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1343f },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0x40000, 0xe00ff }, { 0xe01f0, 0xeffff },
};

bool text_is_printable(uint32_t code)
{
	for (size_t i = 0; i < sizeof(unprintable) / sizeof(unprintable[0]); i++) {
		if (code < unprintable[i].first)
			break;
		if (code <= unprintable[i].last)
			return false;
	}
	/* The last two of each plane are not characters. */
	return (code & 0xfffe) != 0xfffe && code <= 0x10ffff;
}

/* Class Zs. */
static bool is_blank(uint32_t code)
{
	return code == ' ' || code == 0xa0 || code == 0x1680 ||
	       (code >= 0x2000 && code <= 0x200a) || code == 0x202f || code == 0x205f ||
	       code == 0x3000;
}

bool text_is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

size_t text_decode(const char *src, size_t len, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)src;
	size_t n = p[0] < 0x80   ? 1
		   : p[0] < 0xc0 ? 0
		   : p[0] < 0xe0 ? 2
		   : p[0] < 0xf0 ? 3
		   : p[0] < 0xf8 ? 4
				 : 0;
	uint32_t c = n == 1 ? p[0] : n ? p[0] & (0x7fU >> n) : 0;

	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	*code = c;
	return c < least[n - 1] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : n;
}

/*
 * The same in the locale's charset; wchar_t is Unicode in glibc. The terminal can have another
 * charset, and many obey C1 control bytes, so these are never part of a character.
 */
static size_t decode_in_locale(const char *src, size_t len, uint32_t *code)
{
	mbstate_t state;
	wchar_t wide;
	size_t n;

	memset(&state, 0, sizeof(state));
	n = mbrtowc(&wide, src, len, &state);
	if (n == (size_t)-1 || n == (size_t)-2)
		return 0;
	for (size_t i = 0; i < n; i++)
		if ((src[i] & 0xe0) == 0x80)
			return 0;
	*code = (uint32_t)wide;
	return n;
}

/*
 * Whether the backslash at src begins what an escape looks like. Escapes of printable characters
 * are never written, so a name of systemd such as a\x2db.service is shown as it is.
 */
static bool is_like_escape(const char *src, size_t len, unsigned int flags)
{
	unsigned long code;

	if (flags & TEXT_AGAIN || len < 4 || src[1] != 'x' || !isxdigit((unsigned char)src[2]) ||
	    !isxdigit((unsigned char)src[3]))
		return false;
	code = strtoul((const char[]){ src[2], src[3], '\0' }, NULL, 16);
	return code < ' ' || code >= 0x7f || code == '\\' || (code == ' ' && flags & TEXT_BLANKS);
}

/* The length of the character at src if it can be shown unchanged, otherwise 0. */
static size_t plain_length(const char *src, size_t len, unsigned int flags)
{
	unsigned char c = (unsigned char)*src;
	uint32_t code = 0;
	size_t n;

	if (c == ' ')
		return flags & TEXT_BLANKS ? 0 : 1;
	if (c == '\n')
		return flags & TEXT_LINES ? 1 : 0;
	if (c == '\\')
		return is_like_escape(src, len, flags) ? 0 : 1;
	if (c < 0x80)
		return c > 0x20 && c < 0x7f ? 1 : 0;
	n = flags & TEXT_UTF8 || text_is_utf8() ? text_decode(src, len, &code)
						: decode_in_locale(src, len, &code);
	return n && text_is_printable(code) && !(flags & TEXT_BLANKS && is_blank(code)) ? n : 0;
}

size_t text_escape(char *dst, size_t size, const char *src, size_t len, unsigned int flags)
{
	size_t out = 0, n;

	while (len > 0) {
		n = plain_length(src, len, flags);
		if (out + (n ? n : 4) >= size)
			break;
		if (n) {
			memcpy(dst + out, src, n);
			out += n;
		} else {
			n = 1;
			out += (size_t)snprintf(dst + out, size - out, "\\x%02x",
						(unsigned char)*src);
		}
		src += n;
		len -= n;
	}
	dst[out] = '\0';
	return out;
}

bool text_quote(char *dst, size_t size, const char *src)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789%+,-./:=@_";
	const char *begin = "$'", *end = "'";
	size_t len = strlen(src), at = 0, out, n;

	while (at < len && src[at] != '\'' && (n = plain_length(src + at, len - at, 0)))
		at += n;
	if (len && strspn(src, safe) == len)
		begin = end = "";
	else if (at == len)
		begin = "'";
	out = strlen(begin);
	if (out < size)
		memcpy(dst, begin, out);
	for (at = 0; at < len && out < size; at += n) {
		n = plain_length(src + at, len - at, 0);
		if (*begin == '$' && (!n || src[at] == '\'' || src[at] == '\\')) {
			n = 1;
			out += (size_t)snprintf(dst + out, size - out, "\\%03o",
						(unsigned char)src[at]);
			continue;
		}
		if (n < size - out)
			memcpy(dst + out, src + at, n);
		out += n;
	}
	if (out + strlen(end) < size)
		strcpy(dst + out, end);
	else
		*dst = '\0';
	return out + strlen(end) < size;
}

void text_copy(char *dst, size_t size, const char *src, size_t len)
{
	if (len >= size)
		len = size - 1;
	memcpy(dst, src, len);
	dst[len] = '\0';
}

#define NEAREST_MAX 32 /* bytes of a word or name that are compared */

static bool is_same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* The number of letters to insert, delete, replace, or swap with their neighbour. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t d[NEAREST_MAX + 1][NEAREST_MAX + 1];

	for (size_t i = 0; i <= a_len; i++)
		for (size_t k = 0; k <= b_len; k++) {
			bool differs = i && k && !is_same_letter(a[i - 1], b[k - 1]);
			size_t best = i && k ? d[i - 1][k - 1] + differs : i + k;

			if (i && k && d[i - 1][k] + 1 < best)
				best = d[i - 1][k] + 1;
			if (i && k && d[i][k - 1] + 1 < best)
				best = d[i][k - 1] + 1;
			if (i > 1 && k > 1 && is_same_letter(a[i - 1], b[k - 2]) &&
			    is_same_letter(a[i - 2], b[k - 1]) && d[i - 2][k - 2] + 1 < best)
				best = d[i - 2][k - 2] + 1;
			d[i][k] = best;
		}
	return d[a_len][b_len];
}

void text_nearest_try(struct text_nearest *n, const char *name)
{
	size_t len = strlen(name), far;

	if (n->len > NEAREST_MAX || len > NEAREST_MAX)
		return;
	far = distance(n->word, n->len, name, len);
	if (n->len > 1 && n->len < len && strncasecmp(n->word, name, n->len) == 0)
		far = 1;
	if (far > (n->len + 1) / 3 || (n->name && far >= n->distance))
		return;
	n->name = name;
	n->distance = far;
}
