/* SPDX-License-Identifier: GPL-2.0-or-later */
/* time: times in logs and in options; the seconds were computed with date(1). */
#include "unit.h"

#include <stdlib.h>

#include "cmd/log/time.h"

#define NOW 1716704260 /* 2024-05-26 06:17:40 UTC, a Sunday */

static void times_of_options(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* -1: refused */
	} times[] = {
		{ "2024-05-26", 1716681600 },
		{ "2024-05-26 06:17", 1716704220 },
		{ "2024-05-26 06:17:39", 1716704259 },
		{ "2024-05-26T06:17:39", 1716704259 },
		{ "06:17", 1716704220 },
		{ "today", 1716681600 },
		{ "yesterday", 1716595200 },
		{ "now", NOW },
		{ "90m", NOW - 5400 },
		{ "2h", NOW - 7200 },
		{ "3 days ago", NOW - 259200 },
		{ "1 week", NOW - 604800 },
		{ "", -1 },
		{ "2h later", -1 },
		{ "tomorrow", -1 },
		{ "-2h", -1 },
		{ "2024-13-01", -1 },
		{ "5", -1 },
		/* Days that do not exist, and one that does. */
		{ "2024-02-30", -1 },
		{ "2023-02-29", -1 },
		{ "1900-02-29", -1 },
		{ "2024-04-31 10:00", -1 },
		{ "2024-05-00", -1 },
		{ "24:61", -1 },
		{ "24:00", -1 },
		{ "10:00:61", -1 },
		{ "2024-02-29", 1709164800 },
		/* The form of logs. */
		{ "2024-05-26T06:17:39Z", 1716704259 },
		{ "2024-05-26 08:17:39.5+02:00", 1716704259 },
		{ "Sun 2024-05-26 06:17:39 UTC", 1716704259 },
		{ "May 26 06:17:39", 1716704259 },
		{ "2024-02-30T06:17:39Z", -1 },
		{ "2024-05-26T06:17:39Z later", -1 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(times); i++) {
		int64_t seconds = -1;

		if (log_time_parse(times[i].text, NOW, &seconds))
			seconds = -1;
		unit_number(times[i].text, seconds, times[i].seconds);
	}
}

static void times_of_logs(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} stamps[] = {
		{ "2024-05-26T06:17:40+00:00", 1716704260 },
		{ "2024-05-26T08:17:40.123456+02:00", 1716704260 },
		{ "2024-05-26T06:17:40Z", 1716704260 },
		{ "2024-02-29 23:59:59", 1709251199 },
		{ "1999-12-31T23:59:60Z", 946684800 },
		{ "Sun 2024-05-26 06:17:40 UTC", 1716704260 },
		{ "dim. 2024-05-26 08:17:40 +0200", 1716704260 },
		{ "Sun May 26 06:17:40 2024", 1716704260 },
		/* Without a year: this year unless that is in the future, else last year. */
		{ "May 26 06:17:40", 1716704260 },
		{ "Dec 31 00:00:00", 1703980800 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(stamps); i++) {
		struct timestamp s;
		int64_t seconds = -1;

		timestamp_clear(&s);
		unit_number("length",
			    (int64_t)timestamp_parse(stamps[i].text, strlen(stamps[i].text), &s),
			    (int64_t)strlen(stamps[i].text));
		assert_true(log_time_of(&s, NOW, &seconds));
		unit_number(stamps[i].text, seconds, stamps[i].seconds);
	}
}

static void invalid_dates(void **state)
{
	static const char *const texts[] = { "12:34:56:78:9a:bc", "Node 0 DMA", "2024-05",
					     "99:00:00",          "12345",      "" };
	struct timestamp s;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(texts); i++) {
		timestamp_clear(&s);
		unit_number(texts[i], (int64_t)timestamp_parse(texts[i], strlen(texts[i]), &s), 0);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_of_options),
		cmocka_unit_test(times_of_logs),
		cmocka_unit_test(invalid_dates),
	};

	setenv("TZ", "UTC", 1);
	return UNIT_RUN(argc, argv, tests);
}
