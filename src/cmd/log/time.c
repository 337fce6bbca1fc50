/* SPDX-License-Identifier: GPL-2.0-or-later */
/* time: times of logs and of options, as seconds since 1970. */
#include "cmd/log/time.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY 86400

static int64_t local_seconds(const struct timestamp *s, int year)
{
	struct tm tm = {
		.tm_year = year - 1900,
		.tm_mon = s->month - 1,
		.tm_mday = s->day,
		.tm_hour = s->hour,
		.tm_min = s->minute,
		.tm_sec = s->second,
		.tm_isdst = -1,
	};

	return (int64_t)mktime(&tm);
}

bool log_time_of(const struct timestamp *s, time_t now, int64_t *seconds)
{
	struct tm tm;

	if (s->epoch_usec != TIMESTAMP_ABSENT) {
		*seconds = s->epoch_usec / 1000000;
		return true;
	}
	if (!s->has_date || !s->month)
		return false;
	if (s->has_year) {
		*seconds = s->has_zone ? timestamp_utc_seconds(s) - s->zone_minutes * 60
				       : local_seconds(s, s->year);
		return true;
	}
	localtime_r(&now, &tm);
	*seconds = local_seconds(s, tm.tm_year + 1900);
	if (*seconds > (int64_t)now + DAY)
		*seconds = local_seconds(s, tm.tm_year + 1899);
	return true;
}

static void set_date(struct timestamp *s, int64_t boot_usec)
{
	time_t seconds;
	struct tm tm;

	if (s->has_date)
		return;
	if (s->uptime_usec != TIMESTAMP_ABSENT && boot_usec &&
	    __builtin_add_overflow(s->uptime_usec, boot_usec, &s->epoch_usec))
		return;
	if (s->epoch_usec == TIMESTAMP_ABSENT)
		return;
	seconds = (time_t)(s->epoch_usec / 1000000);
	if (!localtime_r(&seconds, &tm))
		return;
	s->year = tm.tm_year + 1900;
	s->month = tm.tm_mon + 1;
	s->day = tm.tm_mday;
	s->hour = tm.tm_hour;
	s->minute = tm.tm_min;
	s->second = tm.tm_sec;
	s->has_date = s->has_year = true;
}

bool log_time_date(struct report *r, int64_t boot_usec, time_t now, int64_t *seconds)
{
	bool has_epoch = r->time.epoch_usec != TIMESTAMP_ABSENT;

	/* journald's records have both clocks. */
	if (!boot_usec && has_epoch && r->time.uptime_usec != TIMESTAMP_ABSENT)
		boot_usec = r->time.epoch_usec - r->time.uptime_usec;
	if (boot_usec || has_epoch) {
		set_date(&r->time, boot_usec);
		for (size_t i = 0; i < r->n_kills; i++)
			set_date(&r->kills[i].time, boot_usec);
	}
	return log_time_of(&r->time, now, seconds);
}

/* strptime(3) accepts day 31 of every month, and mktime(3) turns it into another day. */
static bool is_day(int year, int month, int day)
{
	static const int days[] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = year % 4 == 0 && (year % 100 || year % 400 == 0);

	return day <= days[month] + (is_leap && month == 2);
}

static int parse_ago(const char *text, time_t now, int64_t *seconds)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = {
		{ "s", 1 },       { "m", 60 },     { "h", 3600 },       { "d", DAY },
		{ "w", 7 * DAY }, { "second", 1 }, { "minute", 60 },    { "min", 60 },
		{ "hour", 3600 }, { "day", DAY },  { "week", 7 * DAY },
	};
	char *end;
	long n = strtol(text, &end, 10);
	size_t len;

	if (!isdigit((unsigned char)*text) || n < 0 || n > 1000000)
		return -EINVAL;
	end += strspn(end, " ");
	len = strcspn(end, " ");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t own = strlen(units[i].unit);
		bool is_plural = own > 1 && len == own + 1 && end[own] == 's';

		if (strncmp(end, units[i].unit, own) || (len != own && !is_plural))
			continue;
		if (end[len] && strcmp(end + len, " ago"))
			return -EINVAL;
		*seconds = (int64_t)now - n * units[i].seconds;
		return 0;
	}
	return -EINVAL;
}

int log_time_parse(const char *text, time_t now, int64_t *seconds)
{
	/* Forms that logs do not use, the longest first; each must match the whole text. */
	static const char *const formats[] = { "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d",
					       "%H:%M:%S", "%H:%M" };
	struct tm today, tm;
	struct timestamp found;

	timestamp_clear(&found);
	if (timestamp_parse(text, strlen(text), &found) == strlen(text) && found.has_date) {
		bool is_valid = is_day(found.year, found.month, found.day) &&
				log_time_of(&found, now, seconds);

		return is_valid ? 0 : -EINVAL;
	}
	localtime_r(&now, &today);
	today.tm_hour = today.tm_min = today.tm_sec = 0;
	today.tm_isdst = -1;
	if (strcasecmp(text, "now") == 0) {
		*seconds = (int64_t)now;
		return 0;
	}
	if (strcasecmp(text, "today") == 0 || strcasecmp(text, "yesterday") == 0) {
		today.tm_mday -= tolower((unsigned char)*text) == 'y';
		*seconds = (int64_t)mktime(&today);
		return 0;
	}
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const char *end;

		tm = today;
		end = strptime(text, formats[i], &tm);
		if (!end || *end)
			continue;
		if (!is_day(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) || tm.tm_sec > 60)
			return -EINVAL;
		tm.tm_isdst = -1;
		*seconds = (int64_t)mktime(&tm);
		return 0;
	}
	return parse_ago(text, now, seconds);
}
