/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: makes bytes that others wrote fit to be shown. */
#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* Marks and overrides of direction: with them a name could reorder the line that it stands in. */
static bool is_direction_mark(wchar_t c)
{
	return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

/* The length of the character at src if it may be shown as it is, else 0. */
static size_t plain_length(const char *src, size_t len, unsigned int flags)
{
	unsigned char c = (unsigned char)*src;
	mbstate_t state;
	wchar_t wide;
	size_t n;

	if (c == ' ')
		return flags & TEXT_BLANKS ? 0 : 1;
	if (c == '\n')
		return flags & TEXT_LINES ? 1 : 0;
	if (c == '\\')
		return len > 1 && src[1] == 'x' ? 0 : 1;
	if (c < 0x80)
		return c > 0x20 && c < 0x7f ? 1 : 0;
	memset(&state, 0, sizeof(state));
	n = mbrtowc(&wide, src, len, &state);
	if (n == (size_t)-1 || n == (size_t)-2 || n == 0)
		return 0;
	if (!iswprint((wint_t)wide) || is_direction_mark(wide))
		return 0;
	return flags & TEXT_BLANKS && iswspace((wint_t)wide) ? 0 : n;
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
