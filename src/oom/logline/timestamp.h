/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timestamp: the time in a log line. Pure: this machine's clock and time zone are not used. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMESTAMP_ABSENT INT64_MIN

struct timestamp {
	bool has_date;                              /* month, day, hour, minute, second */
	bool has_year;                              /* and year, missing in syslog's old form */
	bool has_zone;                              /* and the offset from UTC */
	int year, month, day, hour, minute, second; /* month 1 to 12, 0: its name is unknown */
	int zone_minutes;                           /* east of UTC */
	int64_t epoch_usec;                         /* since 1970, UTC; TIMESTAMP_ABSENT */
	int64_t uptime_usec;                        /* of the kernel's clock; TIMESTAMP_ABSENT */
	int64_t record; /* number of the record of /dev/kmsg; TIMESTAMP_ABSENT */
	char text[40];  /* the date as written; "" */
};

void timestamp_clear(struct timestamp *s);

/* What the prefix of a record of /dev/kmsg contains; a second prefix is part of the message. */
static inline void timestamp_set_record(struct timestamp *s, int64_t record, int64_t uptime_usec)
{
	if (s->record == TIMESTAMP_ABSENT)
		s->record = record;
	s->uptime_usec = uptime_usec;
}

/* Keeps what the kernel's prefix says beside a date that was read elsewhere. */
static inline void timestamp_keep_clock(struct timestamp *to, const struct timestamp *from)
{
	to->uptime_usec = from->uptime_usec;
	to->record = from->record;
}

/*
 * Reads a date and time at the start of text: ISO 8601, the same between a weekday and a zone,
 * syslog's "Apr 18 16:56:16", "Sat Apr 18 16:56:16 2020", with names of months and days in any
 * language, or a time of day alone. Returns its length; 0: there is none.
 */
size_t timestamp_parse(const char *text, size_t len, struct timestamp *s);

/* The length of a date and time at the start of text; 0: there is none. */
size_t timestamp_count(const char *text, size_t len);

/* The time some seconds after a full minute. */
void timestamp_add_seconds(const struct timestamp *minute, int seconds, struct timestamp *s);

/* Adds the year to a date without it that is within two days of a time since 1970. */
void timestamp_add_year(struct timestamp *s, int64_t epoch_usec);

/* Seconds since 1970 of the date as if it were UTC; the year must be known. */
int64_t timestamp_utc_seconds(const struct timestamp *s);

/*
 * Microseconds between two dates; without a year, between the nearest days of these names.
 * TIMESTAMP_ABSENT: unknown.
 */
int64_t timestamp_between(const struct timestamp *a, const struct timestamp *b);

/* "2020-09-25 15:29:47", "Apr 18 16:56:16", "828.600750" since boot, or "". Returns buf. */
char *timestamp_format(const struct timestamp *s, char *buf, size_t size);
