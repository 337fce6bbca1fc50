/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pattern: plain texts and prefixes decide as regexec(3) does. */
#include "unit.h"

#include <errno.h>

#include "sys/standing/pattern.h"

static const char *const names[] = {
	"",      "a",       "b",           "ab",        "abc",     "xabc", "abcx",
	"xabcx", "firefox", "Web Content", "aab",       "foo|bar", "^a",   "a$",
	"(a)",   "a.c",     "foo",         "bar",       "xfoo",    "barx", "f",
	"fo",    "fooo",    "\n",          "a\nb",      "é",       "éa",   "kworker/0:1",
	"a]",    "a}",      "sshd",        "ssh-agent", "foobar",
};

/* Each is compared with each name by the C library alone, and as compiled here. */
static void patterns_fit_as_regexec_decides(void **state)
{
	static const struct {
		const char *text;
		bool is_plain;
	} cases[] = {
		{ "a", true },
		{ "^a", true },
		{ "a$", true },
		{ "^abc$", true },
		{ "^(firefox|Web Content)$", true },
		{ "^(foo|bar)", true },
		{ "(foo|bar)$", true },
		{ "foo|bar", true },
		{ "(foo)", true },
		{ "a]", true },
		{ "^ssh", true },
		{ "^foo|bar$", false },
		{ "^foo|bar", false },
		{ "foo|bar$", false },
		{ "a.c", false },
		{ ".", false },
		{ "^$", false },
		{ "^", false },
		{ "$", false },
		{ "^fo*", false },
		{ "^fo+$", false },
		{ "^foo?$", false },
		{ "^fo{2,3}$", false },
		{ "^éa?", false },
		{ "^aé*b", false },
		{ "^(a|b)*c", false },
		{ "^(foo|)$", false },
		{ "(a)(b)", false },
		{ "^kworker/[0-9]+", false },
		{ "^sshd?-", false },
		{ "\\^a", false },
		{ "a\\$", false },
		{ "^[ab]c?$", false },
		{ "^ab*|x", false },
		{ "^f(o|u)o", false },
		{ "^^a", false },
	};
	char why[FIND_PATTERN_MAX], name[64];
	size_t size;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		struct pattern p;
		regex_t re;

		unit_number(cases[i].text, regcomp(&re, cases[i].text, REG_EXTENDED | REG_NOSUB),
			    0);
		unit_number(cases[i].text, pattern_compile(&p, cases[i].text, &size, why), 0);
		unit_number(cases[i].text, p.is_plain, cases[i].is_plain);
		unit_number(cases[i].text, size > 0, !cases[i].is_plain);
		for (size_t k = 0; k < UNIT_LENGTH(names); k++) {
			snprintf(name, sizeof(name), "%s with %s", cases[i].text, names[k]);
			unit_number(name, pattern_fits(&p, names[k], false),
				    regexec(&re, names[k], 0, NULL, 0) == 0);
			unit_number(name, pattern_fits(&p, names[k], true),
				    regexec(&re, names[k], 0, NULL, REG_NOTEOL) == 0);
		}
		pattern_free(&p);
		regfree(&re);
	}
}

static void wrong_patterns_are_refused(void **state)
{
	static const char *const cases[] = { "",       "(",           "[a",   "a{1,0}",
					     "(a)\\1", "a{999}{999}", "*a|(b" };
	char why[FIND_PATTERN_MAX];
	struct pattern p;
	size_t size;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		*why = '\0';
		unit_number(cases[i], pattern_compile(&p, cases[i], &size, why), -EINVAL);
		assert_true(*why);
		pattern_free(&p);
	}
}

static void globs_begin_with_plain_text(void **state)
{
	bool is_plain;

	(void)state;
	assert_int_equal(pattern_glob_prefix("/usr/bin/a", &is_plain), 10);
	assert_true(is_plain);
	assert_int_equal(pattern_glob_prefix("/usr/*/a", &is_plain), 5);
	assert_false(is_plain);
	assert_int_equal(pattern_glob_prefix("a\\*", &is_plain), 1);
	assert_false(is_plain);
	assert_int_equal(pattern_glob_prefix("[a]", &is_plain), 0);
	assert_false(is_plain);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_fit_as_regexec_decides),
		cmocka_unit_test(wrong_patterns_are_refused),
		cmocka_unit_test(globs_begin_with_plain_text),
	};

	return UNIT_RUN(argc, argv, tests);
}
