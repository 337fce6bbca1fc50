/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wrap: the width of text on a terminal: wraps paragraphs, narrows the columns of a table. */
#include "ui/wrap.h"

#include <stdarg.h>
#include <string.h>
#include <wchar.h>

#include "base/text.h"

#define USEFUL      6  /* the least width of a column that is cut */
#define READABLE    30 /* the most, if the table is wider than the terminal in any case */
#define LINE_INDENT 2
#define LEAST_WIDTH 40 /* of a line of text */
#define LEAST       16 /* the least width of wrapped text, without its indent */

static size_t text_width = WRAP_PROSE_WIDTH, line_width = SIZE_MAX;

/* The length in bytes of the character at text, and its width; an invalid byte counts as one. */
static size_t decode_char(const char *text, size_t *width)
{
	mbstate_t state;
	wchar_t wide;
	size_t n;
	int w;

	*width = 1;
	if (*text >= ' ' && *text <= '~')
		return 1;
	memset(&state, 0, sizeof(state));
	n = mbrtowc(&wide, text, strlen(text), &state);
	if (n == 0 || n == (size_t)-1 || n == (size_t)-2)
		return 1;
	w = wcwidth(wide);
	*width = w < 0 ? 1 : (size_t)w;
	return n;
}

static size_t columns_of(const char *text, size_t len)
{
	size_t total = 0, width;

	for (const char *end = text + len; text < end; total += width)
		text += decode_char(text, &width);
	return total;
}

size_t wrap_width(const char *text)
{
	return columns_of(text, strlen(text));
}

/* The length of a character or escape, and its width. */
static size_t decode_unit(const char *text, size_t *width)
{
	if (text[0] != '\\' || text[1] != 'x' || !text[2] || !text[3])
		return decode_char(text, width);
	*width = 4;
	return 4;
}

/*
 * Up to the next blank; a word longer than a line is broken after its last mark that fits, if the
 * line is not too short then, otherwise on a terminal after the last character or escape that fits.
 */
static size_t word_length(const char *word, size_t room)
{
	size_t len = strcspn(word, " "), fits = 0, used = 0, marked = 0, n, w;

	if (columns_of(word, len) <= room)
		return len;
	for (n = decode_unit(word, &w); used + w <= room; n = decode_unit(word + fits, &w)) {
		fits += n;
		used += w;
		if (used > room / 4 && strchr("|/,.-", word[fits - 1]))
			marked = fits;
	}
	return marked ? marked : line_width == SIZE_MAX ? len : fits;
}

void wrap_wrap(FILE *out, const char *text, size_t columns, size_t indent, size_t width)
{
	size_t room = width > indent + LEAST ? width - indent : LEAST;

	for (const char *p = text; *p; p += strspn(p, " ")) {
		size_t len = word_length(p, room), own = columns_of(p, len);
		bool is_rest = p > text && p[-1] != ' ';

		if (is_rest || (p > text && columns + 1 + own > width)) {
			fprintf(out, "\n%*s", (int)indent, "");
			columns = indent;
		} else if (p > text) {
			putc(' ', out);
			columns++;
		}
		fwrite(p, 1, len, out);
		columns += own;
		p += len;
	}
	putc('\n', out);
}

void wrap_cut(char *buf, size_t size, const char *text, size_t width, bool keeps_end)
{
	const char *ellipsis = text_is_utf8() ? "…" : "...", *start = text;
	size_t total = wrap_width(text), dots = wrap_width(ellipsis), len = 0, room, w, n;

	if (total <= width || width < dots) {
		snprintf(buf, size, "%.*s", total <= width ? -1 : 0, text);
		return;
	}
	room = width - dots;
	if (keeps_end) {
		for (; total > room; total -= w)
			start += decode_unit(start, &w);
		snprintf(buf, size, "%s%s", ellipsis, start);
		return;
	}
	for (n = decode_unit(text, &w); w <= room; n = decode_unit(text + len, &w)) {
		len += n;
		room -= w;
	}
	snprintf(buf, size, "%.*s%s", (int)len, text, ellipsis);
}

static bool can_cut(const struct column *c)
{
	return c->kind >= COLUMN_CUT && c->kind <= COLUMN_PIDS;
}

void wrap_wide_columns(const struct column *const *columns, size_t *widths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (can_cut(columns[i]) && widths[i] > READABLE)
			widths[i] = READABLE;
}

bool wrap_columns(const struct column *const *columns, size_t *widths, size_t n, size_t total)
{
	size_t wanted = n ? n - 1 : 0;

	for (size_t i = 0; i < n; i++)
		wanted += widths[i];
	for (; wanted > total; wanted--) {
		size_t widest = n;

		for (size_t i = 0; i < n; i++)
			if (can_cut(columns[i]) && widths[i] > USEFUL &&
			    (widest == n || widths[i] >= widths[widest]))
				widest = i;
		if (widest == n)
			return false;
		widths[widest]--;
	}
	return true;
}

void wrap_prose_fit(size_t columns)
{
	line_width = columns ? columns : SIZE_MAX;
	if (columns && columns < WRAP_PROSE_WIDTH)
		text_width = columns > LEAST_WIDTH ? columns : LEAST_WIDTH;
}

size_t wrap_prose_width(void)
{
	return text_width;
}

size_t wrap_line_width(void)
{
	return line_width;
}

static void print(FILE *out, const char *fmt, va_list ap, size_t columns, size_t indent,
		  size_t width)
{
	char text[8192], shown[8192];

	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		return;
	text_escape(shown, sizeof(shown), text, strlen(text), 0);
	if (width == SIZE_MAX)
		fprintf(out, "%s\n", shown);
	else
		wrap_wrap(out, shown, columns, indent, width);
}

void wrap_prose_print(FILE *out, const char *lead, const char *fmt, ...)
{
	size_t indent = strlen(lead);
	va_list ap;

	fputs(lead, out);
	va_start(ap, fmt);
	print(out, fmt, ap, indent, indent, text_width);
	va_end(ap);
}

void wrap_line_print(FILE *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(out, fmt, ap, 0, LINE_INDENT, line_width);
	va_end(ap);
}
