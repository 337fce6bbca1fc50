/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ere: decides as regexec(3) does, in bounded time and memory. */
#include "unit.h"

#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <regex.h>
#include <time.h>

#include "sys/standing/ere.h"

/* The same numbers in each run. */
static unsigned int next_number(unsigned int below)
{
	static uint32_t state = 53000;

	state = state * 1664525U + 1013904223U;
	return (state >> 16) % below;
}

static void add_parts(char *text, const char *const *parts, unsigned int n_parts, unsigned int n)
{
	*text = '\0';
	while (n-- > 0)
		strcat(text, parts[next_number(n_parts)]);
}

/* Random patterns that both accept, with random texts. */
static void check_against_regexec(const char *locale)
{
	static const char *const parts[] = {
		"a",     "b",
		"c",     "x",
		".",     "[ab]",
		"[^a]",  "[]a]",
		"(",     "(",
		")",     ")",
		"|",     "*",
		"+",     "?",
		"^",     "$",
		"{2}",   "{1,}",
		"{0,2}", "[[:alpha:]-]",
		" ",     "\\.",
		"é",     "\\",
		"[a-é]", "\\(",
		"\\w",   "[\\.(]",
		"()",    "\\\\",
	};
	static const char *const texts[] = {
		"a", "b", "c", "x", ".", " ", "é", "ab", "(", "-", "\\"
	};
	char pattern[128], text[64], why[ERE_WHY];
	size_t n_same = 0, n_matches = 0;

	if (!setlocale(LC_CTYPE, locale))
		skip();
	for (size_t i = 0; i < 20000; i++) {
		struct ere e;
		regex_t re;

		add_parts(pattern, parts, UNIT_LENGTH(parts), 1 + next_number(9));
		if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB))
			continue;
		if (ere_compile(&e, pattern, why)) {
			regfree(&re);
			continue;
		}
		for (size_t k = 0; k < 8; k++, n_same++) {
			bool is_cut = k % 2;
			int fits;

			add_parts(text, texts, UNIT_LENGTH(texts), 1 + next_number(10));
			fits = regexec(&re, text, 0, NULL, is_cut ? REG_NOTEOL : 0) == 0;
			n_matches += fits != 0;
			if (ere_matches(&e, text, is_cut) != fits)
				fail_msg("'%s' with '%s'%s: regexec(3) says %d", pattern, text,
					 is_cut ? ", cut" : "", fits);
		}
		regfree(&re);
		ere_free(&e);
	}
	assert_true(n_same > 20000 && n_matches > 5000);
	setlocale(LC_CTYPE, "C");
}

/* The measure is glibc: musl's finds no match of '$|' where the text is cut. */
static void skip_without_glibc(void)
{
#ifndef __GLIBC__
	skip();
#endif
}

static void decides_as_regexec_does(void **state)
{
	(void)state;
	skip_without_glibc();
	check_against_regexec("C");
}

static void decides_as_regexec_does_with_utf8(void **state)
{
	(void)state;
	skip_without_glibc();
	check_against_regexec("C.UTF-8");
}

static void a_byte_that_is_no_character_hides_nothing(void **state)
{
	/* \377, because "\xffe" would be one number. */
	static const char *const texts[] = { "\377evil", "ev\xc3il evil", "evil\xe2\x82" };
	char why[ERE_WHY];
	struct ere e;

	(void)state;
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	unit_number("evil.*", ere_compile(&e, "evil.*", why), 0);
	for (size_t i = 0; i < UNIT_LENGTH(texts); i++)
		unit_number(texts[i], ere_matches(&e, texts[i], false), 1);
	ere_free(&e);
	unit_number("^.x$", ere_compile(&e, "^.x$", why), 0);
	unit_number("one byte", ere_matches(&e, "\xffx", false), 1);
	ere_free(&e);
	setlocale(LC_CTYPE, "C");
}

static void what_posix_leaves_undefined_is_refused(void **state)
{
	static const char *const bad[] = { "a+?",   "a{2}?",  "a**",    "\\d",  "\\Qa",
					   "\\x41", "\\b",    "\\<a",   "(a))", "\\`a",
					   "a{,2}", "a{~1}b", "a{+1}b", "a{b}", "a\\1" };
	static const char *const good[] = { "[+?]?", "[{]", "\\{~",          "(a+)?",  "a\\+?",
					    "[]*]*", "a]?", "[[:digit:]{]+", "a|b{2,}" };
	char why[ERE_WHY];
	struct ere e;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(bad); i++) {
		*why = '\0';
		unit_number(bad[i], ere_compile(&e, bad[i], why), -EINVAL);
		unit_number(bad[i], *why != '\0', 1);
	}
	for (size_t i = 0; i < UNIT_LENGTH(good); i++) {
		unit_number(good[i], ere_compile(&e, good[i], why), 0);
		ere_free(&e);
	}
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* musl does not tell. */
static size_t heap_used(void)
{
#ifdef __GLIBC__
	return mallinfo2().uordblks + mallinfo2().hblkhd;
#else
	return 0;
#endif
}

/* glibc takes 1 s and 50 MB for each new text, and keeps them. */
static void time_and_memory_are_bounded(void **state)
{
	static const char *const patterns[] = {
		"(a|b)*a(a|b){20}c",      "((a+)+)+c",
		"a.{60}b.{60}c",          "(a?|b?|(ab)*)*ac",
		"(.*)(.*)(.*)(.*)(.*)xc", "(a|b|ab|ba|aa|bb|aab|bba){20}c",
	};
	char why[ERE_WHY], text[ERE_TEXT + 1];
	struct ere e;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(patterns); i++) {
		double begin;
		size_t used;

		unit_number(patterns[i], ere_compile(&e, patterns[i], why), 0);
		used = heap_used();
		begin = seconds();
		for (size_t k = 0; k < 10; k++) {
			for (size_t at = 0; at < ERE_TEXT; at++)
				text[at] = (char)('a' + next_number(2));
			/* A text without it does not match at first sight. */
			text[0] = 'c';
			text[ERE_TEXT] = '\0';
			unit_number(patterns[i], ere_matches(&e, text, false) == 1, 0);
		}
		if (seconds() - begin > 2)
			fail_msg("%s: %.1f s", patterns[i], seconds() - begin);
		unit_number(patterns[i], heap_used() == used, 1);
		ere_free(&e);
	}
}

/* Each 'a' begins a way, which ends N bytes later. */
static void ways_are_limited(void **state)
{
	static const struct {
		const char *pattern;
		int result;
	} cases[] = {
		{ "a.{50}c", 0 },  { "a.{100}c", -E2BIG }, { "[a]+[a]+[a]+c", 0 },
		{ ".{10,}.c", 0 }, { "ca{1,}", 1 },
	};
	char why[ERE_WHY], text[ERE_TEXT + 1];
	struct ere e;

	(void)state;
	memset(text, 'a', ERE_TEXT);
	text[0] = 'c';
	text[ERE_TEXT] = '\0';
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		unit_number(cases[i].pattern, ere_compile(&e, cases[i].pattern, why), 0);
		unit_number(cases[i].pattern, ere_matches(&e, text, false), cases[i].result);
		ere_free(&e);
	}
}

static void no_end_is_where_the_text_is_cut(void **state)
{
	static char text[ERE_TEXT + 3];
	char why[ERE_WHY];
	struct ere e;

	(void)state;
	memset(text, 'a', ERE_TEXT + 1);
	text[ERE_TEXT + 1] = '!';
	assert_int_equal(ere_compile(&e, "(a|aa)+$", why), 0);
	assert_int_equal(ere_matches(&e, text, false), 0);
	text[ERE_TEXT] = '\0';
	assert_int_equal(ere_matches(&e, text, false), 1);
	assert_int_equal(ere_matches(&e, text, true), 0);
	ere_free(&e);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_end_is_where_the_text_is_cut),
		cmocka_unit_test(decides_as_regexec_does),
		cmocka_unit_test(decides_as_regexec_does_with_utf8),
		cmocka_unit_test(a_byte_that_is_no_character_hides_nothing),
		cmocka_unit_test(what_posix_leaves_undefined_is_refused),
		cmocka_unit_test(time_and_memory_are_bounded),
		cmocka_unit_test(ways_are_limited),
	};

	return UNIT_RUN(argc, argv, tests);
}
