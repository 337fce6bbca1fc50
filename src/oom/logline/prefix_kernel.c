/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prefix_kernel: what the kernel and dmesg put before a record: priority, time, caller. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "oom/logline/internal.h"

#define FOREIGN 8 /* the first priority of a facility other than the kernel's */

/* Removes a prefix of n bytes. */
static bool take(struct logline *l, size_t n)
{
	l->has_prefix = true;
	cursor_skip(l, n);
	return true;
}

bool prefix_kernel_read_priority(struct logline *l)
{
	size_t n = cursor_starts(l, "<") ? cursor_count_digits(l, 1) : 0;

	if (n < 1 || n > 3 || cursor_at(l, n + 1) != '>')
		return false;
	if (strtol(l->text + 1, NULL, 10) >= FOREIGN)
		l->is_foreign = true;
	return take(l, n + 2);
}

/* The length of "121.052037", perhaps without digits behind the point; 0: none. */
static size_t count_decimal(const struct logline *l, size_t at)
{
	size_t n = cursor_count_digits(l, at);

	return n && cursor_at(l, at + n) == '.' ? n + 1 + cursor_count_digits(l, at + n + 1) : 0;
}

/* The length of "< 121.052037>", the time since the line before (dmesg -d); 0: none. */
static size_t count_delta(const struct logline *l, size_t at)
{
	size_t begin = at, n;

	at += cursor_count_blanks(l, at);
	if (cursor_at(l, at) != '<')
		return 0;
	at++;
	at += cursor_count_blanks(l, at);
	n = count_decimal(l, at);
	return n && cursor_at(l, at + n) == '>' ? at + n + 1 - begin : 0;
}

/* dmesg --time-format delta and dmesg -H write no full time. */
bool prefix_kernel_read_delta(struct logline *l)
{
	size_t at, n;

	if (!cursor_starts(l, "["))
		return false;
	at = 1 + count_delta(l, 1);
	if (at == 1) {
		at += cursor_count_blanks(l, at);
		if (cursor_at(l, at) == '+') {
			n = count_decimal(l, at + 1);
			if (!n)
				return false;
			at += n + 1;
		} else if (l->len > 13 && cursor_count_digits(l, 4) == 2 && l->text[6] == ' ' &&
			   cursor_count_digits(l, 7) == 2 && l->text[9] == ':' &&
			   cursor_count_digits(l, 10) == 2) {
			at = 12;
		}
	}
	if (at == 1 || cursor_at(l, at) != ']')
		return false;
	return take(l, at + 1);
}

/* Microseconds of "whole.part", whose digits are at these offsets. */
static int64_t to_usec(const struct logline *l, size_t at, size_t whole, size_t part)
{
	int64_t usec = 0;

	for (size_t i = 0; i < whole; i++)
		usec = usec * 10 + (l->text[at + i] - '0');
	for (size_t i = 0; i < 6; i++)
		usec = usec * 10 + (i < part ? l->text[at + whole + 1 + i] - '0' : 0);
	return usec;
}

bool prefix_kernel_read_uptime(struct logline *l)
{
	size_t at, whole, part, end;

	if (!cursor_starts(l, "["))
		return false;
	at = 1 + cursor_count_blanks(l, 1);
	whole = cursor_count_digits(l, at);
	if (!whole || whole > 12 || cursor_at(l, at + whole) != '.')
		return false;
	part = cursor_count_digits(l, at + whole + 1);
	end = at + whole + 1 + part;
	end += count_delta(l, end);
	if (!part || cursor_at(l, end) != ']')
		return false;
	if (l->time.uptime_usec == TIMESTAMP_ABSENT)
		l->time.uptime_usec = to_usec(l, at, whole, part);
	return take(l, end + 1);
}

bool prefix_kernel_read_caller(struct logline *l)
{
	size_t at, n;

	if (!cursor_starts(l, "["))
		return false;
	at = 1 + cursor_count_blanks(l, 1);
	if (cursor_at(l, at) != 'T' && cursor_at(l, at) != 'C')
		return false;
	n = cursor_count_digits(l, at + 1);
	if (!n || n > 10 || cursor_at(l, at + 1 + n) != ']')
		return false;
	text_copy(l->caller, sizeof(l->caller), l->text + at, n + 1);
	return take(l, at + n + 2);
}

bool prefix_kernel_read_bracketed_date(struct logline *l)
{
	struct timestamp found = l->time;
	size_t n;

	if (!cursor_starts(l, "[") || l->len < 10)
		return false;
	n = timestamp_parse(l->text + 1, l->len - 1, &found);
	if (n)
		n += count_delta(l, n + 1);
	if (!n || cursor_at(l, n + 1) != ']')
		return false;
	l->time = found;
	return take(l, n + 2);
}

/* Since 1970: journalctl -o short-unix has six digits behind the point, others three or nine. */
bool prefix_kernel_read_epoch(struct logline *l)
{
	size_t whole = cursor_count_digits(l, 0), part;

	if (whole < 9 || whole > 10 || cursor_at(l, whole) != '.')
		return false;
	part = cursor_count_digits(l, whole + 1);
	if ((part != 3 && part != 6 && part != 9) || cursor_at(l, whole + 1 + part) != ' ')
		return false;
	l->time.epoch_usec = to_usec(l, 0, whole, part);
	l->may_name_host = true;
	return take(l, whole + 1 + part);
}

/* 4,19685342,241227987454,-,caller=T12845;text, a record of /dev/kmsg */
bool prefix_kernel_read_kmsg(struct logline *l)
{
	const char *end = l->len ? memchr(l->text, ';', l->len < 256 ? l->len : 256) : NULL;
	size_t n[3], at = 0;
	const char *caller;

	if (!end || !cursor_is_digit(*l->text))
		return false;
	for (int i = 0; i < 3; i++) {
		n[i] = cursor_count_digits(l, at);
		if (!n[i] || n[i] > 18 || cursor_at(l, at + n[i]) != ',')
			return false;
		at += n[i] + 1;
	}
	if (strtoul(l->text, NULL, 10) >= FOREIGN)
		l->is_foreign = true;
	l->time.uptime_usec = strtoll(l->text + n[0] + n[1] + 2, NULL, 10);
	caller = memmem(l->text + at, (size_t)(end - l->text) - at, ",caller=", 8);
	if (caller)
		text_copy(l->caller, sizeof(l->caller), caller + 8, strcspn(caller + 8, ",;"));
	l->is_bare = true;
	return take(l, (size_t)(end - l->text) + 1);
}

/* The facility and the level, as dmesg -x decodes a priority. */
bool prefix_kernel_read_decoded_priority(struct logline *l)
{
	static const char *const facilities[] = { "kern",   "user", "daemon",   "auth",
						  "syslog", "mail", "lpr",      "news",
						  "uucp",   "cron", "authpriv", "ftp" };

	for (size_t i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++) {
		size_t at = strlen(facilities[i]), level = 0;

		if (!cursor_starts(l, facilities[i]))
			continue;
		at += cursor_count_blanks(l, at);
		if (cursor_at(l, at) != ':')
			continue;
		at++;
		while (level < 8 && cursor_at(l, at + level) >= 'a' &&
		       cursor_at(l, at + level) <= 'z')
			level++;
		at += level;
		at += cursor_count_blanks(l, at);
		if (!level || cursor_at(l, at) != ':')
			continue;
		l->is_foreign |= i > 0;
		return take(l, at + 1);
	}
	return false;
}
