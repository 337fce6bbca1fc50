/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logwords: what every part of a story is written with: paragraphs, bars, amounts, processes. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/text.h"
#include "cmd/logstory.h"
#include "ui/size.h"

#define INDENT 2

void logstory_head(const struct logstory *s, const char *text)
{
	fprintf(s->out, "\n%s\n", text);
}

/* Columns that the first len bytes take. */
static size_t columns_of(const char *text, size_t len)
{
	size_t columns = 0;

	while (len) {
		mbstate_t state = { 0 };
		wchar_t c;
		size_t n = mbrtowc(&c, text, len, &state);

		if (n == (size_t)-1 || n == (size_t)-2 || n == 0)
			n = 1;
		else
			columns += (size_t)(wcwidth(c) > 0 ? wcwidth(c) : 0);
		text += n;
		len -= n;
	}
	return columns;
}

/* To the next blank; a word that fits no line ends behind one of its marks. */
static size_t word_length(const char *p, size_t line)
{
	size_t len = strcspn(p, " "), most = line - 2 * INDENT;

	if (columns_of(p, len) <= most)
		return len;
	for (size_t i = most; i > most / 4; i--)
		if (strchr("|/,.-", p[i - 1]))
			return i;
	return len;
}

void logstory_say(const struct logstory *s, const char *fmt, ...)
{
	char raw[4096], shown[4 * sizeof(raw)];
	size_t column = 0;
	int indent = INDENT;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text_escape(shown, sizeof(shown), raw, strlen(raw), 0);
	for (const char *p = shown; *p;) {
		size_t len = word_length(p, s->width), width = columns_of(p, len);
		/* The rest of a word that had to be cut follows on its own line. */
		bool is_rest = p > shown && p[-1] != ' ';

		if (column && (is_rest || column + 1 + width > s->width)) {
			putc('\n', s->out);
			column = 0;
		}
		column += (size_t)fprintf(s->out, "%*s", column ? 1 : indent, "");
		/* The rest of an item stands below its text. */
		if (p == shown && *p == '-' && len == 1)
			indent += 2;
		fprintf(s->out, "%.*s", (int)len, p);
		column += width;
		p += len;
		p += strspn(p, " ");
	}
	putc('\n', s->out);
}

char *logstory_who(const char *name, int64_t pid, char *buf)
{
	if (*name && pid != REPORT_ABSENT)
		snprintf(buf, LOGSTORY_WHO, "%s (pid %lld)", name, (long long)pid);
	else if (*name)
		snprintf(buf, LOGSTORY_WHO, "%s", name);
	else if (pid != REPORT_ABSENT)
		snprintf(buf, LOGSTORY_WHO, "process %lld", (long long)pid);
	else
		snprintf(buf, LOGSTORY_WHO, "a process");
	return buf;
}

char *logstory_bar(int64_t thousandths, int cells, char *buf)
{
	static const char *const blocks[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█" };
	int64_t eighths = (thousandths * cells * 8 + 500) / 1000;
	size_t at = 0;

	if (thousandths > 0 && eighths == 0)
		eighths = 1;
	for (int i = 0; i < cells; i++, eighths -= 8) {
		int64_t own = eighths < 0 ? 0 : eighths > 8 ? 8 : eighths;
		const char *block = MB_CUR_MAX > 1 ? blocks[own] : own >= 4 ? "#" : "";

		at += (size_t)snprintf(buf + at, LOGSTORY_BAR - at, "%s", *block ? block : " ");
	}
	return buf;
}

int64_t logstory_share(int64_t part, int64_t whole)
{
	if (part <= 0 || whole <= 0)
		return 0;
	return part >= whole ? 1000 : (int64_t)((double)part * 1000 / (double)whole);
}

char *logstory_size(int64_t kib, char *buf)
{
	if (kib == REPORT_ABSENT || kib > INT64_MAX / 1024 || kib < INT64_MIN / 1024)
		snprintf(buf, SIZE_TEXT_MAX, "-");
	else
		size_format(kib * 1024, buf);
	return buf;
}

int64_t logstory_kib(const struct logstory *s, int64_t pages)
{
	int64_t kib;

	if (pages == REPORT_ABSENT ||
	    __builtin_mul_overflow(pages, (int64_t)(s->w->totals.page_size / 1024), &kib))
		return REPORT_ABSENT;
	return kib;
}
