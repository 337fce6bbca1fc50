/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prose: sentences for people, wrapped to 80 columns. */
#include "cmd/prose.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

#define COLUMNS 80

void prose_print(FILE *out, const char *lead, const char *fmt, ...)
{
	char text[8192], shown[8192];
	size_t indent = strlen(lead), column = indent;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	text_escape(shown, sizeof(shown), text, strlen(text), 0);
	fputs(lead, out);
	for (const char *p = shown; *p;) {
		size_t word = strcspn(p, " ");

		if (column > indent && column + 1 + word > COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		}
		if (column > indent) {
			putc(' ', out);
			column++;
		}
		fwrite(p, 1, word, out);
		column += word;
		p += word;
		p += strspn(p, " ");
	}
	putc('\n', out);
}
