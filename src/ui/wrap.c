/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wrap: the width of text on a terminal: wraps paragraphs, narrows the columns of a table. */
#include "ui/wrap.h"

#include <stdarg.h>
#include <string.h>
#include <wchar.h>

#include "base/text.h"

#define USEFUL      6  /* the least width of a column that is cut */
#define LEAST_WIDTH 40 /* of a line of text */
#define LEAST       16 /* the least width of wrapped text, without its indent */

/* The length in bytes of the character at text, and its width; an invalid byte counts as one. */
static size_t decode_char(const char *text, size_t *width)
{
	mbstate_t state;
	wchar_t wide;
	size_t n;
	int w;

	memset(&state, 0, sizeof(state));
	n = mbrtowc(&wide, text, strlen(text), &state);
	*width = 1;
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

/* Up to the next blank; a word longer than a line is broken after its last mark that fits. */
static size_t word_length(const char *word, size_t room)
{
	size_t len = strcspn(word, " ");

	if (columns_of(word, len) <= room)
		return len;
	for (size_t i = room; i > room / 4; i--)
		if (strchr("|/,.-", word[i - 1]))
			return i;
	return len;
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

void wrap_cut(char *text, size_t width)
{
	size_t used = 0, w, n;

	for (; *text; text += n) {
		n = decode_char(text, &w);
		if (used + w > width) {
			*text = '\0';
			return;
		}
		used += w;
	}
}

void wrap_columns(const struct column *const *columns, size_t *widths, size_t n, size_t total)
{
	size_t wanted = n ? n - 1 : 0;

	for (size_t i = 0; i < n; i++)
		wanted += widths[i];
	for (; wanted > total; wanted--) {
		size_t widest = n;

		for (size_t i = 0; i < n; i++)
			if (columns[i]->kind == COLUMN_CUT && widths[i] > USEFUL &&
			    (widest == n || widths[i] >= widths[widest]))
				widest = i;
		if (widest == n)
			return;
		widths[widest]--;
	}
}

static size_t text_width = WRAP_PROSE_WIDTH;

void wrap_prose_fit(size_t columns)
{
	if (columns && columns < WRAP_PROSE_WIDTH)
		text_width = columns > LEAST_WIDTH ? columns : LEAST_WIDTH;
}

size_t wrap_prose_width(void)
{
	return text_width;
}

void wrap_prose_print(FILE *out, const char *lead, const char *fmt, ...)
{
	char text[8192], shown[8192];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	text_escape(shown, sizeof(shown), text, strlen(text), 0);
	fputs(lead, out);
	wrap_wrap(out, shown, strlen(lead), strlen(lead), text_width);
}
