/* SPDX-License-Identifier: GPL-2.0-or-later */
/* msg: one line per message, escaped; which messages each verbosity shows. */
#include "stderr.h"

#include <locale.h>
#include <stdlib.h>

#include "base/msg.h"

static char *said;
static size_t size;

/* The messages since stderr_listen(). */
static void expect_said(const char *name, const char *want)
{
	said = stderr_said(&size);
	unit_text(name, said, want);
	free(said);
}

static void a_message_is_one_line(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	stderr_listen();
	msg_error("pid %d (%s): %s", 42, "a\nb\x1b[31m\xff\xc2\x9b\xe2\x80\xae",
		  "d\xc3\xa9j\xc3\xa0");
	expect_said("hostile", "oomctl: pid 42 (a\\x0ab\\x1b[31m\\xff\\xc2\\x9b\\xe2\\x80\\xae): "
			       "d\xc3\xa9j\xc3\xa0\n");
	stderr_listen();
	msg_error("%s", "100% of %s %n");
	expect_said("percent signs", "oomctl: 100% of %s %n\n");
}

static void verbosity_selects_messages(void **state)
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
		stderr_listen();
		msg_error("e");
		msg_warn("w");
		msg_detail("d");
		expect_said("verbosity", cases[i].want);
	}
	msg_verbosity = 0;
}

/* A message of any length ends with a newline; a cut message shows that it was cut. */
static void a_long_message_is_cut(void **state)
{
	static const char fill[] = { 'a', '\x1b' };
	char text[5000];

	(void)state;
	for (size_t k = 0; k < UNIT_LENGTH(fill); k++) {
		for (size_t len = 1990; len < sizeof(text); len += len < 2060 ? 1 : 971) {
			memset(text, fill[k], len);
			text[len] = '\0';
			stderr_listen();
			msg_error("%s", text);
			said = stderr_said(&size);
			assert_true(size > 1000 && size < 4200);
			assert_int_equal(said[size - 1], '\n');
			assert_ptr_equal(strchr(said, '\n'), said + size - 1);
			if (fill[k] == 'a' && len > 2048)
				unit_text("end", said + size - 5, "a...\n");
			free(said);
		}
	}
}

static void a_message_is_wrapped(void **state)
{
	static const struct {
		size_t width;
		const char *text, *want;
	} cases[] = {
		{ 0, "one two three", "oomctl: one two three\n" },
		{ 20, "one two three", "oomctl: one two\nthree\n" },
		{ 21, "one two three", "oomctl: one two three\n" },
		{ 12, "one two three", "oomctl: one\ntwo three\n" },
		{ 5, "one-two three", "oomctl:\none-two\nthree\n" },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		msg_width = cases[i].width;
		stderr_listen();
		msg_error("%s", cases[i].text);
		expect_said(cases[i].text, cases[i].want);
	}
	msg_width = 0;
}

/* What a message contains cannot begin a line with a level of its own. */
static void a_line_for_the_journal_begins_with_its_level(void **state)
{
	(void)state;
	msg_is_journal = true;
	msg_verbosity = 1;
	stderr_listen();
	msg_error("e %s", "a\n<0>b");
	msg_warn("w");
	msg_info("i");
	msg_detail("d");
	expect_said("levels", "<3>e a\\x0a<0>b\n<4>w\n<6>i\n<7>d\n");
	msg_is_journal = false;
	msg_verbosity = 0;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_one_line),
		cmocka_unit_test(verbosity_selects_messages),
		cmocka_unit_test(a_long_message_is_cut),
		cmocka_unit_test(a_message_is_wrapped),
		cmocka_unit_test(a_line_for_the_journal_begins_with_its_level),
	};

	return UNIT_RUN(argc, argv, tests);
}
