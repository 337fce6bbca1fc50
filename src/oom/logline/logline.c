/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logline: finds the kernel's text in a line of any log. */
#include "oom/logline/logline.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "oom/logline/around.h"
#include "oom/logline/decode.h"
#include "oom/logline/kernel_text.h"

#define MAX_PREFIXES 32
#define FOREIGN      8 /* the first priority of a facility other than the kernel's */
#define MAX_WORD     256
#define MIN_EPOCH    1000000000000000LL /* of 2001 in microseconds; no machine runs so long */

/* Begins UTF-8 files saved on Windows, and messages of RFC 5424. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

bool logline_is_kernel_tag(const char *tag, size_t len)
{
	static const char *const tags[] = { "kernel", "vmunix", "klogd", "dmesg" };

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (len == strlen(tags[i]) && memcmp(tag, tags[i], len) == 0)
			return true;
	return false;
}

/* Removes a prefix of n bytes. */
static bool take(struct logline *l, size_t n)
{
	l->has_prefix = true;
	slice_skip(&l->s, n);
	return true;
}

/* Microseconds of "whole.part" of n bytes. */
static int64_t to_usec(const struct slice *s, size_t n)
{
	int64_t usec = 0;
	size_t at = 0, part = 0;

	for (; at < n && s->p[at] != '.'; at++)
		usec = usec * 10 + (s->p[at] - '0');
	for (at++; part < 6; part++, at++)
		usec = usec * 10 + (at < n ? s->p[at] - '0' : 0);
	return usec;
}

int64_t logline_read_uptime(const struct slice *s)
{
	size_t n = slice_count_decimal(s, 0);

	return n == s->len && n > 1 && s->p[n - 1] != '.' && slice_count_digits(s, 0) <= 12
		       ? to_usec(s, n)
		       : TIMESTAMP_ABSENT;
}

/* "Nov22 17:49" */
static bool read_minute(struct logline *l, const struct slice *s)
{
	char text[24];

	if (s->len != 11 || slice_count_digits(s, 3) != 2 || slice_count_digits(s, 6) != 2 ||
	    s->p[8] != ':')
		return false;
	snprintf(text, sizeof(text), "%.3s %.2s %.5s:00", s->p, s->p + 3, s->p + 6);
	l->is_minute = timestamp_parse(text, strlen(text), &l->time) > 0;
	return true;
}

/*
 * "[22254383.898423]", "[ T5241]", "[Fri Sep 25 15:29:46 2020]", "[ +0.000008]", "[Nov22 17:49]",
 * each with or without "< 121.052037>", the time since the previous line, or only that
 */
static bool read_bracket(struct logline *l)
{
	const char *close = memchr(l->s.p, ']', l->s.len < 64 ? l->s.len : 64), *delta;
	struct slice in = slice_from(&l->s, l->s.p + 1);
	size_t n;

	if (!slice_starts(&l->s, "[") || !close)
		return false;
	in.len = (size_t)(close - in.p);
	slice_skip_blanks(&in);
	n = in.len + 1;
	delta = in.len && in.p[in.len - 1] == '>' ? memrchr(in.p, '<', in.len) : NULL;
	if (delta)
		in.len = (size_t)(delta - in.p);
	while (in.len && in.p[in.len - 1] == ' ')
		in.len--;
	n = (size_t)(close + 1 - l->s.p);
	if (logline_read_uptime(&in) != TIMESTAMP_ABSENT) {
		int64_t usec = logline_read_uptime(&in);

		if (usec >= MIN_EPOCH)
			l->time.epoch_usec = usec;
		else if (l->time.uptime_usec == TIMESTAMP_ABSENT)
			l->time.uptime_usec = usec;
		return take(l, n);
	}
	if (in.len > 1 && in.len < 12 && strchr("TC", *in.p) &&
	    slice_count_digits(&in, 1) == in.len - 1) {
		text_copy(l->caller, sizeof(l->caller), in.p, in.len);
		return take(l, n);
	}
	if (slice_starts(&in, "+") && slice_count_decimal(&in, 1)) {
		slice_skip(&in, 1);
		l->delta_usec = logline_read_uptime(&in);
		return take(l, n);
	}
	if ((delta && !in.len) || read_minute(l, &in))
		return take(l, n);
	return !l->time.has_date && in.len && timestamp_parse(in.p, in.len, &l->time) == in.len &&
	       take(l, n);
}

/* <4> */
static bool read_priority(struct logline *l)
{
	size_t n = slice_count_digits(&l->s, 1);

	if (!slice_starts(&l->s, "<") || n < 1 || n > 3 || slice_at(&l->s, n + 1) != '>')
		return false;
	l->is_foreign |= strtol(l->s.p + 1, NULL, 10) >= FOREIGN;
	take(l, n + 2);
	/* The 1 between the priority and the date of RFC 5424. */
	l->is_5424 = slice_starts(&l->s, "1 2");
	if (l->is_5424)
		slice_skip(&l->s, 2);
	return true;
}

/*
 * 4,19685342,241227987454,-,caller=T12845;text, a record of /dev/kmsg; netconsole can write the
 * release before it
 */
static bool read_kmsg(struct logline *l)
{
	const char *end = memchr(l->s.p, ';', l->s.len < 256 ? l->s.len : 256), *caller, *comma;
	struct slice rest = l->s;
	int64_t numbers[3];

	comma = end && slice_count_decimal(&rest, 0) ? memchr(rest.p, ',', (size_t)(end - rest.p))
						     : NULL;
	if (comma)
		rest = slice_from(&rest, comma + 1);
	for (int i = 0; i < 3; i++)
		if (!end || slice_count_digits(&rest, 0) > 18 ||
		    !slice_read_number(&rest, &numbers[i]) || !slice_skip_text(&rest, ","))
			return false;
	l->is_foreign |= numbers[0] >= FOREIGN;
	timestamp_set_record(&l->time, numbers[1], numbers[2]);
	rest.len = end > rest.p ? (size_t)(end - rest.p) : 0;
	caller = slice_find(&rest, ",caller=");
	if (caller)
		text_copy(l->caller, sizeof(l->caller), caller + 8, strcspn(caller + 8, ",;"));
	l->is_bare = true;
	return take(l, (size_t)(end - l->s.p) + 1);
}

/* Since 1970: journalctl -o short-unix has six digits after the point, others three or nine. */
static bool read_epoch(struct logline *l)
{
	size_t n = slice_count_decimal(&l->s, 0), whole = slice_count_digits(&l->s, 0);

	if (whole == 13 && !n && strchr(" \t,", slice_at(&l->s, 13)) && l->s.len > 13) {
		slice_read_number(&(struct slice){ l->s.p, 13 }, &l->time.epoch_usec);
		l->time.epoch_usec *= 1000;
		return take(l, 13);
	}
	if (whole < 9 || whole > 10 || n <= whole + 1 || (n - whole - 1) % 3 || n - whole > 10 ||
	    slice_at(&l->s, n) != ' ')
		return false;
	l->time.epoch_usec = to_usec(&l->s, n);
	l->may_name_host = true;
	return take(l, n);
}

/* Of two dates, the second, which syslog wrote, is that of the event. */
static bool read_date(struct logline *l)
{
	struct slice rest = l->s;
	struct timestamp found;
	size_t n;

	timestamp_clear(&found);
	/* A host may precede the inner one. */
	if (l->time.has_date && !*l->host) {
		slice_skip(&rest, slice_count_word(&rest, 0));
		slice_skip_blanks(&rest);
		n = timestamp_parse(rest.p, rest.len, &found);
		if (n && found.has_date)
			l->s = rest;
		else
			timestamp_clear(&found);
	}
	n = *l->host ? 0 : timestamp_parse(l->s.p, l->s.len, &found);
	if (!n || (l->time.has_date && !found.has_date))
		return false;
	timestamp_keep_clock(&found, &l->time);
	/* A collector's date has the year that syslog omits. */
	if (found.has_date && !found.has_year && l->time.has_year && l->time.month == found.month) {
		found.year = l->time.year;
		found.has_year = true;
	}
	l->time = found;
	l->may_name_host = found.has_date;
	return take(l, n);
}

/* The length of a word that may be a tag; some logs have no blank after "kernel:". */
static size_t count_tag(const struct slice *s)
{
	static const char kernel[] = "kernel:";

	return slice_starts(s, kernel) ? sizeof(kernel) - 1 : slice_count_word(s, 0);
}

/* "kernel:" alone, "kernel," of CSV */
static bool read_tag(struct logline *l)
{
	size_t n = count_tag(&l->s);
	const char *comma = memchr(l->s.p, ',', n);

	if (comma)
		n = (size_t)(comma - l->s.p) + 1;
	if (n < 2 || !strchr(":,", l->s.p[n - 1]) || !logline_is_kernel_tag(l->s.p, n - 1))
		return false;
	slice_skip(&l->s, n);
	if (comma && slice_skip_text(&l->s, "\""))
		l->quote = '"';
	l->has_tag = true;
	return true;
}

/*
 * HOST TAG: after a date, or without a date if the tag is the kernel's; or "HOST TAG PROCID MSGID
 * DATA" of RFC 5424. Any other tag is a program's, which can write anything, also a time like the
 * kernel's.
 */
static bool read_host(struct logline *l)
{
	size_t host = slice_count_word(&l->s, 0), tag, n;
	struct slice rest = l->s;
	bool is_kernel, is_5424 = false;
	const char *name;

	slice_skip(&rest, host);
	slice_skip_blanks(&rest);
	name = rest.p;
	tag = n = count_tag(&rest);
	/* A device without a name is "(none)". */
	if (*l->host || !host || host > 255 || !tag ||
	    (memchr(l->s.p, '(', host) && !slice_starts(&l->s, "(none) ")) ||
	    (memchr(l->s.p, ':', host) && !around_is_address(l->s.p, host)) ||
	    memchr(l->s.p, '=', host))
		return false;
	/* "kern.warn kernel:" of small systems, "warning kernel:" of others */
	if (around_is_facility(&rest, tag)) {
		slice_skip(&rest, tag);
		slice_skip_blanks(&rest);
		name = rest.p;
		tag = n = count_tag(&rest);
		if (!tag)
			return false;
	}
	if (name[tag - 1] != ':') {
		for (int i = 0; i < 3 && n; i++) {
			slice_skip(&rest, n);
			slice_skip_blanks(&rest);
			n = slice_count_word(&rest, 0);
		}
		is_5424 = l->is_5424 && n && (*rest.p == '[' || (n == 1 && *rest.p == '-'));
		if (!is_5424)
			return false;
		if (*rest.p == '[' && memchr(rest.p, ']', rest.len))
			n = (size_t)((const char *)memchr(rest.p, ']', rest.len) + 1 - rest.p);
	}
	is_kernel = logline_is_kernel_tag(name, tag - !is_5424);
	/* dmesg -T shows no host. */
	if (tag < 2 || tag > 64 || (!is_kernel && !l->may_name_host))
		return false;
	slice_skip(&rest, n);
	slice_skip_blanks(&rest);
	slice_skip_text(&rest, BYTE_ORDER_MARK);
	l->is_foreign |= !is_kernel;
	if (!is_kernel)
		text_copy(l->program, sizeof(l->program), name, strcspn(name, "[: "));
	/* "kern.warn kernel:" of small systems shows none. */
	if (!slice_starts(&l->s, "kern."))
		text_copy(l->host, sizeof(l->host), l->s.p, host);
	l->s = rest;
	l->has_tag = true;
	return true;
}

/* A host without a program, before the kernel's time or text. */
static bool read_lone_host(struct logline *l)
{
	size_t host = slice_count_word(&l->s, 0);
	struct logline rest = *l;

	slice_skip(&rest.s, host);
	slice_skip_blanks(&rest.s);
	if (!l->may_name_host || *l->host || strchr("\",[{", *l->s.p) || !host || host > 255 ||
	    memchr(l->s.p, '/', host) || memchr(l->s.p, '=', host) || l->s.p[host - 1] == ':' ||
	    (!kernel_text_is_fixed(&rest.s) && !read_bracket(&rest) &&
	     (l->time.has_year || !kernel_text_is_named(&rest.s))))
		return false;
	text_copy(l->host, sizeof(l->host), l->s.p, host);
	slice_skip(&l->s, host);
	l->is_untagged = true;
	return true;
}

/* "123:Apr" is not the name of a month. */
static bool is_date(const struct slice *s)
{
	size_t digits = slice_count_digits(s, 0);

	return !digits || (digits == 4 && strchr("-/", slice_at(s, 4))) ||
	       (digits == 2 && slice_at(s, 2) == '-' && slice_count_digits(s, 3) == 2);
}

/* Whether a time or a priority was read. */
static bool read_clear(struct logline *l)
{
	switch (slice_at(&l->s, 0)) {
	case '[':
		return read_bracket(l);
	case '<':
		return read_priority(l);
	default:
		return read_kmsg(l) || read_epoch(l) || (is_date(&l->s) && read_date(l)) ||
		       around_read_facility(l);
	}
}

/* Whether l continues with a prefix that cannot be the name of a process. */
static bool has_prefix(const struct logline *l)
{
	struct logline rest = *l;

	return read_clear(&rest) &&
	       (*l->s.p == '<' ? read_bracket(&rest)
			       : *l->s.p != '[' || rest.time.uptime_usec != TIMESTAMP_ABSENT ||
					 rest.time.has_date);
}

/*
 * What grep, cat -n and docker compose put before a line: "123:", "kern.log:", "kern.log:123:",
 * "kern.log-123-", "web-1  | ".
 */
static bool skip_source(struct logline *l)
{
	size_t word = slice_count_word(&l->s, 0), digits = slice_count_digits(&l->s, 0);
	struct logline rest = *l;
	bool is_numbered = word > 1 && slice_is_digit(l->s.p[word - 1]) &&
			   (memchr(l->s.p, '-', word) || memchr(l->s.p, '_', word));

	slice_skip(&rest.s, word);
	slice_skip_blanks(&rest.s);
	if (word && slice_skip_text(&rest.s, "| ")) {
		slice_skip_blanks(&rest.s);
		if (is_numbered || has_prefix(&rest)) {
			*l = rest;
			return true;
		}
	}
	rest = *l;
	slice_skip(&rest.s, digits + 1);
	if (digits && digits < 10 && rest.s.len && memchr(":-\t", l->s.p[digits], 3) &&
	    (l->s.p[digits] != '-' || *rest.s.p == ' ' || has_prefix(&rest) ||
	     kernel_text_is_fixed(&rest.s) || kernel_text_is_named(&rest.s)) &&
	    !timestamp_count(l->s.p, l->s.len)) {
		*l = rest;
		return true;
	}
	for (size_t i = 1; i <= word && i < MAX_WORD; i++) {
		rest = *l;
		slice_skip(&rest.s, i);
		if (i == word)
			slice_skip_blanks(&rest.s);
		if ((l->s.p[i - 1] == ':' || l->s.p[i - 1] == '-') &&
		    (has_prefix(&rest) || (rest.s.len && kernel_text_is_sure(&rest.s)))) {
			*l = rest;
			return true;
		}
	}
	return false;
}

/* Moves l to the kernel's time in its first word, perhaps behind other signs: "web1","[7.5]" */
static bool find_stamp(struct logline *l)
{
	size_t n = slice_count_word(&l->s, 0);
	const char *begin = l->s.p, *at;
	struct logline timed;

	while (n && (at = memchr(l->s.p, '[', n))) {
		timed = *l;
		timed.s = slice_from(&l->s, at);
		if ((at == begin || strchr("\"',;|>+", at[-1])) &&
		    (l->is_html || !memchr(begin, '/', (size_t)(at - begin))) &&
		    read_bracket(&timed) && timed.time.uptime_usec != TIMESTAMP_ABSENT) {
			l->s = slice_from(&l->s, at);
			return true;
		}
		n -= (size_t)(at + 1 - l->s.p);
		l->s = slice_from(&l->s, at + 1);
	}
	return false;
}

/*
 * Any words without a path or a program's tag, before text of the OOM killer; or, on a console that
 * programs share, any text before the kernel's time.
 */
static bool skip_words(struct logline *l)
{
	struct logline rest = *l, timed;
	bool has_tag = false;

	for (size_t n; rest.s.len;) {
		timed = rest;
		if (find_stamp(&timed)) {
			around_read_before(l, timed.s.p);
			if (timed.s.p > l->s.p && strchr("\"'", timed.s.p[-1]))
				l->quote = timed.s.p[-1];
			l->s = timed.s;
			return true;
		}
		if ((!has_tag && (kernel_text_is_sure(&rest.s) || kernel_text_is_named(&rest.s)))) {
			*l = rest;
			return true;
		}
		n = slice_count_word(&rest.s, 0);
		if (memmem(rest.s.p, n, "cpuset=", 7) ||
		    (rest.s.p != l->s.p && memchr(rest.s.p, '/', n) &&
		     !slice_starts(&rest.s, "node/")))
			return false;
		has_tag |= n && rest.s.p[n - 1] == ':';
		slice_skip(&rest.s, n);
		slice_skip_blanks(&rest.s);
	}
	return false;
}

static bool read_prefix(struct logline *l)
{
	bool is_timed = l->time.uptime_usec != TIMESTAMP_ABSENT;

	slice_skip_blanks(&l->s);
	if (!l->s.len || l->is_bare)
		return false;
	if (!l->has_prefix && around_skip_tag(l))
		return true;
	if (around_skip_task(l))
		return true;
	if (*l->s.p == '[' || *l->s.p == '<')
		return read_clear(l) || (!l->has_tag && !l->has_prefix &&
					 !kernel_text_is_fixed(&l->s) && skip_words(l));
	/* After "kernel:" only the kernel's own time and caller can follow, or the tag again. */
	if (l->has_tag)
		return slice_skip_text(&l->s, ": ") || slice_skip_text(&l->s, "kernel: ");
	if (kernel_text_is_fixed(&l->s))
		return false;
	if (read_clear(l) || around_skip_note(l) ||
	    (!l->has_prefix && (skip_source(l) || around_skip_mark(l))) || read_date(l) ||
	    read_tag(l) || read_host(l))
		return true;
	if (is_timed || kernel_text_is_named(&l->s))
		return slice_skip_text(&l->s, ": ");
	return read_lone_host(l) || around_skip_mark(l) || (!l->has_prefix && skip_words(l));
}

void logline_strip_prefix(struct logline *l)
{
	while (l->s.len && (l->s.p[l->s.len - 1] == '\r' || l->s.p[l->s.len - 1] == '\n'))
		l->s.len--;
	slice_skip_text(&l->s, BYTE_ORDER_MARK);
	for (int i = 0; i < MAX_PREFIXES && read_prefix(l); i++)
		;
	slice_skip_blanks(&l->s);
	around_trim(l);
}

void logline_strip(const char *line, size_t len, struct logline *l, char *scratch)
{
	memset(l, 0, sizeof(*l));
	timestamp_clear(&l->time);
	l->delta_usec = TIMESTAMP_ABSENT;
	l->s = (struct slice){ line, len < LOGLINE_MAX ? len : LOGLINE_MAX };
	decode_line(&l->s, scratch);
	logline_strip_prefix(l);
}
