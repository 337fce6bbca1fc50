/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: escaping of untrusted bytes, each byte, in two locales. */
#include "unit.h"

#include <locale.h>
#include <stdlib.h>

#include "base/text.h"

struct escape_case {
	const char *name, *in;
	size_t len; /* 0: up to the NUL */
	unsigned int flags;
	const char *utf8, *c; /* expected in C.UTF-8 and in C; c NULL: the same */
};

static const struct escape_case cases[] = {
	{ "plain", "nginx: worker (1) 100%", 0, 0, "nginx: worker (1) 100%", NULL },
	{ "empty", "", 0, 0, "", NULL },
	{ "all plain ASCII ends", " !~", 0, 0, " !~", NULL },
	{ "tab", "a\tb", 0, 0, "a\\x09b", NULL },
	{ "newline", "a\nb", 0, 0, "a\\x0ab", NULL },
	{ "return", "a\rb", 0, TEXT_LINES, "a\\x0db", NULL },
	{ "UTF-8 in every locale", "\xc3\xa9\x80\n", 0, TEXT_UTF8, "\xc3\xa9\\x80\\x0a", NULL },
	{ "a format character in UTF-8", "\xe2\x80\xae", 0, TEXT_UTF8, "\\xe2\\x80\\xae", NULL },
	{ "newline kept", "a\nb", 0, TEXT_LINES, "a\nb", NULL },
	{ "NUL within", "a\0b", 3, 0, "a\\x00b", NULL },
	{ "colour", "\x1b[31mred", 0, 0, "\\x1b[31mred", NULL },
	{ "title", "\x1b]0;x\x07", 0, 0, "\\x1b]0;x\\x07", NULL },
	{ "backspace", "a\bb", 0, 0, "a\\x08b", NULL },
	{ "unit separator", "\x1f", 0, 0, "\\x1f", NULL },
	{ "DEL", "a\x7f", 0, 0, "a\\x7f", NULL },
	{ "C1 as a bare byte",
	  "\x9b"
	  "31m",
	  0, 0, "\\x9b31m", NULL },
	{ "C1 CSI as UTF-8",
	  "\xc2\x9b"
	  "31m",
	  0, 0, "\\xc2\\x9b31m", NULL },
	{ "C1 first", "\xc2\x80", 0, 0, "\\xc2\\x80", NULL },
	{ "C1 last", "\xc2\x9f", 0, 0, "\\xc2\\x9f", NULL },
	{ "two bytes", "\xc3\xa9t\xc3\xa9", 0, 0, "\xc3\xa9t\xc3\xa9", "\\xc3\\xa9t\\xc3\\xa9" },
	{ "three bytes", "\xe2\x82\xac", 0, 0, "\xe2\x82\xac", "\\xe2\\x82\\xac" },
	{ "four bytes", "\xf0\x9f\x98\x80", 0, 0, "\xf0\x9f\x98\x80", "\\xf0\\x9f\\x98\\x80" },
	{ "no UTF-8", "\xff\xfe", 0, 0, "\\xff\\xfe", NULL },
	{ "a stray continuation", "a\xa9z", 0, 0, "a\\xa9z", NULL },
	{ "cut at the end", "a\xe2\x82", 0, 0, "a\\xe2\\x82", NULL },
	{ "cut by another", "\xe2\x82z", 0, 0, "\\xe2\\x82z", NULL },
	{ "cut by len", "\xe2\x82\xac", 2, 0, "\\xe2\\x82", NULL },
	{ "overlong slash", "\xc0\xaf", 0, 0, "\\xc0\\xaf", NULL },
	{ "overlong ESC", "\xc0\x9b", 0, 0, "\\xc0\\x9b", NULL },
	{ "surrogate", "\xed\xa0\x80", 0, 0, "\\xed\\xa0\\x80", NULL },
	{ "above U+10FFFF", "\xf4\x90\x80\x80", 0, 0, "\\xf4\\x90\\x80\\x80", NULL },
	{ "line separator U+2028", "\xe2\x80\xa8", 0, 0, "\\xe2\\x80\\xa8", NULL },
	{ "soft hyphen U+00AD", "\xc2\xad", 0, 0, "\\xc2\\xad", NULL },
	{ "before and behind it", "\xc2\xac\xc2\xae", 0, 0, "\xc2\xac\xc2\xae",
	  "\\xc2\\xac\\xc2\\xae" },
	{ "zero width U+200B", "\xe2\x80\x8b", 0, 0, "\\xe2\\x80\\x8b", NULL },
	{ "joiner U+200D", "\xe2\x80\x8d", 0, 0, "\\xe2\\x80\\x8d", NULL },
	{ "byte order mark U+FEFF", "\xef\xbb\xbf", 0, 0, "\\xef\\xbb\\xbf", NULL },
	{ "no character U+FFFE", "\xef\xbf\xbe", 0, 0, "\\xef\\xbf\\xbe", NULL },
	{ "no character U+10FFFF", "\xf4\x8f\xbf\xbf", 0, 0, "\\xf4\\x8f\\xbf\\xbf", NULL },
	{ "replacement U+FFFD", "\xef\xbf\xbd", 0, 0, "\xef\xbf\xbd", "\\xef\\xbf\\xbd" },
	{ "private U+E0B0", "\xee\x82\xb0", 0, 0, "\xee\x82\xb0", "\\xee\\x82\\xb0" },
	{ "shorthand U+1BCA0", "\xf0\x9b\xb2\xa0", 0, 0, "\\xf0\\x9b\\xb2\\xa0", NULL },
	{ "tag U+E0041", "\xf3\xa0\x81\x81", 0, 0, "\\xf3\\xa0\\x81\\x81", NULL },
	{ "five bytes", "\xf8\x88\x80\x80\x80", 0, 0, "\\xf8\\x88\\x80\\x80\\x80", NULL },
	{ "overlong in three", "\xe0\x82\x9b", 0, 0, "\\xe0\\x82\\x9b", NULL },
	{ "U+061C", "\xd8\x9c", 0, 0, "\\xd8\\x9c", NULL },
	{ "U+200E", "\xe2\x80\x8e", 0, 0, "\\xe2\\x80\\x8e", NULL },
	{ "U+200F", "\xe2\x80\x8f", 0, 0, "\\xe2\\x80\\x8f", NULL },
	{ "U+202A", "\xe2\x80\xaa", 0, 0, "\\xe2\\x80\\xaa", NULL },
	{ "U+202B", "\xe2\x80\xab", 0, 0, "\\xe2\\x80\\xab", NULL },
	{ "U+202C", "\xe2\x80\xac", 0, 0, "\\xe2\\x80\\xac", NULL },
	{ "U+202D", "\xe2\x80\xad", 0, 0, "\\xe2\\x80\\xad", NULL },
	{ "U+202E", "\xe2\x80\xae", 0, 0, "\\xe2\\x80\\xae", NULL },
	{ "U+2066", "\xe2\x81\xa6", 0, 0, "\\xe2\\x81\\xa6", NULL },
	{ "U+2067", "\xe2\x81\xa7", 0, 0, "\\xe2\\x81\\xa7", NULL },
	{ "U+2068", "\xe2\x81\xa8", 0, 0, "\\xe2\\x81\\xa8", NULL },
	{ "U+2069", "\xe2\x81\xa9", 0, 0, "\\xe2\\x81\\xa9", NULL },
	{ "backslash", "a\\b\\", 0, 0, "a\\b\\", NULL },
	{ "an escape imitated", "\\x1b", 0, 0, "\\x5cx1b", NULL },
	{ "no escape: printable", "a\\x2db\\x41\\x7e", 0, 0, "a\\x2db\\x41\\x7e", NULL },
	{ "no escape: printable, no blanks", "\\x2d\\x21", 0, TEXT_BLANKS, "\\x2d\\x21", NULL },
	{ "no escape: too short", "\\x1", 0, 0, "\\x1", NULL },
	{ "no escape: no digits", "\\x1g\\xg1", 0, 0, "\\x1g\\xg1", NULL },
	{ "no escape: a blank is shown", "\\x20", 0, 0, "\\x20", NULL },
	{ "an escaped blank", "\\x20", 0, TEXT_BLANKS, "\\x5cx20", NULL },
	{ "an escaped backslash", "\\x5c", 0, 0, "\\x5cx5c", NULL },
	{ "the limits of escapes", "\\x1f\\x7f\\x80\\xff", 0, 0, "\\x5cx1f\\x5cx7f\\x5cx80\\x5cxff",
	  NULL },
	{ "in capitals", "\\x1B\\xFF\\x5C", 0, 0, "\\x5cx1B\\x5cxFF\\x5cx5C", NULL },
	{ "an escape behind a backslash", "\\\\x1b", 0, 0, "\\\\x5cx1b", NULL },
	{ "blanks", "a b\tc", 0, TEXT_BLANKS, "a\\x20b\\x09c", NULL },
	{ "wide blank", "a\xe2\x80\x83z", 0, TEXT_BLANKS, "a\\xe2\\x80\\x83z", NULL },
	{ "no-break blank", "a\xc2\xa0z", 0, TEXT_BLANKS, "a\\xc2\\xa0z", NULL },
	{ "ideographic blank", "\xe3\x80\x80", 0, TEXT_BLANKS, "\\xe3\\x80\\x80", NULL },
	{ "newline as a blank", "a\nb", 0, TEXT_BLANKS, "a\\x0ab", NULL },
};

static void check_cases(const char *locale)
{
	char buf[256];

	assert_non_null(setlocale(LC_CTYPE, locale));
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		const struct escape_case *k = &cases[i];
		const char *want = strcmp(locale, "C") == 0 && k->c ? k->c : k->utf8;
		size_t n = text_escape(buf, sizeof(buf), k->in, k->len ? k->len : strlen(k->in),
				       k->flags);

		unit_text(k->name, buf, want);
		unit_number(k->name, (int64_t)n, (int64_t)strlen(want));
	}
}

static void escapes_in_utf8(void **state)
{
	(void)state;
	check_cases("C.UTF-8");
}

static void escapes_in_c(void **state)
{
	(void)state;
	check_cases("C");
}

static void cuts_between_characters(void **state)
{
	static const struct {
		const char *in;
		size_t size;
		const char *want;
	} cuts[] = {
		{ "abc", 4, "abc" },
		{ "abc", 3, "ab" },
		{ "abc", 1, "" },
		{ "a\xe2\x82\xac", 5, "a\xe2\x82\xac" },
		{ "a\xe2\x82\xac", 4, "a" },
		{ "a\xe2\x82\xac", 3, "a" },
		{ "\xc3\xa9", 2, "" },
		{ "\x1b", 5, "\\x1b" },
		{ "\x1b", 4, "" },
		{ "ab\x1b", 6, "ab" },
		{ "\xff\xfe", 8, "\\xff" },
		/* After a character that does not fit, no later one may be added. */
		{ "ab\x1bz", 5, "ab" },
	};
	char buf[16];

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (size_t i = 0; i < UNIT_LENGTH(cuts); i++) {
		size_t n;

		memset(buf, '!', sizeof(buf));
		n = text_escape(buf, cuts[i].size, cuts[i].in, strlen(cuts[i].in), 0);
		unit_text(cuts[i].in, buf, cuts[i].want);
		unit_number(cuts[i].in, (int64_t)n, (int64_t)strlen(cuts[i].want));
		unit_number("the byte behind the buffer", buf[cuts[i].size], '!');
	}
}

/* Decodes \xNN, which is never a printable character; other backslashes are literal. */
static size_t decode(const char *text, char *out, bool has_blanks)
{
	static const char hex[] = "0123456789abcdefABCDEF";
	size_t n = 0;

	while (*text) {
		char digits[3] = { 0 };
		int code = '!';

		if (text[0] == '\\' && text[1] == 'x' && strspn(text + 2, hex) >= 2) {
			memcpy(digits, text + 2, 2);
			code = (int)strtoul(digits, NULL, 16);
		}
		if (code == ' ' ? has_blanks : code == '\\' || code > 0x7e || code < ' ') {
			out[n++] = (char)code;
			text += 4;
		} else {
			out[n++] = *text++;
		}
	}
	return n;
}

/* Escaping is unambiguous: all bytes can be decoded, and none controls the terminal. */
static void every_text_can_be_read_back(void **state)
{
	static const char *const locales[] = { "C", "C.UTF-8" };
	static const char bytes[] = "\\\\xx012b\x1b\n \xe2\x80\xae\xc2\x9b\xff";
	char in[12], out[64], back[64];
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < 40000; i++) {
		size_t len = i % sizeof(in), n;

		assert_non_null(setlocale(LC_CTYPE, locales[i / 20000]));
		for (size_t k = 0; k < len; k++) {
			seed = seed * 1103515245 + 12345;
			in[k] = seed >> 24 & 1 ? bytes[(seed >> 16) % sizeof(bytes)]
					       : (char)(seed >> 16);
		}
		text_escape(out, sizeof(out), in, len, i % 2 ? TEXT_BLANKS : 0);
		for (const char *p = out; *p; p++)
			assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
		n = decode(out, back, i % 2);
		unit_number(out, (int64_t)n, (int64_t)len);
		assert_memory_equal(back, in, len);
	}
}

static void quotes_a_word_for_a_shell(void **state)
{
	static const struct {
		const char *in, *out;
	} words[] = {
		{ "a@b-1.service", "a@b-1.service" },
		{ "/a/b_c:d,e=f+g%h", "/a/b_c:d,e=f+g%h" },
		{ "", "''" },
		{ "a b", "'a b'" },
		{ "~a", "'~a'" },
		{ "$(a)`b`!*?[", "'$(a)`b`!*?['" },
		{ "a\\x2db", "'a\\x2db'" },
		{ "it's", "$'it\\047s'" },
		/* Behind text_escape() the backslash of the second would be another. */
		{ "a\\x2d\\xc3b", "$'a\\134x2d\\134xc3b'" },
		{ "a\n1", "$'a\\0121'" },
		{ "\x1b[m", "$'\\033[m'" },
		{ "\xc3\xa9", "'\xc3\xa9'" },
		{ "\xc3\xa9\n", "$'\xc3\xa9\\012'" },
		{ "\xff", "$'\\377'" },
		{ "\xe2\x80\xae", "$'\\342\\200\\256'" },
	};

	(void)state;
	assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
	for (size_t i = 0; i < UNIT_LENGTH(words); i++) {
		char out[64], shown[64];

		assert_true(text_quote(out, sizeof(out), words[i].in));
		unit_text(words[i].in, out, words[i].out);
		text_escape(shown, sizeof(shown), out, strlen(out), 0);
		unit_text(words[i].in, shown, out);
	}
}

static void quotes_no_part_of_a_word(void **state)
{
	static const char *const words[] = { "a", "a b", "it's", "\xff", "abc\xff" };

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(words); i++) {
		char whole[64], out[64];
		size_t len;

		assert_true(text_quote(whole, sizeof(whole), words[i]));
		len = strlen(whole);
		assert_true(len <= 4 * strlen(words[i]) + 3);
		for (size_t size = 1; size <= len; size++) {
			memset(out, '#', sizeof(out));
			assert_false(text_quote(out, size, words[i]));
			unit_text(words[i], out, "");
			assert_int_equal(out[size], '#');
		}
		assert_true(text_quote(out, len + 1, words[i]));
		unit_text(words[i], out, whole);
	}
}

static void finds_the_nearest_name(void **state)
{
	static const char *const names[] = { "rank", "run", "protect", "unprotect", "log" };
	static const struct {
		const char *word, *name;
	} words[] = {
		{ "rnak", "rank" },
		{ "RANK", "rank" },
		{ "RNAK", "rank" },
		{ "lGO", "log" },
		{ "protcet", "protect" },
		{ "unprotec", "unprotect" },
		{ "unp", "unprotect" },
		{ "lgo", "log" },
		{ "logs", "log" },
		{ "x", NULL },
		{ "", NULL },
		{ "predict", NULL },
		{ "ru", "run" },
		{ "ra", "rank" },
		{ "xa", NULL },
		{ "r", NULL },
		{ "a-word-that-is-longer-than-any-name-of-an-option", NULL },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(words); i++) {
		struct text_nearest n = { words[i].word, strlen(words[i].word), NULL, 0 };

		for (size_t k = 0; k < UNIT_LENGTH(names); k++)
			text_nearest_try(&n, names[k]);
		unit_text(words[i].word, n.name ? n.name : "-",
			  words[i].name ? words[i].name : "-");
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_in_utf8),
		cmocka_unit_test(escapes_in_c),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(every_text_can_be_read_back),
		cmocka_unit_test(quotes_a_word_for_a_shell),
		cmocka_unit_test(quotes_no_part_of_a_word),
		cmocka_unit_test(finds_the_nearest_name),
	};

	return UNIT_RUN(argc, argv, tests);
}
