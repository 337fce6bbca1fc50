/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory: the pressure files. */
#include "unit.h"

#include "sys/live/memory.h"

static void pressure_of_ten_seconds(void **state)
{
	static const char text[] = "some avg10=1.53 avg60=0.87 avg300=0.73 total=1067963\n"
				   "full avg10=100.00 avg60=0.00 avg300=0.00 total=5\n";

	(void)state;
	unit_number("some", memory_parse_pressure(text, "some"), 153);
	unit_number("full", memory_parse_pressure(text, "full"), 10000);
	unit_number("missing", memory_parse_pressure("some avg10=0.05 avg60\n", "full"), -1);
	unit_number("small", memory_parse_pressure("some avg10=0.05 avg60\n", "some"), 5);
	unit_number("empty", memory_parse_pressure("", "some"), -1);
	unit_number("other", memory_parse_pressure("some total=5\n", "some"), -1);
	unit_number("negative", memory_parse_pressure("some avg10=-1.00\n", "some"), -1);
	unit_number("too much", memory_parse_pressure("some avg10=101.00\n", "some"), -1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pressure_of_ten_seconds),
	};

	return UNIT_RUN(argc, argv, tests);
}
