/* SPDX-License-Identifier: GPL-2.0-or-later */
/* args: options and operands in any order. */
#include "stderr.h"

#include <stdlib.h>

#include "base/args.h"

/* The stored options, as "n=5 q", in the order of the calls. */
struct given {
	char text[512];
	bool is_sore;
	const char *sort;
	size_t top;
};

static void append(char *out, const char *text)
{
	assert_true(strlen(out) + strlen(text) < 512);
	strcat(out, text);
}

static enum status note(void *target, const struct args *a)
{
	char word[64];

	snprintf(word, sizeof(word), "%s%s%s ", a->option->name, a->value ? "=" : "",
		 a->value ? a->value : "");
	append(((struct given *)target)->text, word);
	return a->value && strcmp(a->value, "bad") == 0 ? args_error(a, "bad value") : ST_OK;
}

static const struct opt common[] = {
	OPT_CALL('q', "quiet", NULL, "", note),
	OPT_CALL('v', "verbose", NULL, "", note),
	OPT_END,
};

static const struct opt own[] = {
	OPT_CALL('n', "adjust", "ADJ", "", note),
	OPT_CALL(0, "when", NULL, "", note),
	OPT_END,
};

static const struct opt shared[] = {
	OPT_FLAG(0, "sore", "", struct given, is_sore),
	OPT_STRING(0, "sort", "KEY", "", struct given, sort),
	OPT_COUNT('t', "top", "N", "", struct given, top, 30),
	OPT_END,
};

/* Splits at blanks; '_' is an empty word. */
static int split(char *text, char **words)
{
	int n = 0;

	for (char *p = strtok(text, " "); p; p = strtok(NULL, " "))
		words[n++] = strcmp(p, "_") == 0 ? p + 1 : p;
	return n;
}

/*
 * The result of parsing: the options, then the operands as "| a b"; or the first line of an
 * error.
 */
static void parse(const char *line, unsigned int flags, struct given *given, enum status *st)
{
	struct args a = { .command = "set",
			  .groups = { { common, given }, { own, given }, { shared, given } },
			  .flags = flags };
	char text[256], *words[32], *said;
	size_t size;

	*given = (struct given){ .top = 0 };
	snprintf(text, sizeof(text), "%s", line);
	a.argc = split(text, words);
	a.argv = words;
	stderr_listen();
	*st = args_read(&a);
	if (*st == ST_OK)
		*st = args_store(&a);
	said = stderr_said(&size);
	append(given->text, "|");
	for (size_t i = 0; i < a.n_operands; i++) {
		append(given->text, " ");
		append(given->text, a.operands[i]);
	}
	assert_null(a.operands[a.n_operands]);
	if (*st != ST_OK)
		snprintf(given->text, sizeof(given->text), "%.*s", (int)strcspn(said, "\n"), said);
	else
		unit_text(line, said, "");
	free(said);
	args_free(&a);
	assert_null(a.operands);
}

struct line_case {
	const char *line, *want;
};

static void expect(const struct line_case *cases, size_t n, unsigned int flags, enum status want)
{
	struct given given;
	enum status st;

	for (size_t i = 0; i < n; i++) {
		parse(cases[i].line, flags, &given, &st);
		unit_text(cases[i].line, given.text, cases[i].want);
		unit_number(cases[i].line, st, want);
	}
}

static void options_and_operands_mix(void **state)
{
	static const struct line_case cases[] = {
		{ "", "|" },
		{ "a b", "| a b" },
		{ "-q a -v b", "quiet verbose | a b" },
		{ "a -n 5 b --adjust 6 c", "adjust=5 adjust=6 | a b c" },
		{ "--adjust=7 -n8", "adjust=7 adjust=8 |" },
		{ "--adjust=", "adjust= |" },
		{ "--adjust _ x", "adjust= | x" },
		{ "-qv -vqn 5", "quiet verbose verbose quiet adjust=5 |" },
		{ "-qn5 x", "quiet adjust=5 | x" },
		{ "--when now", "when | now" },
		{ "--when --when", "when when |" },
		{ "- a", "| - a" },
		{ "_ a", "|  a" },
	};

	(void)state;
	expect(cases, UNIT_LENGTH(cases), 0, ST_OK);
}

static void a_negative_number_is_an_operand(void **state)
{
	static const struct line_case cases[] = {
		{ "-500 1234", "| -500 1234" },
		{ "1234 -500", "| 1234 -500" },
		{ "-17 -q", "quiet | -17" },
		{ "-q -17 -v 3", "quiet verbose | -17 3" },
		{ "-qv -17", "quiet verbose | -17" },
		{ "-n -5 7", "adjust=-5 | 7" },
		{ "-n-5 7", "adjust=-5 | 7" },
		{ "--adjust -5", "adjust=-5 |" },
		{ "--adjust=-5 -6", "adjust=-5 | -6" },
	};

	(void)state;
	expect(cases, UNIT_LENGTH(cases), 0, ST_OK);
}

static void two_dashes_end_the_options(void **state)
{
	static const struct line_case cases[] = {
		{ "--", "|" },
		{ "-q -- -v", "quiet | -v" },
		{ "a -- -n 5 b", "| a -n 5 b" },
		{ "-- -- a", "| -- a" },
		{ "-5 -- -6", "| -5 -6" },
		{ "-- -5", "| -5" },
		{ "-n -- 5", "adjust=-- | 5" },
	};

	(void)state;
	expect(cases, UNIT_LENGTH(cases), 0, ST_OK);
}

static void a_wrapper_stops_at_the_command(void **state)
{
	static const struct line_case cases[] = {
		{ "-n 5 make -n 6 -q", "adjust=5 | make -n 6 -q" },
		{ "-q -- make -n", "quiet | make -n" },
		{ "-- -make -n", "| -make -n" },
		{ "make -- -n", "| make -- -n" },
		{ "-q -5 -v", "quiet | -5 -v" },
		{ "-n -5 make", "adjust=-5 | make" },
		{ "- -q", "| - -q" },
	};

	(void)state;
	expect(cases, UNIT_LENGTH(cases), ARGS_WRAPPER, ST_OK);
}

static void usage_errors_are_reported(void **state)
{
	static const struct line_case cases[] = {
		{ "-n", "oomctl: option '-n' needs an argument" },
		{ "-qn", "oomctl: option '-n' needs an argument" },
		{ "--adjust", "oomctl: option '--adjust' needs an argument" },
		{ "a --sort", "oomctl: option '--sort' needs an argument" },
		{ "-x", "oomctl: unknown option '-x'" },
		{ "-qx", "oomctl: unknown option '-x'" },
		{ "-q5", "oomctl: unknown option '-5'" },
		{ "-5x", "oomctl: unknown option '-5'" },
		{ "--nothing", "oomctl: unknown option '--nothing'" },
		{ "--nothing=5", "oomctl: unknown option '--nothing'" },
		{ "--sorrt=5", "oomctl: unknown option '--sorrt'; did you mean '--sort'?" },
		{ "--quiet=5", "oomctl: option '--quiet' takes no argument" },
		{ "-\xff", "oomctl: unknown option '-\\xff'" },
		{ "--a\x1b[31m", "oomctl: unknown option '--a\\x1b[31m'" },
		{ "--top 0", "oomctl: --top must be a number from 1 to 30, not '0'" },
		{ "-t31", "oomctl: --top must be a number from 1 to 30, not '31'" },
		{ "--top x", "oomctl: --top must be a number from 1 to 30, not 'x'" },
		{ "-n bad --nothing", "oomctl: unknown option '--nothing'" },
		{ "-t 0 -n bad", "oomctl: --top must be a number from 1 to 30, not '0'" },
		{ "-n bad -t 0", "oomctl: bad value" },
		{ "--sor", "oomctl: unknown option '--sor'; did you mean '--sore'?" },
		{ "--whe", "oomctl: unknown option '--whe'; did you mean '--when'?" },
		{ "--adj=5", "oomctl: unknown option '--adj'; did you mean '--adjust'?" },
	};

	(void)state;
	expect(cases, UNIT_LENGTH(cases), 0, ST_USAGE);
}

static void an_error_names_the_help(void **state)
{
	struct args a = { .command = "rank" };
	char *said;
	size_t size;
	enum status st;

	(void)state;
	stderr_listen();
	st = args_error(&a, "bad '%s'", "thing\n");
	said = stderr_said(&size);
	assert_int_equal(st, ST_USAGE);
	unit_text("said", said, "oomctl: bad 'thing\\x0a'\noomctl: see 'oomctl help rank'\n");
	free(said);
}

static void fields_are_filled(void **state)
{
	struct given given;
	enum status st;

	(void)state;
	parse("a --sort x -t 5", 0, &given, &st);
	unit_text("sort", given.sort, "x");
	unit_number("top", (int64_t)given.top, 5);
	assert_false(given.is_sore);
	parse("--sort x --sore --sort -y -t 5 --top=30 --sore", 0, &given, &st);
	unit_text("the last", given.sort, "-y");
	unit_number("the last", (int64_t)given.top, 30);
	assert_true(given.is_sore);
}

static void used_groups_are_known(void **state)
{
	static char *words[] = { (char *)"-q", (char *)"x", (char *)"--sore" };
	struct given given = { .top = 0 };
	struct args a = { .command = "set",
			  .groups = { { common, &given }, { own, &given }, { shared, &given } },
			  .argc = 3,
			  .argv = words };

	(void)state;
	assert_int_equal(args_read(&a), ST_OK);
	assert_int_equal(a.used, 1);
	assert_int_equal(args_store(&a), ST_OK);
	assert_int_equal(a.used, 1 | 4);
	unit_text("shifted", args_shift(&a), "x");
	assert_null(args_shift(&a));
	args_free(&a);
}

/* More rows and options than any command has. */
static void tables_of_any_size(void **state)
{
	static struct opt many[301];
	static char names[300][16], *words[300];
	struct given given = { .top = 0 };
	struct args a = { .command = "set", .groups = { { common, &given }, { many, &given } } };

	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(names[i], sizeof(names[i]), "--o%d", i);
		many[i] = (struct opt)OPT_FLAG(0, names[i] + 2, "", struct given, is_sore);
		words[i] = names[i];
	}
	a.argc = 300;
	a.argv = words;
	assert_int_equal(args_read(&a), ST_OK);
	assert_false(given.is_sore);
	assert_int_equal(args_store(&a), ST_OK);
	assert_true(given.is_sore);
	args_free(&a);
}

static const struct opt with_rest[] = {
	OPT_FLAG(0, "sore", "", struct given, is_sore),
	OPT_REST('x', "exec", "COMMAND...", ""),
	OPT_END,
};

/* All words after it are its, whatever they look like. */
static void a_command_takes_the_rest(void **state)
{
	static const struct {
		const char *line, *rest;
		size_t n_operands;
	} rows[] = {
		{ "--exec a", "a|", 0 },
		{ "--sore --exec a --sore b -- -5 --exec c", "a|--sore|b|--|-5|--exec|c|", 0 },
		{ "--exec=a b", "a|b|", 0 },
		{ "-x a b", "a|b|", 0 },
		{ "-xa b", "a|b|", 0 },
		{ "p --exec a b", "a|b|", 1 },
		{ "--exec _ b", "|b|", 0 },
		{ "--exec -q --nonsense", "-q|--nonsense|", 0 },
		{ "p -- --exec a", NULL, 3 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(rows); i++) {
		char copy[256], *words[32] = { NULL }, rest[512] = "";
		struct given given = { .text = "" };
		struct args a = { .argv = words };

		strcpy(copy, rows[i].line);
		a.argc = split(copy, words);
		words[a.argc] = NULL;
		a.groups[0] = (struct args_group){ common, &given };
		a.groups[1] = (struct args_group){ with_rest, &given };
		assert_int_equal(args_read(&a), ST_OK);
		assert_int_equal(args_store(&a), ST_OK);
		for (char **p = a.rest; p && *p; p++) {
			append(rest, *p);
			append(rest, "|");
		}
		assert_int_equal(a.rest != NULL, rows[i].rest != NULL);
		unit_text(rows[i].line, rest, rows[i].rest ? rows[i].rest : "");
		unit_number(rows[i].line, (int64_t)a.n_operands, (int64_t)rows[i].n_operands);
		unit_text(rows[i].line, given.text, "");
		args_free(&a);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_operands_mix),
		cmocka_unit_test(a_negative_number_is_an_operand),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(a_wrapper_stops_at_the_command),
		cmocka_unit_test(usage_errors_are_reported),
		cmocka_unit_test(an_error_names_the_help),
		cmocka_unit_test(fields_are_filled),
		cmocka_unit_test(used_groups_are_known),
		cmocka_unit_test(tables_of_any_size),
		cmocka_unit_test(a_command_takes_the_rest),
	};

	return UNIT_RUN(argc, argv, tests);
}
