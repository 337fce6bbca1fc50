/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prefix_kernel: the marks that the kernel and dmesg put before a record: priority, time, caller.
 */
#include <stdlib.h>
#include <string.h>

#include "oom/logline/internal.h"

/* <4> */
bool prefix_kernel_take_priority(struct logline *l)
{
	size_t n = cursor_starts(l, "<") ? cursor_count_digits(l, 1) : 0;

	if (n < 1 || n > 3 || n + 1 >= l->len || l->text[n + 1] != '>')
		return false;
	/* A facility other than the kernel's: written by a program. */
	if (strtol(l->text + 1, NULL, 10) >= 8)
		l->is_foreign = true;
	l->has_mark = true;
	cursor_skip(l, n + 2);
	return true;
}

/*
 * "< 121.052037>", the time since the line before, behind a stamp of dmesg -d: its length with
 * blanks. 0: none.
 */
static size_t count_delta(const struct logline *l, size_t at)
{
	size_t begin = at, n;

	at += cursor_count_blanks(l, at);
	if (at >= l->len || l->text[at] != '<')
		return 0;
	at++;
	at += cursor_count_blanks(l, at);
	n = cursor_count_digits(l, at);
	if (!n || at + n >= l->len || l->text[at + n] != '.')
		return 0;
	at += n + 1;
	at += cursor_count_digits(l, at);
	return at < l->len && l->text[at] == '>' ? at + 1 - begin : 0;
}

/*
 * [< 121.052037>], [ +0.000008] and [Nov22 17:49], as dmesg --time-format delta and -H put them: no
 * full time.
 */
bool prefix_kernel_take_delta(struct logline *l)
{
	size_t at, n;

	if (!cursor_starts(l, "["))
		return false;
	at = 1 + count_delta(l, 1);
	if (at == 1) {
		at += cursor_count_blanks(l, at);
		if (at < l->len && l->text[at] == '+') {
			at++;
			n = cursor_count_digits(l, at);
			if (!n || at + n >= l->len || l->text[at + n] != '.')
				return false;
			at += n + 1;
			at += cursor_count_digits(l, at);
		} else if (l->len > 13 && cursor_count_digits(l, 4) == 2 && l->text[6] == ' ' &&
			   cursor_count_digits(l, 7) == 2 && l->text[9] == ':' &&
			   cursor_count_digits(l, 10) == 2) {
			at = 12;
		}
	}
	if (at >= l->len || at == 1 || l->text[at] != ']')
		return false;
	l->has_mark = true;
	cursor_skip(l, at + 1);
	return true;
}

/* [22254383.898423], and the same behind the blanks that align it. */
bool prefix_kernel_take_uptime(struct logline *l)
{
	size_t at, whole, part, delta;
	int64_t usec = 0;

	if (!cursor_starts(l, "["))
		return false;
	at = 1 + cursor_count_blanks(l, 1);
	whole = cursor_count_digits(l, at);
	if (!whole || whole > 12 || at + whole >= l->len || l->text[at + whole] != '.')
		return false;
	part = cursor_count_digits(l, at + whole + 1);
	delta = count_delta(l, at + whole + 1 + part);
	if (!part || at + whole + 1 + part + delta >= l->len ||
	    l->text[at + whole + 1 + part + delta] != ']')
		return false;
	for (size_t i = 0; i < whole; i++)
		usec = usec * 10 + (l->text[at + i] - '0');
	for (size_t i = 0; i < 6; i++)
		usec = usec * 10 + (i < part ? l->text[at + whole + 1 + i] - '0' : 0);
	if (l->stamp.uptime_usec == TIMESTAMP_ABSENT)
		l->stamp.uptime_usec = usec;
	l->has_mark = true;
	cursor_skip(l, at + whole + part + delta + 2);
	return true;
}

/* [ T5241] or [    C1] */
bool prefix_kernel_take_caller(struct logline *l)
{
	size_t at, n;

	if (!cursor_starts(l, "["))
		return false;
	at = 1 + cursor_count_blanks(l, 1);
	if (at >= l->len || (l->text[at] != 'T' && l->text[at] != 'C'))
		return false;
	n = cursor_count_digits(l, at + 1);
	if (!n || n > 10 || at + 1 + n >= l->len || l->text[at + 1 + n] != ']')
		return false;
	cursor_copy(l->caller, sizeof(l->caller), l->text + at, n + 1);
	l->has_mark = true;
	cursor_skip(l, at + n + 2);
	return true;
}

/* [Fri Sep 25 15:29:46 2020], in any language */
bool prefix_kernel_take_bracketed_date(struct logline *l)
{
	struct timestamp found = l->stamp;
	size_t n;

	if (!cursor_starts(l, "[") || l->len < 10)
		return false;
	n = timestamp_parse(l->text + 1, l->len - 1, &found);
	if (n)
		n += count_delta(l, n + 1);
	if (!n || n + 1 >= l->len || l->text[n + 1] != ']')
		return false;
	l->stamp = found;
	l->has_mark = true;
	cursor_skip(l, n + 2);
	return true;
}

/*
 * 1795382544.123456, since 1970, as journalctl -o short-unix puts it; others put three or nine
 * digits behind the point
 */
bool prefix_kernel_take_epoch(struct logline *l)
{
	size_t whole = cursor_count_digits(l, 0), part;
	int64_t usec = 0;

	if (whole < 9 || whole > 10 || whole >= l->len || l->text[whole] != '.')
		return false;
	part = cursor_count_digits(l, whole + 1);
	if ((part != 3 && part != 6 && part != 9) || !cursor_count_blanks(l, whole + 1 + part))
		return false;
	for (size_t i = 0; i < whole; i++)
		usec = usec * 10 + (l->text[i] - '0');
	for (size_t i = 0; i < 6; i++)
		usec = usec * 10 + (i < part ? l->text[whole + 1 + i] - '0' : 0);
	l->stamp.epoch_usec = usec;
	l->has_mark = l->may_name_host = true;
	cursor_skip(l, whole + 1 + part);
	return true;
}

/* 4,19685342,241227987454,-,caller=T12845;text, a record of /dev/kmsg */
bool prefix_kernel_take_kmsg(struct logline *l)
{
	const char *end = l->len ? memchr(l->text, ';', l->len < 256 ? l->len : 256) : NULL;
	size_t n[3], at = 0;
	const char *caller;

	if (!end || !cursor_is_digit(*l->text))
		return false;
	for (int i = 0; i < 3; i++) {
		n[i] = cursor_count_digits(l, at);
		if (!n[i] || n[i] > 18 || at + n[i] >= l->len || l->text[at + n[i]] != ',')
			return false;
		at += n[i] + 1;
	}
	if (strtoul(l->text, NULL, 10) >= 8)
		l->is_foreign = true;
	l->stamp.uptime_usec = strtoll(l->text + n[0] + n[1] + 2, NULL, 10);
	caller = memmem(l->text + at, (size_t)(end - l->text) - at, ",caller=", 8);
	if (caller)
		cursor_copy(l->caller, sizeof(l->caller), caller + 8, strcspn(caller + 8, ",;"));
	l->has_mark = true;
	cursor_skip(l, (size_t)(end - l->text) + 1);
	return true;
}

/* kern  :warn  :, as dmesg -x decodes a priority */
bool prefix_kernel_take_decoded_priority(struct logline *l)
{
	static const char *const facilities[] = { "kern",   "user", "daemon",   "auth",
						  "syslog", "mail", "lpr",      "news",
						  "uucp",   "cron", "authpriv", "ftp" };

	for (size_t i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++) {
		size_t at = strlen(facilities[i]), word = 0;

		if (!cursor_starts(l, facilities[i]))
			continue;
		at += cursor_count_blanks(l, at);
		if (at >= l->len || l->text[at] != ':')
			continue;
		at++;
		while (at + word < l->len && word < 8 && l->text[at + word] >= 'a' &&
		       l->text[at + word] <= 'z')
			word++;
		at += word;
		at += cursor_count_blanks(l, at);
		if (!word || at >= l->len || l->text[at] != ':')
			continue;
		l->is_foreign |= i > 0;
		l->has_mark = true;
		cursor_skip(l, at + 1);
		return true;
	}
	return false;
}
