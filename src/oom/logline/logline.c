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
#include "oom/logline/syslog.h"

#define MAX_PREFIXES 32
#define FOREIGN      8 /* the first priority of a facility other than the kernel's */
#define MAX_WORD     256
#define COMM_MAX     15                 /* bytes of a process's name */
#define MIN_EPOCH    1000000000000000LL /* of 2001 in microseconds; no machine runs so long */

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

/* Of two dates, the second is that of the event. After one, a time of day can be a name. */
static bool read_bracketed_date(struct logline *l, const struct slice *s)
{
	struct timestamp found;

	timestamp_clear(&found);
	if (!s->len || timestamp_parse(s->p, s->len, &found) != s->len ||
	    (l->time.has_date && (!found.has_date || s->len <= COMM_MAX)))
		return false;
	timestamp_keep_clock(&found, &l->time);
	if (!l->time.has_date)
		found.epoch_usec = l->time.epoch_usec;
	l->time = found;
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
	int64_t usec;
	size_t n;

	if (!slice_starts(&l->s, "[") || !close)
		return false;
	in.len = (size_t)(close - in.p);
	slice_skip_blanks(&in);
	delta = in.len && in.p[in.len - 1] == '>' ? memrchr(in.p, '<', in.len) : NULL;
	if (delta)
		in.len = (size_t)(delta - in.p);
	while (in.len && in.p[in.len - 1] == ' ')
		in.len--;
	n = (size_t)(close + 1 - l->s.p);
	usec = logline_read_uptime(&in);
	if (usec != TIMESTAMP_ABSENT) {
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
	return read_bracketed_date(l, &in) && take(l, n);
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

/* A host without a program, before the kernel's time or text. */
static bool read_lone_host(struct logline *l)
{
	size_t word = slice_count_word(&l->s, 0), len;
	const char *host = l->s.p;
	struct logline rest = *l;

	len = around_count_host(&host, word);
	slice_skip(&rest.s, word);
	slice_skip_blanks(&rest.s);
	if (!l->may_name_host || *l->host || strchr("\",[{", *host) || !word || word > 255 ||
	    memchr(host, '/', len) || memchr(host, '=', len) || host[len - 1] == ':' ||
	    (!kernel_text_is_fixed(&rest.s) && !read_bracket(&rest) &&
	     (l->time.has_year || !kernel_text_is_named(&rest.s))))
		return false;
	text_copy(l->host, sizeof(l->host), host, len);
	slice_skip(&l->s, word);
	l->is_untagged = true;
	return true;
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
		return read_kmsg(l) || read_epoch(l) ||
		       (syslog_is_date(&l->s) && syslog_read_date(l)) || around_read_facility(l);
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
	static const char event[] = "OOMKilling";
	struct logline rest = *l, timed;
	bool has_tag = false, is_event = false;

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
			l->is_event = is_event;
			l->is_foreign |= is_event;
			return true;
		}
		n = slice_count_word(&rest.s, 0);
		is_event |= n == strlen(event) && slice_starts(&rest.s, event);
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

/* "[2001:db8::7]:6665" */
static bool has_bracketed_host(const struct logline *l)
{
	const char *host = l->s.p;

	around_count_host(&host, slice_count_word(&l->s, 0));
	return l->may_name_host && host != l->s.p;
}

/*
 * "Apr 18 16:56:16 web1 kernel: ", "4,19685342,241227987454,-;": the prefix of the machine whose
 * messages a relay writes as its own kernel's. A line of the kernel can begin with the name of a
 * process, which is shorter.
 */
static bool read_relayed(struct logline *l)
{
	struct logline inner = { .s = l->s,
				 .has_prefix = true,
				 .is_5424 = l->is_5424,
				 .delta_usec = TIMESTAMP_ABSENT };
	bool may_be_named;

	timestamp_clear(&inner.time);
	for (int i = 0; i < MAX_PREFIXES && inner.s.len && !inner.is_bare &&
			(read_clear(&inner) || syslog_read_tag(&inner) ||
			 syslog_read_host(&inner) || read_lone_host(&inner));
	     i++)
		slice_skip_blanks(&inner.s);
	/* Before a name, a word behind a date alone can be a host or a part of the name. */
	may_be_named = inner.has_tag || inner.time.uptime_usec != TIMESTAMP_ABSENT;
	if (inner.s.p - l->s.p <= COMM_MAX || inner.is_foreign ||
	    !(kernel_text_is_fixed(&inner.s) || (may_be_named && kernel_text_is_named(&inner.s))))
		return false;
	inner.has_tag = true;
	inner.is_untagged = false;
	if (!*inner.host)
		memcpy(inner.host, l->host, sizeof(inner.host));
	if (!inner.time.has_date && inner.time.epoch_usec == TIMESTAMP_ABSENT) {
		timestamp_keep_clock(&l->time, &inner.time);
		inner.time = l->time;
	}
	*l = inner;
	return true;
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
		return read_clear(l) ||
		       (!l->has_tag && !l->has_prefix && !kernel_text_is_fixed(&l->s) &&
			skip_words(l)) ||
		       (has_bracketed_host(l) && (syslog_read_host(l) || read_lone_host(l)));
	/*
	 * After "kernel:" only the kernel's own time and caller can follow, the tag again, or a
	 * whole prefix.
	 */
	if (l->has_tag)
		return slice_skip_text(&l->s, ": ") || slice_skip_text(&l->s, "kernel: ") ||
		       (!l->is_foreign && read_relayed(l));
	if (kernel_text_is_fixed(&l->s))
		return false;
	if (read_clear(l) || around_skip_note(l) ||
	    (!l->has_prefix && (skip_source(l) || around_skip_mark(l))) || syslog_read_date(l) ||
	    syslog_read_tag(l) || syslog_read_host(l))
		return true;
	if (is_timed || kernel_text_is_named(&l->s))
		return slice_skip_text(&l->s, ": ");
	return read_lone_host(l) || around_skip_mark(l) || (!l->has_prefix && skip_words(l));
}

void logline_strip_prefix(struct logline *l)
{
	while (l->s.len && (l->s.p[l->s.len - 1] == '\r' || l->s.p[l->s.len - 1] == '\n'))
		l->s.len--;
	slice_skip_text(&l->s, LOGLINE_BOM);
	for (int i = 0; i < MAX_PREFIXES && read_prefix(l); i++)
		;
	slice_skip_blanks(&l->s);
	around_trim(l);
}

void logline_strip(const char *line, size_t len, struct logline *l, struct logline_state *state)
{
	memset(l, 0, sizeof(*l));
	timestamp_clear(&l->time);
	l->delta_usec = TIMESTAMP_ABSENT;
	l->s = (struct slice){ line, len < LOGLINE_MAX ? len : LOGLINE_MAX };
	decode_line(&l->s, state->scratch);
	syslog_skip_prefix(l, &state->syslog);
	logline_strip_prefix(l);
}
