/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format: sizes near rounding limits, and bars of any width. */
#include "unit.h"

#include <locale.h>

#include "ui/format.h"

static void formats_amounts(void **state)
{
	static const struct {
		int64_t bytes;
		const char *want;
	} cases[] = {
		{ 0, "0" },
		{ 1, "1B" },
		{ 512, "512B" },
		{ 1023, "1023B" },
		{ 1024, "1.0K" },
		{ 4096, "4.0K" },
		{ 1075, "1.0K" }, /* 1.0498 */
		{ 1076, "1.1K" }, /* 1.0508 */
		{ 10240, "10.0K" },
		{ 102348, "99.9K" }, /* 99.949 */
		{ 102349, "100K" },  /* 99.9502: four digits with a point would be one too many */
		{ 102400, "100K" },
		{ 123731968, "118M" },
		{ 1023 * 1024, "1023K" },
		{ 1048063, "1023K" }, /* 1023.499 */
		{ 1048064, "1.0M" },  /* 1023.5 rounds to 1024K */
		{ 1048576, "1.0M" },
		{ INT64_C(1024) * 1024 * 1024, "1.0G" },
		{ INT64_C(25275500) * 1024, "24.1G" }, /* 24.1046 */
		{ INT64_C(1) << 40, "1.0T" },
		{ INT64_C(1) << 50, "1.0P" },
		{ INT64_C(1) << 60, "1.0E" },
		{ INT64_MAX, "8.0E" },
		{ -1, "-1B" },
		{ -1024, "-1.0K" },
		{ -1048064, "-1.0M" },
		{ INT64_C(-23944442675), "-22.3G" }, /* -22.29999999 */
		{ INT64_MIN, "-8.0E" },
	};
	char buf[FORMAT_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		assert_ptr_equal(format_format(cases[i].bytes, buf), buf);
		unit_text(cases[i].want, buf, cases[i].want);
	}
}

static void bars_of_any_width(void **state)
{
	static const struct {
		int64_t thousandths;
		int cells, drawn;
		const char *want;
	} cases[] = {
		{ 500, 0, 0, "" },     { 1, 0, 0, "" },       { 1, 3, 1, "▏" },
		{ 1000, 3, 3, "███" }, { 1500, 3, 3, "███" }, { 417, 3, 2, "█▎" },
	};
	char buf[16];

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		unit_number(cases[i].want,
			    format_bar(cases[i].thousandths, cases[i].cells, buf, sizeof(buf)),
			    cases[i].drawn);
		unit_text(cases[i].want, buf, cases[i].want);
	}
	/* Without block characters, less than half a cell is drawn as none. */
	assert_non_null(setlocale(LC_CTYPE, "C"));
	assert_int_equal(format_bar(417, 3, buf, sizeof(buf)), 1);
	assert_string_equal(buf, "#");
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_amounts),
		cmocka_unit_test(bars_of_any_width),
	};

	return UNIT_RUN(argc, argv, tests);
}
