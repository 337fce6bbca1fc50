/* SPDX-License-Identifier: GPL-2.0-or-later */
/* num: valid and invalid numbers. */
#include "unit.h"

#include <errno.h>
#include <limits.h>

#include "base/num.h"

static void parses_decimals(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max;
		int err;
		int64_t value;
	} cases[] = {
		{ "0", 0, 0, 0, 0 },
		{ "-1000", -1000, 1000, 0, -1000 },
		{ "1000", -1000, 1000, 0, 1000 },
		{ "+5", -17, 15, 0, 5 },
		{ "-0", 0, 5, 0, 0 },
		/* The kernel would parse it as octal; here it is decimal. */
		{ "010", 0, 100, 0, 10 },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, 0, INT64_MAX },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN },
		{ "1001", -1000, 1000, -ERANGE, 0 },
		{ "-1001", -1000, 1000, -ERANGE, 0 },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, -ERANGE, 0 },
		{ "-99999999999999999999999", INT64_MIN, INT64_MAX, -ERANGE, 0 },
		{ "", -9, 9, -EINVAL, 0 },
		{ "-", -9, 9, -EINVAL, 0 },
		{ "+", -9, 9, -EINVAL, 0 },
		{ "--5", -9, 9, -EINVAL, 0 },
		{ "+-5", -9, 9, -EINVAL, 0 },
		{ "- 5", -9, 9, -EINVAL, 0 },
		{ " 5", -9, 9, -EINVAL, 0 },
		{ "5 ", -9, 9, -EINVAL, 0 },
		{ "5\n", -9, 9, -EINVAL, 0 },
		{ "5a", -9, 9, -EINVAL, 0 },
		{ "0x5", -9, 9, -EINVAL, 0 },
		{ "1e3", -9999, 9999, -EINVAL, 0 },
		{ "5.0", -9, 9, -EINVAL, 0 },
		{ "five", -9, 9, -EINVAL, 0 },
		/* Text after a large number is invalid, not out of range. */
		{ "99999999999999999999x", -9, 9, -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		int64_t value = 4711;

		unit_number(cases[i].text,
			    num_parse(cases[i].text, cases[i].min, cases[i].max, &value),
			    cases[i].err);
		unit_number(cases[i].text, value, cases[i].err ? 4711 : cases[i].value);
	}
}

static void parses_sizes(void **state)
{
	static const struct {
		const char *text;
		int err;
		unsigned long long bytes;
	} cases[] = {
		{ "0", 0, 0 },
		{ "1", 0, 1 },
		{ "1B", 0, 1 },
		{ "512", 0, 512 },
		{ "1K", 0, 1024 },
		{ "1k", 0, 1024 },
		{ "1KB", 0, 1024 },
		{ "1KiB", 0, 1024 },
		{ "1kib", 0, 1024 },
		{ "3M", 0, 3145728 },
		{ "2G", 0, 2147483648 },
		{ "2g", 0, 2147483648 },
		{ "1T", 0, 1099511627776 },
		{ "1.5G", 0, 1610612736 },
		{ "0.5K", 0, 512 },
		{ "0.25M", 0, 262144 },
		{ "18446744073709551615", 0, 18446744073709551615ULL },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "16777215T", 0, 18446742974197923840ULL },
		{ "16777216T", -ERANGE, 0 },
		{ "99999999999999999999999G", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "K", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "-1G", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 K", -EINVAL, 0 },
		{ "1K ", -EINVAL, 0 },
		{ "1Q", -EINVAL, 0 },
		{ "1KX", -EINVAL, 0 },
		{ "1KiBi", -EINVAL, 0 },
		{ "1Ki B", -EINVAL, 0 },
		{ "1..5G", -EINVAL, 0 },
		{ "1,5G", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
		{ "inf", -EINVAL, 0 },
		{ "nan", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		unsigned long long bytes = 4711;

		unit_number(cases[i].text, num_parse_size(cases[i].text, &bytes), cases[i].err);
		if (!cases[i].err)
			unit_number(cases[i].text, (int64_t)bytes, (int64_t)cases[i].bytes);
	}
}

static void recognizes_negative_numbers(void **state)
{
	static const struct {
		const char *word;
		bool is_negative;
	} cases[] = {
		{ "-5", true },   { "-1000", true }, { "-0", true },   { "-", false },
		{ "--", false },  { "--5", false },  { "5", false },   { "-5x", false },
		{ "-r5", false }, { "-5 ", false },  { "-5-", false }, { "", false },
		{ "+5", false },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++)
		unit_number(cases[i].word, num_is_negative(cases[i].word), cases[i].is_negative);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_decimals),
		cmocka_unit_test(parses_sizes),
		cmocka_unit_test(recognizes_negative_numbers),
	};

	return UNIT_RUN(argc, argv, tests);
}
