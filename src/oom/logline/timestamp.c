/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timestamp: the time in a log line. */
#include "oom/logline/timestamp.h"

#include <stdio.h>
#include <string.h>

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

void timestamp_clear(struct timestamp *s)
{
	memset(s, 0, sizeof(*s));
	s->epoch_usec = s->uptime_usec = TIMESTAMP_ABSENT;
}

/* Exactly width digits at p, or -1. */
static int digits(const char *p, const char *end, int width)
{
	int value = 0;

	if (end - p < width)
		return -1;
	for (int i = 0; i < width; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

static bool is_digit_at(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

/* HH:MM:SS and perhaps a fraction. Returns the end, or NULL if there is none, as the others do. */
static const char *parse_clock(const char *p, const char *end, struct timestamp *s)
{
	int hour = digits(p, end, 2), minute, second;

	if (hour < 0 || hour > 23 || end - p < 8 || p[2] != ':' || p[5] != ':')
		return NULL;
	minute = digits(p + 3, end, 2);
	second = digits(p + 6, end, 2);
	if (minute < 0 || minute > 59 || second < 0 || second > 60)
		return NULL;
	p += 8;
	if (p < end && (*p == '.' || *p == ',') && is_digit_at(p + 1, end))
		for (p++; is_digit_at(p, end); p++)
			;
	/* 12:34:56:78 is a hardware address. */
	if (p < end && *p == ':' && is_digit_at(p + 1, end))
		return NULL;
	s->hour = hour;
	s->minute = minute;
	s->second = second;
	return p;
}

/* Z, +02, +0200 or +02:00; another zone's name is not read. */
static const char *parse_zone(const char *p, const char *end, struct timestamp *s)
{
	int sign, hours, minutes = 0;

	if (p < end && *p == 'Z') {
		s->has_zone = true;
		return p + 1;
	}
	if (p >= end || (*p != '+' && *p != '-'))
		return p;
	sign = *p == '-' ? -1 : 1;
	hours = digits(p + 1, end, 2);
	if (hours < 0 || hours > 15)
		return p;
	p += 3;
	if (p < end && *p == ':' && digits(p + 1, end, 2) >= 0)
		p++;
	if (digits(p, end, 2) >= 0) {
		minutes = digits(p, end, 2);
		p += 2;
	}
	s->zone_minutes = sign * (hours * 60 + minutes);
	s->has_zone = true;
	return p;
}

/* 2024-05-26T06:17:40.123+02:00, also with a blank instead of the T, and with slashes. */
static const char *parse_iso(const char *p, const char *end, struct timestamp *s)
{
	int year = digits(p, end, 4), month, day;

	if (year < 1970 || end - p < 19 || (p[4] != '-' && p[4] != '/') || p[7] != p[4])
		return NULL;
	month = digits(p + 5, end, 2);
	day = digits(p + 8, end, 2);
	if (month < 1 || month > 12 || day < 1 || day > 31 || (p[10] != 'T' && p[10] != ' '))
		return NULL;
	p = parse_clock(p + 11, end, s);
	if (!p)
		return NULL;
	s->year = year;
	s->month = month;
	s->day = day;
	s->has_date = s->has_year = true;
	return parse_zone(p, end, s);
}

/* "Sun 2026-11-22 21:22:24 UTC" of journalctl -o short-full; another zone is the reader's. */
static const char *parse_full(const char *p, const char *end, struct timestamp *s)
{
	const char *day = p, *zone;
	size_t n = 0;

	while (p < end && *p != ' ' && !is_digit_at(p, end))
		p++;
	if (p == day || p - day > 24 || p >= end || *p != ' ')
		return NULL;
	p = parse_iso(p + 1, end, s);
	if (!p || s->has_zone || end - p < 2 || *p != ' ')
		return p;
	zone = parse_zone(p + 1, end, s);
	if (s->has_zone)
		return zone;
	while (zone + n < end && zone[n] >= 'A' && zone[n] <= 'Z')
		n++;
	if (n < 2 || n > 5)
		return p;
	s->has_zone = n == 3 && (memcmp(zone, "UTC", n) == 0 || memcmp(zone, "GMT", n) == 0);
	return zone + n;
}

static int find_month(const char *word, size_t len)
{
	if (len >= 3)
		for (int i = 0; i < 12; i++)
			if (memcmp(month_names + 3 * i, word, 3) == 0)
				return i + 1;
	/* East Asian locales number them: "9月". */
	if (is_digit_at(word, word + len) && len > 1) {
		int value = *word - '0';

		if (word[1] >= '0' && word[1] <= '9')
			value = value * 10 + (word[1] - '0');
		if ((unsigned char)word[len - 1] >= 0x80 && value >= 1 && value <= 12)
			return value;
	}
	return 0;
}

/* One or two digits and a blank, perhaps with the dot of "25." */
static const char *parse_day(const char *p, const char *end, int *day)
{
	int value = 0, n = 0;

	for (; n < 2 && is_digit_at(p, end); n++)
		value = value * 10 + (*p++ - '0');
	if (p < end && *p == '.')
		p++;
	if (n == 0 || value < 1 || value > 31 || p >= end || *p != ' ')
		return NULL;
	*day = value;
	return p;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && *p == ' ')
		p++;
	return p;
}

static const char *word_end(const char *p, const char *end)
{
	while (p < end && *p != ' ' && *p != ']')
		p++;
	return p;
}

/* "16:56:16 2020" or "2020 16:56:16", behind the day and the month. */
static const char *parse_rest(const char *p, const char *end, struct timestamp *s)
{
	int year = digits(p, end, 4);
	const char *q;

	if (year >= 1970 && end - p > 5 && p[4] == ' ')
		p += 5;
	else
		year = 0;
	p = parse_clock(p, end, s);
	if (!p)
		return NULL;
	q = skip_blanks(p, end);
	if (!year && q > p && digits(q, end, 4) >= 1970 && !is_digit_at(q + 4, end) &&
	    (end - q == 4 || q[4] == ' ' || q[4] == ']')) {
		year = digits(q, end, 4);
		p = q + 4;
	}
	s->year = year;
	s->has_year = year > 0 && s->month > 0;
	s->has_date = true;
	return p;
}

/* [WEEKDAY] MONTH DAY CLOCK [YEAR], or the day before the month. */
static const char *parse_words(const char *p, const char *end, struct timestamp *s)
{
	const char *words[3], *ends[3], *q = p;
	int n = 0;

	while (n < 3 && q < end) {
		int month, day;

		words[n] = q;
		ends[n] = word_end(q, end);
		/* No name of a month or a day is longer in any language, or has a sign in it. */
		if (ends[n] == q || ends[n] - q > 24 || ends[n] >= end || *ends[n] != ' ' ||
		    memchr(q, '=', (size_t)(ends[n] - q)))
			return NULL;
		q = skip_blanks(ends[n], end);
		if (++n < 2)
			continue;
		if (parse_day(words[n - 1], end, &day))
			month = find_month(words[n - 2], (size_t)(ends[n - 2] - words[n - 2]));
		else if (parse_day(words[n - 2], end, &day))
			month = find_month(words[n - 1], (size_t)(ends[n - 1] - words[n - 1]));
		else
			continue;
		s->month = month;
		s->day = day;
		p = parse_rest(q, end, s);
		if (p)
			return p;
	}
	return NULL;
}

size_t timestamp_parse(const char *text, size_t len, struct timestamp *s)
{
	static const char *(*const forms[])(const char *, const char *,
					    struct timestamp *) = { parse_iso, parse_full,
								    parse_words, parse_clock };
	const char *end = text + len, *p = NULL;
	struct timestamp found;

	for (size_t i = 0; !p && i < sizeof(forms) / sizeof(forms[0]); i++) {
		found = *s;
		p = forms[i](text, end, &found);
	}
	if (!p || (p < end && *p != ' ' && *p != ']' && *p != ':' && *p != '\t'))
		return 0;
	*s = found;
	if (s->has_date || !*s->text)
		snprintf(s->text, sizeof(s->text), "%.*s", (int)(p - text), text);
	return (size_t)(p - text);
}

int64_t timestamp_utc_seconds(const struct timestamp *s)
{
	/* Days since 1970; years begin in March, so that the leap day is their last. */
	int64_t year = s->year - (s->month <= 2), month = (s->month + 9) % 12;
	int64_t days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 +
		       s->day - 1 - 719468;

	return ((days * 24 + s->hour) * 60 + s->minute) * 60 + s->second;
}

char *timestamp_format(const struct timestamp *s, char *buf, size_t size)
{
	buf[0] = '\0';
	if (s->has_year)
		snprintf(buf, size, "%04d-%02d-%02d %02d:%02d:%02d", s->year, s->month, s->day,
			 s->hour, s->minute, s->second);
	else if (*s->text)
		snprintf(buf, size, "%s", s->text);
	else if (s->uptime_usec != TIMESTAMP_ABSENT)
		snprintf(buf, size, "%lld.%06lld", (long long)(s->uptime_usec / 1000000),
			 (long long)(s->uptime_usec % 1000000));
	return buf;
}
