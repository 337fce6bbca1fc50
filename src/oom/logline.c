/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logline: finds the kernel's own words in a line of any log. */
#include "oom/logline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PIECES 16

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool starts(const struct logline *l, const char *what)
{
	size_t n = strlen(what);

	return l->len >= n && memcmp(l->text, what, n) == 0;
}

static void skip(struct logline *l, size_t n)
{
	l->text += n;
	l->len -= n;
}

static void skip_blanks(struct logline *l)
{
	while (l->len && (*l->text == ' ' || *l->text == '\t'))
		skip(l, 1);
}

static size_t count_digits(const struct logline *l, size_t at)
{
	size_t n = 0;

	while (at + n < l->len && is_digit(l->text[at + n]))
		n++;
	return n;
}

static size_t count_blanks(const struct logline *l, size_t at)
{
	size_t n = 0;

	while (at + n < l->len && l->text[at + n] == ' ')
		n++;
	return n;
}

static void copy(char *dst, size_t size, const char *src, size_t len)
{
	if (len >= size)
		len = size - 1;
	memcpy(dst, src, len);
	dst[len] = '\0';
}

/* <4> */
static bool take_priority(struct logline *l)
{
	size_t n = starts(l, "<") ? count_digits(l, 1) : 0;

	if (n < 1 || n > 3 || n + 1 >= l->len || l->text[n + 1] != '>')
		return false;
	/* A facility other than the kernel's: written by a program. */
	if (strtol(l->text + 1, NULL, 10) >= 8)
		l->is_foreign = true;
	l->has_mark = true;
	skip(l, n + 2);
	return true;
}

/* [22254383.898423], and the same behind the blanks that align it. */
static bool take_uptime(struct logline *l)
{
	size_t at, whole, part;
	int64_t usec = 0;

	if (!starts(l, "["))
		return false;
	at = 1 + count_blanks(l, 1);
	whole = count_digits(l, at);
	if (!whole || whole > 12 || at + whole >= l->len || l->text[at + whole] != '.')
		return false;
	part = count_digits(l, at + whole + 1);
	if (!part || at + whole + 1 + part >= l->len || l->text[at + whole + 1 + part] != ']')
		return false;
	for (size_t i = 0; i < whole; i++)
		usec = usec * 10 + (l->text[at + i] - '0');
	for (size_t i = 0; i < 6; i++)
		usec = usec * 10 + (i < part ? l->text[at + whole + 1 + i] - '0' : 0);
	if (l->stamp.uptime_usec == STAMP_ABSENT)
		l->stamp.uptime_usec = usec;
	l->has_mark = true;
	skip(l, at + whole + part + 2);
	return true;
}

/* [ T5241] or [    C1] */
static bool take_caller(struct logline *l)
{
	size_t at, n;

	if (!starts(l, "["))
		return false;
	at = 1 + count_blanks(l, 1);
	if (at >= l->len || (l->text[at] != 'T' && l->text[at] != 'C'))
		return false;
	n = count_digits(l, at + 1);
	if (!n || n > 10 || at + 1 + n >= l->len || l->text[at + 1 + n] != ']')
		return false;
	copy(l->caller, sizeof(l->caller), l->text + at, n + 1);
	l->has_mark = true;
	skip(l, at + n + 2);
	return true;
}

/* [Fri Sep 25 15:29:46 2020], in any language */
static bool take_bracketed_date(struct logline *l)
{
	struct stamp found = l->stamp;
	size_t n;

	if (!starts(l, "[") || l->len < 10)
		return false;
	n = stamp_parse(l->text + 1, l->len - 1, &found);
	if (!n || n + 1 >= l->len || l->text[n + 1] != ']')
		return false;
	l->stamp = found;
	l->has_mark = true;
	skip(l, n + 2);
	return true;
}

/* 4,19685342,241227987454,-,caller=T12845;text, a record of /dev/kmsg */
static bool take_kmsg(struct logline *l)
{
	const char *end = l->len ? memchr(l->text, ';', l->len < 256 ? l->len : 256) : NULL;
	size_t n[3], at = 0;
	const char *caller;

	if (!end || !is_digit(*l->text))
		return false;
	for (int i = 0; i < 3; i++) {
		n[i] = count_digits(l, at);
		if (!n[i] || n[i] > 18 || at + n[i] >= l->len || l->text[at + n[i]] != ',')
			return false;
		at += n[i] + 1;
	}
	if (strtoul(l->text, NULL, 10) >= 8)
		l->is_foreign = true;
	l->stamp.uptime_usec = strtoll(l->text + n[0] + n[1] + 2, NULL, 10);
	caller = memmem(l->text + at, (size_t)(end - l->text) - at, ",caller=", 8);
	if (caller)
		copy(l->caller, sizeof(l->caller), caller + 8, strcspn(caller + 8, ",;"));
	l->has_mark = true;
	skip(l, (size_t)(end - l->text) + 1);
	return true;
}

/* kern  :warn  :, as dmesg -x decodes a priority */
static bool take_decoded_priority(struct logline *l)
{
	static const char *const facilities[] = { "kern",   "user", "daemon",   "auth",
						  "syslog", "mail", "lpr",      "news",
						  "uucp",   "cron", "authpriv", "ftp" };

	for (size_t i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++) {
		size_t at = strlen(facilities[i]), word = 0;

		if (!starts(l, facilities[i]))
			continue;
		at += count_blanks(l, at);
		if (at >= l->len || l->text[at] != ':')
			continue;
		at++;
		while (at + word < l->len && word < 8 && l->text[at + word] >= 'a' &&
		       l->text[at + word] <= 'z')
			word++;
		at += word;
		at += count_blanks(l, at);
		if (!word || at >= l->len || l->text[at] != ':')
			continue;
		l->is_foreign |= i > 0;
		l->has_mark = true;
		skip(l, at + 1);
		return true;
	}
	return false;
}

static bool take_date(struct logline *l)
{
	size_t n = stamp_parse(l->text, l->len, &l->stamp);

	if (!n)
		return false;
	l->has_mark = true;
	l->may_name_host = l->stamp.has_date;
	skip(l, n);
	return true;
}

/* "stdout F " and "stderr P ", as containers' logs put it behind the date */
static bool take_stream(struct logline *l)
{
	if (!l->stamp.has_date || l->len < 9 || (!starts(l, "stdout ") && !starts(l, "stderr ")) ||
	    (l->text[7] != 'F' && l->text[7] != 'P') || l->text[8] != ' ')
		return false;
	skip(l, 9);
	return true;
}

static bool is_kernel_tag(const char *tag, size_t len)
{
	static const char *const tags[] = { "kernel", "vmunix", "klogd", "dmesg" };

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (len == strlen(tags[i]) && memcmp(tag, tags[i], len) == 0)
			return true;
	return false;
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
		at = n + count_blanks(l, n);
		n = count_word(l, at);
	}
	if (n < 2 || l->text[at + n - 1] != ':' || !is_kernel_tag(l->text + at, n - 1))
		return at > 0 && (skip(l, at), true);
	skip(l, at + n);
	l->has_tag = true;
	return true;
}

/*
 * HOST TAG: behind a date. A tag that is not the kernel's is a program's, which may say what it likes; only
 * the kernel's own stamp behind it tells that a console was logged.
 */
static bool take_host(struct logline *l)
{
	size_t host = count_word(l, 0), at = host + count_blanks(l, host), tag = count_word(l, at);
	struct logline behind = *l;

	if (!l->has_mark || *l->host || !host || host > 255 || tag < 2 || tag > 64 ||
	    l->text[at + tag - 1] != ':' || memchr(l->text, '(', host) ||
	    memchr(l->text, ':', host))
		return false;
	/* dmesg -T names no host; "Free swap: 0kB" is the kernel's own (to 2.6.17). */
	if (!is_kernel_tag(l->text + at, tag - 1) &&
	    (!l->may_name_host || (tag == 5 && memcmp(l->text + at, "swap:", 5) == 0)))
		return false;
	skip(&behind, at + tag);
	skip_blanks(&behind);
	if (!is_kernel_tag(l->text + at, tag - 1) &&
	    (l->text[at + tag - 2] == ']' || !take_uptime(&behind)))
		behind.is_foreign = true;
	copy(behind.host, sizeof(behind.host), l->text, host);
	behind.has_tag = true;
	*l = behind;
	return true;
}

/* Quotes of mail, comments, lists, tables and string literals; behind a stamp they are the kernel's own. */
static bool take_punctuation(struct logline *l)
{
	static const char *const marks[] = { ": ", ">", "|",  "\"", "'", "`",
					     "#",  "*", "//", "+ ", "- " };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (starts(l, marks[i]) && (i == 0 || !l->has_mark)) {
			skip(l, strlen(marks[i]));
			return true;
		}
	}
	return false;
}

static bool take_piece(struct logline *l)
{
	skip_blanks(l);
	if (!l->len)
		return false;
	if (*l->text == '[')
		return take_uptime(l) || take_caller(l) ||
		       (!l->stamp.has_date && take_bracketed_date(l));
	if (*l->text == '<')
		return take_priority(l);
	/* Behind "kernel:" nothing but the kernel's own stamps can follow. */
	if (l->has_tag)
		return take_punctuation(l);
	if (is_digit(*l->text) && take_kmsg(l))
		return true;
	return (!l->stamp.has_date && take_date(l)) || take_stream(l) || take_decoded_priority(l) ||
	       take_tag(l) || take_host(l) || take_punctuation(l);
}

/* Something else stood before the kernel's stamp: a console shared with a program's output. */
static void take_from_uptime(struct logline *l)
{
	struct logline try = *l;
	const char *at = l->len ? memchr(l->text, '[', l->len < 200 ? l->len : 200) : NULL;

	while (at && !l->has_mark) {
		skip(&try, (size_t)(at - try.text));
		if (take_uptime(&try)) {
			take_caller(&try);
			*l = try;
			return;
		}
		skip(&try, 1);
		at = try.len ? memchr(try.text, '[', try.len < 200 ? try.len : 200) : NULL;
	}
}

static void strip_text(struct logline *l)
{
	const char *begin = l->text, *before;
	bool has_quote;

	while (l->len && (l->text[l->len - 1] == '\r' || l->text[l->len - 1] == '\n'))
		l->len--;
	for (int i = 0; i < MAX_PIECES && take_piece(l); i++)
		;
	for (before = l->text; before > begin && before[-1] == ' ';)
		before--;
	has_quote = before > begin && before[-1] == '"';
	take_from_uptime(l);
	skip_blanks(l);
	/* A string literal is closed again, perhaps with a comma behind it. */
	if (has_quote && l->len && l->text[l->len - 1] == ',')
		l->len--;
	if (has_quote && l->len && l->text[l->len - 1] == '"')
		l->len--;
}

static int64_t json_number(const char *line, size_t len, const char *key)
{
	char buf[32];

	return logline_find_json(line, len, key, buf, sizeof(buf)) > 0 ? strtoll(buf, NULL, 10)
								       : STAMP_ABSENT;
}

/* A record of journalctl -o json. */
static void take_journal(const char *line, size_t len, struct logline *l)
{
	char word[32];

	l->stamp.epoch_usec = json_number(line, len, "_SOURCE_REALTIME_TIMESTAMP");
	if (l->stamp.epoch_usec == STAMP_ABSENT)
		l->stamp.epoch_usec = json_number(line, len, "__REALTIME_TIMESTAMP");
	l->stamp.uptime_usec = json_number(line, len, "_SOURCE_MONOTONIC_TIMESTAMP");
	if (logline_find_json(line, len, "_HOSTNAME", l->host, sizeof(l->host)) < 0)
		l->host[0] = '\0';
	if (logline_find_json(line, len, "_TRANSPORT", word, sizeof(word)) > 0)
		l->is_foreign = strcmp(word, "kernel") != 0;
	else if (logline_find_json(line, len, "SYSLOG_IDENTIFIER", word, sizeof(word)) > 0)
		l->is_foreign = !is_kernel_tag(word, strlen(word));
}

/* The line as JSON: journald's, or a container's with a whole line of text in it. */
static bool take_json(const char *line, size_t len, struct logline *l, char *scratch)
{
	static const char *const keys[] = { "MESSAGE", "log", "message", "msg" };
	char date[64];
	int n;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		n = logline_find_json(line, len, keys[i], scratch, LOGLINE_MAX);
		if (n < 0)
			continue;
		l->text = scratch;
		l->len = (size_t)n;
		l->has_mark = true;
		if (i == 0)
			take_journal(line, len, l);
		else if ((n = logline_find_json(line, len, "time", date, sizeof(date))) > 0)
			stamp_parse(date, (size_t)n, &l->stamp);
		return true;
	}
	return false;
}

/*
 * Mail written as HTML turns every other blank into a U+00A0. One that stands alone may be part of a name.
 * Returns whether the line had such blanks; its copy is then in scratch.
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

void logline_strip(const char *line, size_t len, struct logline *l, char *scratch)
{
	static const char export[] = "MESSAGE=";
	bool is_copy;

	memset(l, 0, sizeof(*l));
	stamp_clear(&l->stamp);
	if (len > LOGLINE_MAX)
		len = LOGLINE_MAX;
	is_copy = fix_blanks(line, &len, scratch);
	l->text = is_copy ? scratch : line;
	l->len = len;
	skip_blanks(l);
	if (!is_copy && starts(l, "{") && !take_json(l->text, l->len, l, scratch))
		return;
	if (starts(l, export))
		skip(l, sizeof(export) - 1);
	strip_text(l);
}
