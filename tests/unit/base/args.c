/* SPDX-License-Identifier: GPL-2.0-or-later */
/* args: options and operands in every order that people type them. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "base/args.h"

enum { OPT_SORT = OPT_LONG, OPT_WHEN, OPT_SORE };

static const struct opt own[] = {
	{ 'n', "adjust", "ADJ", "" },    { OPT_SORT, "sort", "KEY", "" },
	{ OPT_WHEN, "when", "[T]", "" }, { OPT_SORE, "sore", NULL, "" },
	{ 0, NULL, NULL, NULL },
};

static const struct opt shared[] = {
	{ 'q', "quiet", NULL, "" },
	{ 'v', "verbose", NULL, "" },
	{ 0, NULL, NULL, NULL },
};

static void append(char *out, const char *text)
{
	assert_true(strlen(out) + strlen(text) < 512);
	strcat(out, text);
}

/* The options as "n=5 q", then the operands as "| a b". */
static int read_all(struct args *a, char *out)
{
	int key;

	*out = '\0';
	while ((key = args_next(a)) > 0) {
		char word[64];

		if (key < OPT_LONG)
			snprintf(word, sizeof(word), "%c", key);
		else
			snprintf(word, sizeof(word), "%d", key - OPT_LONG);
		append(out, word);
		if (a->value) {
			append(out, "=");
			append(out, a->value);
		}
		append(out, " ");
	}
	append(out, "|");
	for (size_t i = 0; i < a->n_operands; i++) {
		append(out, " ");
		append(out, a->operands[i]);
	}
	return key;
}

/* Splits at blanks; '_' is an empty word. */
static int split(char *text, char **words)
{
	int n = 0;

	for (char *p = strtok(text, " "); p; p = strtok(NULL, " "))
		words[n++] = strcmp(p, "_") == 0 ? p + 1 : p;
	return n;
}

/* What the words are read as. -1 in *key: a usage error, of which out is the first line. */
static void parse(const char *line, unsigned int flags, char *out, int *key)
{
	struct args a = { .command = "set", .groups = { own, shared }, .flags = flags };
	char text[256], *words[32], *said = NULL;
	FILE *real = stderr, *memory;
	size_t size;

	snprintf(text, sizeof(text), "%s", line);
	a.argc = split(text, words);
	a.argv = words;
	memory = open_memstream(&said, &size);
	assert_non_null(memory);
	assert_int_equal(args_begin(&a), 0);
	stderr = memory;
	*key = read_all(&a, out);
	stderr = real;
	fclose(memory);
	if (*key < 0)
		snprintf(out, 512, "%.*s", (int)strcspn(said, "\n"), said);
	else
		unit_text(line, said, "");
	free(said);
	args_end(&a);
}

struct line_case {
	const char *line, *want;
};

static void expect(const struct line_case *cases, size_t n, unsigned int flags, int want_key)
{
	char out[512];
	int key;

	for (size_t i = 0; i < n; i++) {
		parse(cases[i].line, flags, out, &key);
		unit_text(cases[i].line, out, cases[i].want);
		unit_number(cases[i].line, key, want_key);
	}
}

static void options_and_operands_mix(void **state)
{
	static const struct line_case cases[] = {
		{ "", "|" },
		{ "a b", "| a b" },
		{ "-q a -v b", "q v | a b" },
		{ "a -n 5 b --adjust 6 c", "n=5 n=6 | a b c" },
		{ "--adjust=7 -n8", "n=7 n=8 |" },
		{ "--adjust=", "n= |" },
		{ "--adjust _ x", "n= | x" },
		{ "-qv -vqn 5", "q v v q n=5 |" },
		{ "-qn5 x", "q n=5 | x" },
		{ "--sort -points x", "0=-points | x" },
		{ "--when --when=now x", "1 1=now | x" },
		{ "--when now", "1 | now" },
		{ "- a", "| - a" },
		{ "_ a", "|  a" },
	};

	(void)state;
	expect(cases, UNIT_LENGTH(cases), 0, 0);
}

static void a_negative_number_is_an_operand(void **state)
{
	static const struct line_case cases[] = {
		{ "-500 1234", "| -500 1234" },    { "1234 -500", "| 1234 -500" },
		{ "-17 -q", "q | -17" },           { "-q -17 -v 3", "q v | -17 3" },
		{ "-qv -17", "q v | -17" },        { "-n -5 7", "n=-5 | 7" },
		{ "-n-5 7", "n=-5 | 7" },          { "--adjust -5", "n=-5 |" },
		{ "--adjust=-5 -6", "n=-5 | -6" },
	};

	(void)state;
	expect(cases, UNIT_LENGTH(cases), 0, 0);
}

static void two_dashes_end_the_options(void **state)
{
	static const struct line_case cases[] = {
		{ "--", "|" },
		{ "-q -- -v", "q | -v" },
		{ "a -- -n 5 b", "| a -n 5 b" },
		{ "-- -- a", "| -- a" },
		{ "-5 -- -6", "| -5 -6" },
		{ "-- -5", "| -5" },
		{ "-n -- 5", "n=-- | 5" },
	};

	(void)state;
	expect(cases, UNIT_LENGTH(cases), 0, 0);
}

static void a_wrapper_stops_at_the_command(void **state)
{
	static const struct line_case cases[] = {
		{ "-n 5 make -n 6 -q", "n=5 | make -n 6 -q" },
		{ "-q -- make -n", "q | make -n" },
		{ "-- -make -n", "| -make -n" },
		{ "make -- -n", "| make -- -n" },
		{ "-q -5 -v", "q | -5 -v" },
		{ "-n -5 make", "n=-5 | make" },
		{ "- -q", "| - -q" },
	};

	(void)state;
	expect(cases, UNIT_LENGTH(cases), ARGS_WRAPPER, 0);
}

static void wrong_usage_is_said(void **state)
{
	static const struct line_case cases[] = {
		{ "-n", "oomctl: option '-n' needs an argument" },
		{ "-qn", "oomctl: option '-n' needs an argument" },
		{ "--adjust", "oomctl: option '--adjust' needs an argument" },
		{ "a --sort", "oomctl: option '--sort' needs an argument" },
		{ "-x", "oomctl: set: unknown option '-x'" },
		{ "-qx", "oomctl: set: unknown option '-x'" },
		{ "-q5", "oomctl: set: unknown option '-5'" },
		{ "-5x", "oomctl: set: unknown option '-5'" },
		{ "--nothing", "oomctl: set: unknown option '--nothing'" },
		{ "--nothing=5", "oomctl: set: unknown option '--nothing=5'" },
		{ "--quiet=5", "oomctl: option '--quiet=5' takes no argument" },
		{ "-\xff", "oomctl: set: unknown option '-\\xff'" },
		{ "--a\x1b[31m", "oomctl: set: unknown option '--a\\x1b[31m'" },
		/* Either --sort or --sore. */
		{ "--sor", "oomctl: set: unknown option '--sor'" },
	};

	(void)state;
	expect(cases, UNIT_LENGTH(cases), 0, -1);
}

static void an_error_names_the_help(void **state)
{
	struct args a = { .command = "rank" };
	FILE *real = stderr, *memory;
	char *said = NULL;
	size_t size;
	enum status st;

	(void)state;
	memory = open_memstream(&said, &size);
	stderr = memory;
	st = args_error(&a, "bad '%s'", "thing\n");
	stderr = real;
	fclose(memory);
	assert_int_equal(st, ST_USAGE);
	unit_text("said", said, "oomctl: bad 'thing\\x0a'\noomctl: see 'oomctl help rank'\n");
	free(said);
}

/* A first pass checks all words, a second acts on them. */
static void words_can_be_read_twice(void **state)
{
	char *words[] = { (char *)"-5", (char *)"-q", (char *)"x", (char *)"-n",
			  (char *)"6",  (char *)"--", (char *)"-v" };
	struct args a = { .command = "set", .groups = { own, shared }, .argc = 7, .argv = words };
	char out[512];

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(args_begin(&a), 0);
		assert_int_equal(read_all(&a, out), 0);
		unit_text("pass", out, "q n=6 | -5 x -v");
	}
	/* Also when the pass before stopped in the middle of a word. */
	words[1] = (char *)"-qv";
	assert_int_equal(args_begin(&a), 0);
	assert_int_equal(args_next(&a), 'q');
	assert_int_equal(args_begin(&a), 0);
	assert_int_equal(read_all(&a, out), 0);
	unit_text("after half a word", out, "q v n=6 | -5 x -v");
	args_end(&a);
	assert_null(a.operands);
	args_end(&a);
}

static void a_table_too_large_is_refused(void **state)
{
	static struct opt many[70];
	struct args a = { .command = "set", .groups = { many } };

	(void)state;
	for (int i = 0; i < 69; i++)
		many[i] = (struct opt){ OPT_LONG + i, "x", NULL, "" };
	assert_int_equal(args_begin(&a), -EINVAL);
	assert_null(a.operands);
	args_end(&a);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_operands_mix),
		cmocka_unit_test(a_negative_number_is_an_operand),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(a_wrapper_stops_at_the_command),
		cmocka_unit_test(wrong_usage_is_said),
		cmocka_unit_test(an_error_names_the_help),
		cmocka_unit_test(words_can_be_read_twice),
		cmocka_unit_test(a_table_too_large_is_refused),
	};

	return UNIT_RUN(argc, argv, tests);
}
