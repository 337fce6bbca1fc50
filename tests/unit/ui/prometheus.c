/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prometheus: Prometheus' text format. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "ui/prometheus.h"

static const char *written(const char *value)
{
	static char copy[256];
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	prometheus_write_value(out, value);
	fclose(out);
	snprintf(copy, sizeof(copy), "%s", text);
	free(text);
	return copy;
}

static void a_label_value_is_escaped_and_utf8(void **state)
{
	static const struct {
		const char *value, *text;
	} cases[] = {
		{ "", "" },
		{ "ssh.service", "ssh.service" },
		{ "a b,c}{=", "a b,c}{=" },
		{ "a\"b", "a\\\"b" },
		{ "a\\x2db", "a\\\\x2db" },
		{ "a\nb", "a\\nb" },
		{ "\xc3\xa4", "\xc3\xa4" },
		{ "\xe2\x82\xac", "\xe2\x82\xac" },
		{ "\xc3", "\\\\xc3" },
		{ "\xc3(", "\\\\xc3(" },
		{ "\xff\xfe", "\\\\xff\\\\xfe" },
		{ "\t\x1b[1m\x7f", "\\\\x09\\\\x1b[1m\\\\x7f" },
		/* A surrogate, an overlong '/', and the override of the direction. */
		{ "\xed\xa0\x80", "\\\\xed\\\\xa0\\\\x80" },
		{ "\xc0\xaf", "\\\\xc0\\\\xaf" },
		{ "\xe2\x80\xae", "\\\\xe2\\\\x80\\\\xae" },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++)
		unit_text(cases[i].value, written(cases[i].value), cases[i].text);
}

static void a_family_has_help_and_type(void **state)
{
	const struct prometheus_label labels[] = { { "a", "1" }, { "b", "x\"" } };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	prometheus_family(out, "x_bytes", "gauge", "Some bytes.");
	prometheus_sample(out, "x_bytes", labels, 2, -5);
	prometheus_metric(out, "y_total", "counter", "Some.", INT64_MAX);
	fclose(out);
	unit_text("text", text,
		  "# HELP x_bytes Some bytes.\n# TYPE x_bytes gauge\n"
		  "x_bytes{a=\"1\",b=\"x\\\"\"} -5\n"
		  "# HELP y_total Some.\n# TYPE y_total counter\ny_total 9223372036854775807\n");
	free(text);
}

static void reads_a_sample(void **state)
{
	static const char *const labels[] = { "a", "b" };
	static const struct {
		const char *line;
		int err;
		const char *a, *b;
		uint64_t value;
	} cases[] = {
		{ "x{a=\"1\",b=\"\"} 7\n", 0, "1", "", 7 },
		{ "x{a=\"\\\\\",b=\"\\\"\\n\"} 7", 0, "\\", "\"\n", 7 },
		{ "x{a=\"1234567\",b=\"\"} 9223372036854775807", 0, "1234567", "", INT64_MAX },
		{ "x{a=\"12345678\",b=\"\"} 7", -EINVAL, NULL, NULL, 0 },
		{ "x{a=\"\",b=\"\"} 9223372036854775808", -EINVAL, NULL, NULL, 0 },
		{ "x{a=\"\",b=\"\"} -1", -EINVAL, NULL, NULL, 0 },
		{ "x{a=\"\",b=\"\"} 1.5", -EINVAL, NULL, NULL, 0 },
		{ "x{a=\"\",b=\"\"} ", -EINVAL, NULL, NULL, 0 },
		{ "x{a=\"\",b=\"\"}", -EINVAL, NULL, NULL, 0 },
		{ "x{b=\"\",a=\"\"} 1", -EINVAL, NULL, NULL, 0 },
		{ "x{a=\"\n\",b=\"\"} 1", -EINVAL, NULL, NULL, 0 },
		{ "x 1", -EINVAL, NULL, NULL, 0 },
		{ "xy{a=\"\",b=\"\"} 1", -ENOENT, NULL, NULL, 0 },
		{ "y 1", -ENOENT, NULL, NULL, 0 },
		{ "", -ENOENT, NULL, NULL, 0 },
	};
	char a[8], b[8];
	char *values[] = { a, b };

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		uint64_t value = 0;

		unit_number(cases[i].line,
			    prometheus_read_sample(cases[i].line, "x", labels, 2, values, sizeof(a),
						   &value),
			    cases[i].err);
		if (cases[i].err)
			continue;
		unit_text(cases[i].line, a, cases[i].a);
		unit_text(cases[i].line, b, cases[i].b);
		unit_number(cases[i].line, (int64_t)value, (int64_t)cases[i].value);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_label_value_is_escaped_and_utf8),
		cmocka_unit_test(a_family_has_help_and_type),
		cmocka_unit_test(reads_a_sample),
	};

	return UNIT_RUN(argc, argv, tests);
}
