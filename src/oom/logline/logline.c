/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logline: finds the kernel's text in a line of any log. */
#include "oom/logline/logline.h"

#include <string.h>

#include "base/text.h"
#include "oom/logline/internal.h"
#include "oom/logline/journal_entry.h"

#define MAX_PREFIXES 16

/* Of a file in UTF-8 that was saved on Windows, and of a message of RFC 5424. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static bool read_date(struct logline *l)
{
	size_t n = timestamp_parse(l->text, l->len, &l->time);

	if (!n)
		return false;
	l->has_prefix = true;
	l->may_name_host = l->time.has_date;
	cursor_skip(l, n);
	return true;
}

/* "stdout F " and "stderr P ", which logs of containers have behind the date */
static bool skip_stream(struct logline *l)
{
	if (!l->time.has_date || l->len < 9 ||
	    (!cursor_starts(l, "stdout ") && !cursor_starts(l, "stderr ")) ||
	    (l->text[7] != 'F' && l->text[7] != 'P') || l->text[8] != ' ')
		return false;
	cursor_skip(l, 9);
	return true;
}

/* "##[error]", which a CI puts before a line that it shows as an error */
static bool skip_ci_level(struct logline *l)
{
	const char *end;

	if (!l->time.has_date || !cursor_starts(l, "##["))
		return false;
	end = memchr(l->text, ']', l->len < 16 ? l->len : 16);
	if (!end)
		return false;
	cursor_skip(l, (size_t)(end + 1 - l->text));
	return true;
}

/* The 1 between the priority and the date of RFC 5424. */
static bool skip_version(struct logline *l)
{
	if (!l->has_prefix || l->time.has_date || !cursor_starts(l, "1 ") ||
	    !cursor_count_date(l, 2, true))
		return false;
	cursor_skip(l, 2);
	return true;
}

/* "kernel:" alone, or the "kern.warn kernel:" of small systems */
static bool read_tag(struct logline *l)
{
	size_t at = 0, n = cursor_count_word(l, 0);

	if (n > 5 && n < 16 && memcmp(l->text, "kern.", 5) == 0) {
		at = n + cursor_count_blanks(l, n);
		n = cursor_count_word(l, at);
	}
	if (n < 2 || l->text[at + n - 1] != ':' || !cursor_is_kernel_tag(l->text + at, n - 1)) {
		cursor_skip(l, at);
		return at > 0;
	}
	cursor_skip(l, at + n);
	l->has_tag = true;
	return true;
}

/* "HOST kernel PROCID MSGID - " of RFC 5424; the kernel has no structured data. */
static bool read_rfc5424(struct logline *l)
{
	struct logline rest = *l;
	size_t host = cursor_count_word(l, 0), n;

	if (!l->time.has_date || *l->host || !host || host > 255)
		return false;
	cursor_skip(&rest, host);
	cursor_skip_blanks(&rest);
	n = cursor_count_word(&rest, 0);
	if (!n || !cursor_is_kernel_tag(rest.text, n))
		return false;
	for (int i = 0; i < 3; i++) {
		cursor_skip(&rest, n);
		cursor_skip_blanks(&rest);
		n = cursor_count_word(&rest, 0);
	}
	if (n != 1 || *rest.text != '-')
		return false;
	cursor_skip(&rest, n);
	cursor_skip_blanks(&rest);
	cursor_skip_text(&rest, BYTE_ORDER_MARK);
	text_copy(rest.host, sizeof(rest.host), l->text, host);
	rest.has_tag = true;
	*l = rest;
	return true;
}

/*
 * HOST TAG: behind a date, or without a date if the tag is the kernel's. Another tag is a
 * program's, which may write anything, a time like the kernel's too.
 */
static bool read_host(struct logline *l)
{
	size_t host = cursor_count_word(l, 0), at = host + cursor_count_blanks(l, host),
	       tag = cursor_count_word(l, at);
	struct logline rest = *l;
	bool is_kernel;

	if (*l->host || !host || host > 255 || tag < 2 || tag > 64 ||
	    l->text[at + tag - 1] != ':' || memchr(l->text, '(', host) ||
	    memchr(l->text, ':', host) || memchr(l->text, '=', host))
		return false;
	is_kernel = cursor_is_kernel_tag(l->text + at, tag - 1);
	/* dmesg -T names no host; "Free swap: 0kB" is the kernel's own (to 2.6.17). */
	if (!is_kernel && (!l->has_prefix || !l->may_name_host ||
			   (tag == 5 && memcmp(l->text + at, "swap:", 5) == 0)))
		return false;
	cursor_skip(&rest, at + tag);
	cursor_skip_blanks(&rest);
	rest.is_foreign |= !is_kernel;
	text_copy(rest.host, sizeof(rest.host), l->text, host);
	rest.has_tag = true;
	*l = rest;
	return true;
}

/* Syslog behind the date of a container or a CI: the inner date is that of the event. */
static bool read_inner_date(struct logline *l)
{
	struct logline inner = *l;

	if (!l->time.has_date || l->has_tag || *l->host)
		return false;
	timestamp_clear(&inner.time);
	inner.time.uptime_usec = l->time.uptime_usec;
	if (!read_date(&inner) || !inner.time.has_date)
		return false;
	cursor_skip_blanks(&inner);
	if (!read_host(&inner))
		return false;
	*l = inner;
	return true;
}

/* Quotes of mail, comments, lists, tables and strings; behind a time they are the kernel's own. */
static bool skip_punctuation(struct logline *l)
{
	static const char *const marks[] = { ">", "|", "\"", "'", "`", "#", "*", "//", "+ ", "- " };

	if (cursor_skip_text(l, ": "))
		return true;
	for (size_t i = 0; !l->has_prefix && i < sizeof(marks) / sizeof(marks[0]); i++)
		if (cursor_skip_text(l, marks[i]))
			return true;
	return false;
}

static bool read_prefix(struct logline *l)
{
	cursor_skip_blanks(l);
	if (!l->len || l->is_bare || cursor_is_kernel_line(l))
		return false;
	if (*l->text == '[')
		return prefix_kernel_read_uptime(l) || prefix_kernel_read_caller(l) ||
		       prefix_kernel_read_delta(l) ||
		       (!l->time.has_date && prefix_kernel_read_bracketed_date(l));
	if (*l->text == '<')
		return prefix_kernel_read_priority(l);
	/* Behind "kernel:" only the kernel's own time and caller can follow. */
	if (l->has_tag)
		return skip_punctuation(l);
	if (cursor_is_digit(*l->text) &&
	    (prefix_kernel_read_kmsg(l) || prefix_kernel_read_epoch(l)))
		return true;
	return (!l->has_prefix && skip_punctuation(l)) || skip_version(l) ||
	       (!l->time.has_date && read_date(l)) || read_inner_date(l) || skip_stream(l) ||
	       skip_ci_level(l) || prefix_kernel_read_decoded_priority(l) || read_tag(l) ||
	       read_rfc5424(l) || read_host(l) || skip_punctuation(l);
}

/* A console shared with a program's output: other text stands before the kernel's time. */
static void find_uptime(struct logline *l)
{
	struct logline rest = *l;
	const char *at;

	while (!l->has_prefix && rest.len && !cursor_is_kernel_line(l) &&
	       (at = memchr(rest.text, '[', rest.len < 200 ? rest.len : 200))) {
		cursor_skip(&rest, (size_t)(at - rest.text));
		/* "NAME cpuset=CGROUP" to 4.19 */
		if (memmem(l->text, (size_t)(at - l->text), " cpuset=", 8))
			return;
		if (prefix_kernel_read_uptime(&rest)) {
			prefix_kernel_read_caller(&rest);
			*l = rest;
			return;
		}
		cursor_skip(&rest, 1);
	}
}

static void strip_prefixes(struct logline *l)
{
	const char *begin = l->text, *before;
	bool has_quote;

	while (l->len && (l->text[l->len - 1] == '\r' || l->text[l->len - 1] == '\n'))
		l->len--;
	cursor_skip_text(l, BYTE_ORDER_MARK);
	if (!l->has_prefix && !cursor_is_kernel_line(l))
		prefix_tools_skip(l);
	for (int i = 0; i < MAX_PREFIXES && read_prefix(l); i++)
		;
	for (before = l->text; before > begin && before[-1] == ' ';)
		before--;
	has_quote = before > begin && before[-1] == '"';
	find_uptime(l);
	cursor_skip_blanks(l);
	/* The end of a string literal, perhaps with a comma behind it. */
	if (has_quote && l->len && l->text[l->len - 1] == ',')
		l->len--;
	if (has_quote && l->len && l->text[l->len - 1] == '"')
		l->len--;
}

/*
 * Mail written as HTML turns every other blank into U+00A0; one alone may be part of a name.
 * Returns whether the line had such blanks; scratch then has the copy.
 */
static bool fix_blanks(const char *line, size_t *len, char *scratch)
{
	static const char hard[] = "\xc2\xa0";
	size_t at = 0;

	if (!memchr(line, 0xc2, *len) ||
	    (!memmem(line, *len, "\xc2\xa0 ", 3) && !memmem(line, *len, " \xc2\xa0", 3)))
		return false;
	for (size_t i = 0; i < *len; i++) {
		if (*len - i >= 2 && memcmp(line + i, hard, 2) == 0) {
			scratch[at++] = ' ';
			i++;
		} else {
			scratch[at++] = line[i];
		}
	}
	*len = at;
	return true;
}

/* dmesg in colour: removes all colours of a line that begins with one; else it may be a name's. */
static bool drop_colour(const char *line, size_t *len, char *scratch)
{
	size_t at = 0, n = *len, i = 0;

	if (n < 3 || line[0] != '\x1b' || line[1] != '[')
		return false;
	while (i < n) {
		size_t end = i + 2;

		if (line[i] == '\x1b' && i + 1 < n && line[i + 1] == '[') {
			while (end < n && (line[end] == ';' || cursor_is_digit(line[end])))
				end++;
			if (end < n && (line[end] == 'm' || line[end] == 'K')) {
				i = end + 1;
				continue;
			}
		}
		scratch[at++] = line[i++];
	}
	*len = at;
	return true;
}

void logline_strip(const char *line, size_t len, struct logline *l, char *scratch)
{
	bool is_copy;

	memset(l, 0, sizeof(*l));
	timestamp_clear(&l->time);
	if (len > LOGLINE_MAX)
		len = LOGLINE_MAX;
	is_copy = drop_colour(line, &len, scratch) || fix_blanks(line, &len, scratch);
	l->text = is_copy ? scratch : line;
	l->len = len;
	cursor_skip_blanks(l);
	if (!is_copy && cursor_starts(l, "{") && !record_json_read(l->text, l->len, l, scratch)) {
		l->is_foreign = true;
		return;
	}
	/* A field without the others of its entry does not say who wrote it. */
	if (!is_copy && journal_entry_is_field(l->text, l->len)) {
		l->is_foreign = true;
		return;
	}
	strip_prefixes(l);
}
