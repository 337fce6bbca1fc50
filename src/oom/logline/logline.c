/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logline: finds the kernel's own words in a line of any log. */
#include "oom/logline/logline.h"

#include <string.h>

#include "oom/logline/internal.h"

#define MAX_PIECES 16

static bool take_date(struct logline *l)
{
	size_t n = timestamp_parse(l->text, l->len, &l->stamp);

	if (!n)
		return false;
	l->has_mark = true;
	l->may_name_host = l->stamp.has_date;
	cursor_skip(l, n);
	return true;
}

/* "stdout F " and "stderr P ", as containers' logs put it behind the date */
static bool take_stream(struct logline *l)
{
	if (!l->stamp.has_date || l->len < 9 ||
	    (!cursor_starts(l, "stdout ") && !cursor_starts(l, "stderr ")) ||
	    (l->text[7] != 'F' && l->text[7] != 'P') || l->text[8] != ' ')
		return false;
	cursor_skip(l, 9);
	return true;
}

/* Of a file in UTF-8 that was saved on Windows, and of a message of RFC 5424. */
static void skip_byte_order_mark(struct logline *l)
{
	if (cursor_starts(l, "\xef\xbb\xbf"))
		cursor_skip(l, 3);
}

/* "##[error]", as a CI marks a line that it shows as an error */
static bool take_ci_mark(struct logline *l)
{
	const char *end;

	if (!l->stamp.has_date || !cursor_starts(l, "##["))
		return false;
	end = memchr(l->text, ']', l->len < 16 ? l->len : 16);
	if (!end)
		return false;
	cursor_skip(l, (size_t)(end + 1 - l->text));
	return true;
}

/* The 1 between the priority and the date of RFC 5424. */
static bool take_version(struct logline *l)
{
	struct timestamp found;

	if (!l->has_mark || l->stamp.has_date || !cursor_starts(l, "1 "))
		return false;
	timestamp_clear(&found);
	if (!timestamp_parse(l->text + 2, l->len - 2, &found) || !found.has_date)
		return false;
	cursor_skip(l, 2);
	return true;
}

static size_t count_word(const struct logline *l, size_t at)
{
	size_t n = 0;

	while (at + n < l->len && l->text[at + n] != ' ' && l->text[at + n] != '\t')
		n++;
	return n;
}

/* "kernel:" alone, or the "kern.warn kernel:" of small systems */
static bool take_tag(struct logline *l)
{
	size_t at = 0, n = count_word(l, 0);

	if (n > 5 && n < 16 && memcmp(l->text, "kern.", 5) == 0) {
		at = n + cursor_count_blanks(l, n);
		n = count_word(l, at);
	}
	if (n < 2 || l->text[at + n - 1] != ':' || !cursor_is_kernel_tag(l->text + at, n - 1))
		return at > 0 && (cursor_skip(l, at), true);
	cursor_skip(l, at + n);
	l->has_tag = true;
	return true;
}

/*
 * "HOST kernel PROCID MSGID - " of RFC 5424; whatever structured data there may be is not the
 * kernel's.
 */
static bool take_rfc5424(struct logline *l)
{
	struct logline behind = *l;
	size_t host = count_word(l, 0), n;

	if (!l->stamp.has_date || *l->host || !host || host > 255)
		return false;
	cursor_skip(&behind, host);
	cursor_skip_blanks(&behind);
	n = count_word(&behind, 0);
	if (!n || !cursor_is_kernel_tag(behind.text, n))
		return false;
	for (int i = 0; i < 3; i++) {
		cursor_skip(&behind, n);
		cursor_skip_blanks(&behind);
		n = count_word(&behind, 0);
	}
	if (n != 1 || *behind.text != '-')
		return false;
	cursor_skip(&behind, n);
	cursor_skip_blanks(&behind);
	skip_byte_order_mark(&behind);
	cursor_copy(behind.host, sizeof(behind.host), l->text, host);
	behind.has_tag = true;
	*l = behind;
	return true;
}

/*
 * HOST TAG: behind a date, or without one if the tag is the kernel's. A tag that is not the
 * kernel's is a program's, which may say what it likes; only the kernel's own stamp behind it tells
 * that a console was logged.
 */
static bool take_host(struct logline *l)
{
	size_t host = count_word(l, 0), at = host + cursor_count_blanks(l, host),
	       tag = count_word(l, at);
	struct logline behind = *l;

	if (*l->host || !host || host > 255 || tag < 2 || tag > 64 ||
	    l->text[at + tag - 1] != ':' || memchr(l->text, '(', host) ||
	    memchr(l->text, ':', host))
		return false;
	/* dmesg -T names no host; "Free swap: 0kB" is the kernel's own (to 2.6.17). */
	if (!cursor_is_kernel_tag(l->text + at, tag - 1) &&
	    (!l->has_mark || !l->may_name_host ||
	     (tag == 5 && memcmp(l->text + at, "swap:", 5) == 0)))
		return false;
	cursor_skip(&behind, at + tag);
	cursor_skip_blanks(&behind);
	if (!cursor_is_kernel_tag(l->text + at, tag - 1) &&
	    (l->text[at + tag - 2] == ']' || !prefix_kernel_take_uptime(&behind)))
		behind.is_foreign = true;
	cursor_copy(behind.host, sizeof(behind.host), l->text, host);
	behind.has_tag = true;
	*l = behind;
	return true;
}

/*
 * A line of syslog behind the date that a container or a CI put before it: the inner one is when it
 * happened.
 */
static bool take_inner_date(struct logline *l)
{
	struct logline inner = *l;
	size_t n;

	if (!l->stamp.has_date || l->has_tag || *l->host)
		return false;
	timestamp_clear(&inner.stamp);
	inner.stamp.uptime_usec = l->stamp.uptime_usec;
	n = timestamp_parse(l->text, l->len, &inner.stamp);
	if (!n || !inner.stamp.has_date)
		return false;
	inner.may_name_host = true;
	cursor_skip(&inner, n);
	cursor_skip_blanks(&inner);
	if (!take_host(&inner))
		return false;
	*l = inner;
	return true;
}

/*
 * Quotes of mail, comments, lists, tables and string literals; behind a stamp they are the kernel's
 * own.
 */
static bool take_punctuation(struct logline *l)
{
	static const char *const marks[] = { ": ", ">", "|",  "\"", "'", "`",
					     "#",  "*", "//", "+ ", "- " };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (cursor_starts(l, marks[i]) && (i == 0 || !l->has_mark)) {
			cursor_skip(l, strlen(marks[i]));
			return true;
		}
	}
	return false;
}

static bool take_piece(struct logline *l)
{
	cursor_skip_blanks(l);
	if (!l->len)
		return false;
	if (*l->text == '[')
		return prefix_kernel_take_uptime(l) || prefix_kernel_take_caller(l) ||
		       prefix_kernel_take_delta(l) ||
		       (!l->stamp.has_date && prefix_kernel_take_bracketed_date(l));
	if (*l->text == '<')
		return prefix_kernel_take_priority(l);
	/* Behind "kernel:" nothing but the kernel's own stamps can follow. */
	if (l->has_tag)
		return take_punctuation(l);
	if (cursor_is_digit(*l->text) &&
	    (prefix_kernel_take_kmsg(l) || prefix_kernel_take_epoch(l)))
		return true;
	return (!l->has_mark && take_punctuation(l)) || take_version(l) ||
	       (!l->stamp.has_date && take_date(l)) || take_inner_date(l) || take_stream(l) ||
	       take_ci_mark(l) || prefix_kernel_take_decoded_priority(l) || take_tag(l) ||
	       take_rfc5424(l) || take_host(l) || take_punctuation(l);
}

/* Something else stood before the kernel's stamp: a console shared with a program's output. */
static void take_from_uptime(struct logline *l)
{
	struct logline try = *l;
	const char *at = l->len ? memchr(l->text, '[', l->len < 200 ? l->len : 200) : NULL;

	while (at && !l->has_mark) {
		cursor_skip(&try, (size_t)(at - try.text));
		if (prefix_kernel_take_uptime(&try)) {
			prefix_kernel_take_caller(&try);
			*l = try;
			return;
		}
		cursor_skip(&try, 1);
		at = try.len ? memchr(try.text, '[', try.len < 200 ? try.len : 200) : NULL;
	}
}

static void strip_text(struct logline *l)
{
	const char *begin = l->text, *before;
	bool has_quote;

	while (l->len && (l->text[l->len - 1] == '\r' || l->text[l->len - 1] == '\n'))
		l->len--;
	skip_byte_order_mark(l);
	if (!l->has_mark)
		prefix_tools_take(l);
	for (int i = 0; i < MAX_PIECES && take_piece(l); i++)
		;
	for (before = l->text; before > begin && before[-1] == ' ';)
		before--;
	has_quote = before > begin && before[-1] == '"';
	take_from_uptime(l);
	cursor_skip_blanks(l);
	/* A string literal is closed again, perhaps with a comma behind it. */
	if (has_quote && l->len && l->text[l->len - 1] == ',')
		l->len--;
	if (has_quote && l->len && l->text[l->len - 1] == '"')
		l->len--;
}

/*
 * Mail written as HTML turns every other blank into a U+00A0. One that stands alone may be part of
 * a name. Returns whether the line had such blanks; its copy is then in scratch.
 */
static bool fix_blanks(const char *line, size_t *len, char *scratch)
{
	static const char hard[] = "\xc2\xa0";
	size_t at = 0;

	if (!memchr(line, 0xc2, *len))
		return false;
	if (!memmem(line, *len, "\xc2\xa0 ", 3) && !memmem(line, *len, " \xc2\xa0", 3))
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

/*
 * dmesg in colour: a line that begins with a sequence of colour loses all of them; elsewhere one
 * may be a name's.
 */
static bool drop_colour(const char *line, size_t *len, char *scratch)
{
	size_t at = 0, n = *len, i = 0;

	if (n < 3 || line[0] != '\x1b' || line[1] != '[')
		return false;
	while (i < n) {
		size_t end = i + 2;

		if (line[i] == '\x1b' && i + 1 < n && line[i + 1] == '[') {
			while (end < n &&
			       (line[end] == ';' || (line[end] >= '0' && line[end] <= '9')))
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
	static const char export[] = "MESSAGE=";
	bool is_copy;

	memset(l, 0, sizeof(*l));
	timestamp_clear(&l->stamp);
	if (len > LOGLINE_MAX)
		len = LOGLINE_MAX;
	is_copy = drop_colour(line, &len, scratch) || fix_blanks(line, &len, scratch);
	l->text = is_copy ? scratch : line;
	l->len = len;
	cursor_skip_blanks(l);
	if (!is_copy && cursor_starts(l, "{") && !record_json_take(l->text, l->len, l, scratch)) {
		l->is_foreign = true;
		return;
	}
	if (cursor_starts(l, export))
		cursor_skip(l, sizeof(export) - 1);
	strip_text(l);
}
