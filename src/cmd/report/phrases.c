/* SPDX-License-Identifier: GPL-2.0-or-later */
/* phrases: what every part of a story is written with: paragraphs, bars, amounts, processes. */
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "cmd/report/text.h"
#include "ui/wrap.h"
#include "ui/format.h"

#define INDENT 2

void report_text_head(const struct report_text *s, const char *text)
{
	fprintf(s->out, "\n%s\n", text);
}

void report_text_say(const struct report_text *s, const char *fmt, ...)
{
	char raw[4096], shown[4 * sizeof(raw)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text_escape(shown, sizeof(shown), raw, strlen(raw), 0);
	fprintf(s->out, "%*s", INDENT, "");
	/* The rest of an item stands below its text. */
	wrap_wrap(s->out, shown, INDENT, shown[0] == '-' && shown[1] == ' ' ? 2 * INDENT : INDENT,
		  s->width);
}

char *report_text_who(const char *name, int64_t pid, char *buf)
{
	if (*name && pid != REPORT_ABSENT)
		snprintf(buf, REPORT_TEXT_WHO, "%s (pid %lld)", name, (long long)pid);
	else if (*name)
		snprintf(buf, REPORT_TEXT_WHO, "%s", name);
	else if (pid != REPORT_ABSENT)
		snprintf(buf, REPORT_TEXT_WHO, "process %lld", (long long)pid);
	else
		snprintf(buf, REPORT_TEXT_WHO, "a process");
	return buf;
}

int report_text_cells(const struct report_text *s, int cells)
{
	int lacking = (int)(WRAP_PROSE_WIDTH - s->width);

	return lacking < cells ? cells - lacking : 0;
}

char *report_text_bar(int64_t thousandths, int cells, char *buf)
{
	int drawn = format_bar(thousandths, cells, buf, REPORT_TEXT_BAR);
	size_t len = strlen(buf);

	snprintf(buf + len, REPORT_TEXT_BAR - len, "%*s", cells - drawn, "");
	return buf;
}

int64_t report_text_share(int64_t part, int64_t whole)
{
	if (part <= 0 || whole <= 0)
		return 0;
	return part >= whole ? 1000 : (int64_t)((double)part * 1000 / (double)whole);
}

char *report_text_size(int64_t kib, char *buf)
{
	if (kib == REPORT_ABSENT)
		snprintf(buf, FORMAT_TEXT_MAX, "-");
	else
		format_format(kib * 1024, buf);
	return buf;
}

int64_t report_text_kib(const struct report_text *s, int64_t pages)
{
	int64_t kib;

	if (pages == REPORT_ABSENT ||
	    __builtin_mul_overflow(pages, (int64_t)(s->w->totals.page_size / 1024), &kib) ||
	    kib > REPORT_MAX || kib < -REPORT_MAX)
		return REPORT_ABSENT;
	return kib;
}
