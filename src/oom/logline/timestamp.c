/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timestamp: the time in a log line. */
#include "oom/logline/timestamp.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/*
 * Names of months in other languages, as date(1) writes them. "lis", "lip" and "srp" are not here:
 * they are different months in Polish, Czech and Croatian.
 */
static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char *const other_names[12] = {
	" jan janv jän ene gen sty янв січ led ",
	" fév févr feb fev lut фев лют úno ",
	" mär mars mrt mar мар бер bře ",
	" avr avril abr apr kwi апр кві dub ",
	" mai may mag maj mei мая май тра kvě ",
	" juin jun giu cze июн чер ",
	" juil jul lug июл лип ",
	" août ago aug sie авг сер ",
	" sept sep set wrz сен вер zář ",
	" okt oct ott out paź окт жов říj ",
	" nov нояб ноя лис ",
	" déc dez dic dec gru дек гру ",
};

void timestamp_clear(struct timestamp *s)
{
	memset(s, 0, sizeof(*s));
	s->epoch_usec = s->uptime_usec = s->record = TIMESTAMP_ABSENT;
}

#define DAY_SECONDS  86400
#define YEAR_SECONDS 31556952 /* on average */
#define LEAP_YEAR    2000
#define LEAP_SECONDS (366 * DAY_SECONDS) /* of a leap year */
#define MAX_NAME     24 /* bytes of the name of a month or a day, in any language */
#define MAX_DAY      12 /* bytes of the short name of a day; a longer word is a host */

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

/* HH:MM:SS with an optional fraction. Returns its end; NULL: none, as in the functions below. */
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
	p = parse_zone(p, end, s);
	if (!s->has_zone && end - p > 5 && *p == ' ' && digits(p + 2, end, 4) >= 0)
		p = p[1] == '+' || p[1] == '-' ? parse_zone(p + 1, end, s) : p;
	return p;
}

/* "05-26 06:17:40.123" of Android */
static const char *parse_month_day(const char *p, const char *end, struct timestamp *s)
{
	int month = digits(p, end, 2), day = end - p > 14 ? digits(p + 3, end, 2) : -1;

	if (month < 1 || month > 12 || day < 1 || day > 31 || p[2] != '-' || p[5] != ' ')
		return NULL;
	s->month = month;
	s->day = day;
	s->has_date = true;
	return parse_clock(p + 6, end, s);
}

/* Whether a word can be a day, a month or a number: none is longer or has another sign in it. */
static bool is_name(const char *p, const char *end)
{
	size_t len = (size_t)(end - p);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)p[i] < 0x80 && !isalnum((unsigned char)p[i]) && p[i] != '.')
			return false;
	return len > 0 && len <= MAX_NAME;
}

/* "Sun 2026-11-22 21:22:24 UTC" of journalctl -o short-full; any other zone is taken as local. */
static const char *parse_full(const char *p, const char *end, struct timestamp *s)
{
	const char *day = p, *zone;
	size_t n = 0;

	while (p < end && *p != ' ' && !is_digit_at(p, end))
		p++;
	if (!is_name(day, p) || p >= end || *p != ' ')
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
	char own[16];

	if (len >= 3)
		for (int i = 0; i < 12; i++)
			if (memcmp(month_names + 3 * i, word, 3) == 0)
				return i + 1;
	if (len && len + 3 < sizeof(own)) {
		/* A dot may end it, and a capital begin it. */
		snprintf(own, sizeof(own), " %.*s ", (int)(len - (word[len - 1] == '.')), word);
		own[1] = (char)tolower((unsigned char)own[1]);
		for (int i = 0; i < 12; i++)
			if (strstr(other_names[i], own))
				return i + 1;
	}
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

/* One or two digits, an optional dot as in "25.", and a blank. */
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

/* "16:56:16 2020" or "2020 16:56:16", after the day and the month. */
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

/* [WEEKDAY or YEAR] MONTH DAY CLOCK [YEAR], or the day before the month. */
static const char *parse_words(const char *p, const char *end, struct timestamp *s)
{
	const char *words[3], *ends[3], *q = p;
	int n = 0;

	while (n < 3 && q < end) {
		int month, day;

		words[n] = q;
		ends[n] = word_end(q, end);
		if (ends[n] >= end || *ends[n] != ' ' || !is_name(q, ends[n]) ||
		    (n == 0 && ends[n] - q > MAX_DAY && !is_digit_at(q, end) &&
		     !find_month(q, (size_t)(ends[n] - q))))
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
		if (!p)
			continue;
		if (n == 3 && month && !s->has_year && ends[0] - words[0] == 4) {
			s->year = digits(words[0], ends[0], 4);
			s->has_year = s->year >= 1970;
		}
		return p;
	}
	return NULL;
}

/* "May 26, 2024 @ 06:17:40.123" of Kibana */
static const char *parse_kibana(const char *p, const char *end, struct timestamp *s)
{
	const char *name = p, *name_end = word_end(p, end);
	int day = 0, year;

	if (name_end == end)
		return NULL;
	for (p = name_end + 1; is_digit_at(p, end) && day < 32; p++)
		day = day * 10 + (*p - '0');
	year = end - p > 9 ? digits(p + 2, end, 4) : -1;
	if (day < 1 || day > 31 || year < 1970 || memcmp(p, ", ", 2) || memcmp(p + 6, " @ ", 3))
		return NULL;
	s->month = find_month(name, (size_t)(name_end - name));
	if (!s->month)
		return NULL;
	s->day = day;
	s->year = year;
	s->has_date = s->has_year = true;
	return parse_clock(p + 9, end, s);
}

size_t timestamp_parse(const char *text, size_t len, struct timestamp *s)
{
	static const char *(*const forms[])(const char *, const char *, struct timestamp *) = {
		parse_iso, parse_full, parse_month_day, parse_kibana, parse_words, parse_clock
	};
	const char *end = text + len, *p = NULL;
	struct timestamp found;

	for (size_t i = 0; !p && i < sizeof(forms) / sizeof(forms[0]); i++) {
		found = *s;
		p = forms[i](text, end, &found);
	}
	if (!p || (p < end && !memchr(" ]:\t,\"", *p, 6)))
		return 0;
	*s = found;
	if (s->has_date || !*s->text)
		text_copy(s->text, sizeof(s->text), text, (size_t)(p - text));
	return (size_t)(p - text);
}

size_t timestamp_count(const char *text, size_t len)
{
	struct timestamp found;

	timestamp_clear(&found);
	return timestamp_parse(text, len, &found);
}

void timestamp_add_seconds(const struct timestamp *minute, int seconds, struct timestamp *s)
{
	size_t len = strlen(minute->text);

	*s = *minute;
	s->second = seconds;
	if (len > 2)
		snprintf(s->text + len - 2, 3, "%02u", (unsigned int)seconds % 60);
}

void timestamp_add_year(struct timestamp *s, int64_t epoch_usec)
{
	int64_t seconds = epoch_usec / 1000000;
	struct timestamp found = *s;

	if (!s->has_date || s->has_year || !s->month || epoch_usec < 0)
		return;
	found.has_year = true;
	found.year = 1969 + (int)(seconds / YEAR_SECONDS);
	for (int i = 0; i < 3; i++, found.year++)
		if (llabs(timestamp_utc_seconds(&found) - seconds) <= 2 * DAY_SECONDS)
			*s = found;
}

int64_t timestamp_utc_seconds(const struct timestamp *s)
{
	/* Days since 1970; years begin in March, so that the leap day is their last. */
	int64_t year = s->year - (s->month <= 2), month = (s->month + 9) % 12;
	int64_t days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 +
		       s->day - 1 - 719468;

	return ((days * 24 + s->hour) * 60 + s->minute) * 60 + s->second;
}

int64_t timestamp_between(const struct timestamp *a, const struct timestamp *b)
{
	struct timestamp x = *a, y = *b;
	bool has_year = a->has_year && b->has_year;
	int64_t seconds;

	if (a->epoch_usec != TIMESTAMP_ABSENT && b->epoch_usec != TIMESTAMP_ABSENT)
		return llabs(a->epoch_usec - b->epoch_usec);
	if (!a->has_date || !b->has_date || !a->month || !b->month)
		return TIMESTAMP_ABSENT;
	if (!has_year)
		x.year = y.year = LEAP_YEAR;
	seconds = timestamp_utc_seconds(&x) - timestamp_utc_seconds(&y);
	if (a->has_zone && b->has_zone)
		seconds -= (a->zone_minutes - b->zone_minutes) * 60;
	seconds = llabs(seconds);
	if (!has_year && seconds > LEAP_SECONDS / 2)
		seconds = LEAP_SECONDS - seconds;
	return seconds * 1000000;
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
