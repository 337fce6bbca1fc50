/* SPDX-License-Identifier: GPL-2.0-or-later */
/* phrases: shared by the sections of a report's text: paragraphs, bars, sizes, processes. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "cmd/report/internal.h"
#include "ui/wrap.h"

#define INDENT 2

void phrases_heading(const struct report_output *o, const char *text)
{
	fprintf(o->out, "\n%s\n", text);
}

void phrases_print(const struct report_output *o, const char *fmt, ...)
{
	char raw[4096], shown[4 * sizeof(raw)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text_escape(shown, sizeof(shown), raw, strlen(raw), 0);
	fprintf(o->out, "%*s", INDENT, "");
	/* The second line of an item begins below its text. */
	wrap_wrap(o->out, shown, INDENT, shown[0] == '-' && shown[1] == ' ' ? 2 * INDENT : INDENT,
		  o->width);
}

char *phrases_process(const char *name, int64_t pid, char *buf)
{
	if (*name && pid != REPORT_ABSENT)
		snprintf(buf, PHRASES_PROCESS, "%s (pid %lld)", name, (long long)pid);
	else if (*name)
		snprintf(buf, PHRASES_PROCESS, "%s", name);
	else if (pid != REPORT_ABSENT)
		snprintf(buf, PHRASES_PROCESS, "process %lld", (long long)pid);
	else
		snprintf(buf, PHRASES_PROCESS, "a process");
	return buf;
}

char *phrases_cell(const char *text, size_t width, char *buf)
{
	size_t used;

	wrap_cut(buf, PHRASES_CELL, text, wrap_line_width() == SIZE_MAX ? SIZE_MAX : width, false);
	used = wrap_width(buf);
	if (used < width)
		snprintf(buf + strlen(buf), PHRASES_CELL - strlen(buf), "%*s", (int)(width - used),
			 "");
	return buf;
}

int phrases_bar_cells(const struct report_output *o, int cells)
{
	int missing = (int)(WRAP_PROSE_WIDTH - o->width);

	return missing < cells ? cells - missing : 0;
}

char *phrases_bar(int64_t thousandths, int cells, char *buf)
{
	int drawn = format_bar(thousandths, cells, buf, PHRASES_BAR);
	size_t len = strlen(buf);

	snprintf(buf + len, PHRASES_BAR - len, "%*s", cells - drawn, "");
	return buf;
}

int64_t phrases_share(int64_t part, int64_t whole)
{
	if (part <= 0 || whole <= 0)
		return 0;
	return part >= whole ? 1000 : (int64_t)((double)part * 1000 / (double)whole);
}

char *phrases_kib(int64_t kib, char *buf)
{
	if (kib == REPORT_ABSENT)
		snprintf(buf, FORMAT_TEXT_MAX, "-");
	else
		format_format(kib * 1024, buf);
	return buf;
}

char *phrases_pages(const struct report_output *o, int64_t pages, char *buf)
{
	return phrases_kib(phrases_pages_kib(o, pages), buf);
}

char *phrases_points(const struct report_output *o, int64_t points, char *buf)
{
	int64_t bytes = analysis_points_bytes(o->a, points);

	if (bytes != REPORT_ABSENT)
		return phrases_kib(bytes / 1024, buf);
	snprintf(buf, FORMAT_TEXT_MAX, "%" PRId64, points);
	return buf;
}

int64_t phrases_pages_kib(const struct report_output *o, int64_t pages)
{
	int64_t kib;

	if (pages == REPORT_ABSENT ||
	    __builtin_mul_overflow(pages, (int64_t)(o->a->totals.page_size / 1024), &kib) ||
	    kib > REPORT_MAX || kib < -REPORT_MAX)
		return REPORT_ABSENT;
	return kib;
}
