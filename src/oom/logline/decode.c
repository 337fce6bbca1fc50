/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode: undoes what terminals and mail changed in a line. */
#include "oom/logline/decode.h"

#include <ctype.h>
#include <stdlib.h>

#define HARD_BLANK "\xc2\xa0" /* U+00A0 */
#define MAX_BEFORE 64         /* bytes before the priority in a line of HTML */

/* "=3D", as mail writes '='; the kernel writes no such values. */
static bool is_quoted_printable(const struct slice *s)
{
	static const char *const keys[] = { "mask=3D0x", "constraint=3D", "mems_allowed=3D",
					    "swap =3D ", "swap  =3D ",    "_adj=3D",
					    NULL };
	size_t which;

	return memchr(s->p, '=', s->len) && slice_find(s, "=3D") && slice_find_any(s, keys, &which);
}

/* How the source of a page writes signs; n: of the text. */
static size_t read_entity(const struct slice *s, char *byte)
{
	static const struct {
		const char *text;
		char byte;
	} entities[] = {
		{ "&lt;", '<' },   { "&gt;", '>' },    { "&amp;", '&' }, { "&quot;", '"' },
		{ "&#39;", '\'' }, { "&#x27;", '\'' }, { "&#34;", '"' }, { "&nbsp;", ' ' }
	};

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		*byte = entities[i].byte;
		if (slice_starts(s, entities[i].text))
			return strlen(entities[i].text);
	}
	return 0;
}

/* Whether the priority of a line, "<4>", is written so. */
static bool is_html(const struct slice *s)
{
	const char *at = memchr(s->p, '&', s->len < MAX_BEFORE ? s->len : MAX_BEFORE);
	struct slice rest = slice_from(s, at ? at : s->p);

	if (!slice_skip_text(&rest, "&lt;") || !slice_count_digits(&rest, 0))
		return false;
	slice_skip(&rest, slice_count_digits(&rest, 0));
	return slice_starts(&rest, "&gt;");
}

/* Whether each blank, or one of two, was replaced by one that does not break a line. */
static bool has_hard_blanks(const struct slice *s)
{
	return memchr(s->p, 0xc2, s->len) && slice_find(s, HARD_BLANK) &&
	       (!memchr(s->p, ' ', s->len) || slice_find(s, HARD_BLANK " ") ||
		slice_find(s, " " HARD_BLANK));
}

/* Colours of a terminal, or its command that clears the rest of a line. */
static bool has_colour(const struct slice *s)
{
	const char *last = memrchr(s->p, '\x1b', s->len);

	return last && (slice_starts(s, "\x1b[") || s->p + s->len - last < 8);
}

struct coding {
	bool has_colour, has_blank, is_quoted, is_html;
};

/* The length of the sequence at the beginning that stands for another byte or none; 0: none. */
static size_t read_coded(const struct slice *s, const struct coding *c, char *byte)
{
	char hex[3] = { slice_at(s, 1), slice_at(s, 2), '\0' };
	size_t n = 2;

	*byte = '\0';
	if (c->has_colour && slice_starts(s, "\x1b[")) {
		while (slice_is_digit(slice_at(s, n)) || slice_at(s, n) == ';')
			n++;
		return slice_at(s, n) == 'm' || slice_at(s, n) == 'K' ? n + 1 : 0;
	}
	if (c->is_html && *s->p == '&')
		return read_entity(s, byte);
	*byte = ' ';
	if (c->has_blank && slice_starts(s, HARD_BLANK))
		return 2;
	*byte = (char)strtol(hex, NULL, 16);
	return c->is_quoted && *s->p == '=' && isxdigit((unsigned char)hex[0]) &&
			       isxdigit((unsigned char)hex[1])
		       ? 3
		       : 0;
}

void decode_line(struct slice *s, char *scratch)
{
	const struct coding c = { has_colour(s), has_hard_blanks(s), is_quoted_printable(s),
				  is_html(s) };
	struct slice rest = *s;
	size_t at = 0, n;
	char byte;

	if (!c.has_colour && !c.has_blank && !c.is_quoted && !c.is_html)
		return;
	while (rest.len) {
		n = read_coded(&rest, &c, &byte);
		if (!n)
			byte = *rest.p;
		if (byte)
			scratch[at++] = byte;
		slice_skip(&rest, n ? n : 1);
	}
	*s = (struct slice){ scratch, at };
}
