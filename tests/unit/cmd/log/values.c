/* SPDX-License-Identifier: GPL-2.0-or-later */
/* values: the environment of the command that is run for a kill. */
#include "unit.h"

#include <stdlib.h>
#include <time.h>

#include "cmd/log/values.h"

static struct values v;

static void all_values(void **state)
{
	/* 1716671860 is 2024-05-25T21:17:40 in UTC. */
	const struct message m = {
		.seconds = 1716671860,
		.pid = 42,
		.uid = 1000,
		.adj = -5,
		.size_bytes = 536576,
		.name = "a \n$(b)\xc3\xa9\xff",
		.by = "kernel",
		.constraint = "memcg",
		.unit = "b.service",
		.cgroup = "/a.slice/b.service",
	};
	static const char *const want[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"OOM_TIME=2024-05-26T06:17:40+09:00",
		"OOM_PID=42",
		"OOM_NAME=a \\x0a$(b)\xc3\xa9\\xff",
		"OOM_UID=1000",
		"OOM_UNIT=b.service",
		"OOM_CONTAINER=",
		"OOM_CGROUP=/a.slice/b.service",
		"OOM_CONSTRAINT=memcg",
		"OOM_ADJ=-5",
		"OOM_SIZE=536576",
		"OOM_BY=kernel",
		"OOM_SKIPPED=3",
	};

	(void)state;
	setenv("TZ", "JST-9", 1);
	tzset();
	values_fill(&v, &m, 3);
	for (size_t i = 0; i < UNIT_LENGTH(want); i++)
		unit_text(want[i], v.list[i], want[i]);
	assert_null(v.list[UNIT_LENGTH(want)]);
	setenv("TZ", "NST3:30", 1);
	tzset();
	values_fill(&v, &m, 3);
	unit_text("west", v.list[1], "OOM_TIME=2024-05-25T17:47:40-03:30");
}

static void unknown_and_long_values(void **state)
{
	struct message m = { .seconds = REPORT_ABSENT,
			     .pid = REPORT_ABSENT,
			     .uid = REPORT_ABSENT,
			     .adj = REPORT_ABSENT,
			     .size_bytes = REPORT_ABSENT };

	(void)state;
	memset(m.cgroup, 0xff, sizeof(m.cgroup) - 1);
	values_fill(&v, &m, 0);
	unit_text("time", v.list[1], "OOM_TIME=");
	unit_text("pid", v.list[2], "OOM_PID=");
	unit_text("size", v.list[10], "OOM_SIZE=");
	/* Each of 1023 bytes is four characters. */
	unit_number("cgroup", (int64_t)strlen(v.list[7]), 11 + 4092);
	/* No year has so many digits. */
	m.seconds = INT64_MAX;
	values_fill(&v, &m, UINT64_MAX / 2);
	unit_text("time", v.list[1], "OOM_TIME=");
	unit_text("skipped", v.list[12], "OOM_SKIPPED=9223372036854775807");
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_values),
		cmocka_unit_test(unknown_and_long_values),
	};

	return UNIT_RUN(argc, argv, tests);
}
