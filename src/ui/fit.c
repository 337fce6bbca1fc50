/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fit: how wide the columns of a table may be on a terminal. */
#include "ui/fit.h"

#include <string.h>
#include <wchar.h>

#define USEFUL 6 /* the least that is left of a column that is cut */

/* The length in bytes of the character at text, and its width; what is no character counts as one. */
static size_t next_char(const char *text, size_t *width)
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

size_t fit_width(const char *text)
{
	size_t total = 0, width;

	while (*text) {
		text += next_char(text, &width);
		total += width;
	}
	return total;
}

void fit_cut(char *text, size_t width)
{
	size_t used = 0, w, n;

	for (; *text; text += n) {
		n = next_char(text, &w);
		if (used + w > width) {
			*text = '\0';
			return;
		}
		used += w;
	}
}

/* The widest of the columns that may be cut, the last of those that are alike; n: there is none. */
static size_t find_widest(const struct column *const *columns, const size_t *widths, size_t n)
{
	size_t widest = n;

	for (size_t i = 0; i < n; i++)
		if ((columns[i]->flags & COLUMN_TRUNC) && widths[i] > USEFUL &&
		    (widest == n || widths[i] >= widths[widest]))
			widest = i;
	return widest;
}

void fit_columns(const struct column *const *columns, size_t *widths, size_t n, size_t total)
{
	size_t wanted = n ? n - 1 : 0;

	for (size_t i = 0; i < n; i++)
		wanted += widths[i];
	for (; wanted > total; wanted--) {
		size_t widest = find_widest(columns, widths, n);

		if (widest == n)
			return;
		widths[widest]--;
	}
}
