/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prose: sentences for people, wrapped to the terminal. */
#include "ui/prose.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "ui/wrap.h"

#define LEAST_WIDTH 40

static size_t text_width = PROSE_WIDTH;

void prose_fit(size_t columns)
{
	if (columns && columns < PROSE_WIDTH)
		text_width = columns > LEAST_WIDTH ? columns : LEAST_WIDTH;
}

size_t prose_width(void)
{
	return text_width;
}

void prose_print(FILE *out, const char *lead, const char *fmt, ...)
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
	fit_wrap(out, shown, strlen(lead), strlen(lead), text_width);
}
