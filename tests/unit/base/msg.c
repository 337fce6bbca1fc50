/* SPDX-License-Identifier: GPL-2.0-or-later */
/* msg: one line a message, escaped, and who is heard at which verbosity. */
#include "unit.h"

#include <locale.h>
#include <stdlib.h>

#include "base/msg.h"

static FILE *real;
static char *said;
static size_t size;

static void listen(void)
{
	real = stderr;
	stderr = open_memstream(&said, &size);
}

/* What was said since listen(). */
static void expect_said(const char *name, const char *want)
{
	fclose(stderr);
	stderr = real;
	unit_text(name, said, want);
	free(said);
}

static void a_message_is_one_line(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	listen();
	msg_error("pid %d (%s): %s", 42, "a\nb\x1b[31m\xff\xc2\x9b\xe2\x80\xae",
		  "d\xc3\xa9j\xc3\xa0");
	expect_said("hostile", "oomctl: pid 42 (a\\x0ab\\x1b[31m\\xff\\xc2\\x9b\\xe2\\x80\\xae): "
			       "d\xc3\xa9j\xc3\xa0\n");
	listen();
	msg_error("%s", "100% of %s %n");
	expect_said("percent signs", "oomctl: 100% of %s %n\n");
}

static void verbosity_chooses(void **state)
{
	static const struct {
		int verbosity;
		const char *want;
	} cases[] = {
		{ -1, "oomctl: e\n" },
		{ 0, "oomctl: e\noomctl: w\n" },
		{ 1, "oomctl: e\noomctl: w\noomctl: d\n" },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		msg_verbosity = cases[i].verbosity;
		listen();
		msg_error("e");
		msg_warn("w");
		msg_detail("d");
		expect_said("verbosity", cases[i].want);
	}
	msg_verbosity = 0;
}

/* Whatever its length, a message ends with a newline, and what is cut says so. */
static void a_long_message_is_cut(void **state)
{
	static const char fill[] = { 'a', '\x1b' };
	char text[5000];

	(void)state;
	for (size_t k = 0; k < UNIT_LENGTH(fill); k++) {
		for (size_t len = 1990; len < sizeof(text); len += len < 2060 ? 1 : 971) {
			memset(text, fill[k], len);
			text[len] = '\0';
			listen();
			msg_error("%s", text);
			fclose(stderr);
			stderr = real;
			assert_true(size > 1000 && size < 4200);
			assert_int_equal(said[size - 1], '\n');
			assert_ptr_equal(strchr(said, '\n'), said + size - 1);
			if (fill[k] == 'a' && len > 2048)
				unit_text("end", said + size - 5, "a...\n");
			free(said);
		}
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_one_line),
		cmocka_unit_test(verbosity_chooses),
		cmocka_unit_test(a_long_message_is_cut),
	};

	return UNIT_RUN(argc, argv, tests);
}
