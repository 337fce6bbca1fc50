/* SPDX-License-Identifier: GPL-2.0-or-later */
/* standing: what a line of a rules file means, which errors it has, and what a rule wants for a process. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "oom/standing/standing.h"

#define X50    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X250   X50 X50 X50 X50 X50
#define ANY_30 "(. .) (. .) (. .) (. .) (. .) "

static struct standing_rule rules[STANDING_MAX_RULES];
static struct standing_errors errors;
static size_t n_rules;
static char text[STANDING_MAX_BYTES + 2];

static int parse(const char *lines, size_t len)
{
	memcpy(text, lines, len);
	errors.n = 0;
	return standing_parse(text, len, rules, STANDING_MAX_RULES, &n_rules, &errors);
}

static int parse_text(const char *lines)
{
	return parse(lines, strlen(lines));
}

/* Each line is written again as in the second column: unchanged, with single spaces. */
static void good_lines_are_rules(void **state)
{
	static const struct {
		const char *line, *rule;
	} cases[] = {
		{ "adj 300 name x", "adj 300 name x" },
		{ "adj -999 name x", "adj -999 name x" },
		{ "adj 1000 name x", "adj 1000 name x" },
		{ "  protect\tunit  postgresql@*.service # why",
		  "protect unit postgresql@*.service" },
		{ "never user 0", "never user 0" },
		{ "leave container *", "leave container *" },
		{ "adj -800 exe /usr/sbin/sshd parent init children 0",
		  "adj -800 exe /usr/sbin/sshd parent init children 0" },
		{ "adj 300 user alice name ^(firefox|Web Content)$ enforce",
		  "adj 300 user alice name ^(firefox|Web Content)$ enforce" },
		{ "adj 1 enforce children -999 name x", "adj 1 enforce children -999 name x" },
		{ "adj 1 name 'a b'", "adj 1 name 'a b'" },
		{ "adj 1 name \"a b\" exe '/a b'", "adj 1 name \"a b\" exe '/a b'" },
		{ "adj 1 name 'a\"b c'", "adj 1 name 'a\"b c'" },
		{ "adj 1 name a\"b", "adj 1 name a\"b" },
		{ "adj 1 name '#a'", "adj 1 name '#a'" },
		{ "adj 1 name a#b", "adj 1 name a#b" },
		{ "adj 1 name 'a\\'", "adj 1 name 'a\\'" },
		{ "adj 1 name a[ )] enforce", "adj 1 name a[ )] enforce" },
		{ "adj 1 name [](] user a", "adj 1 name [](] user a" },
		{ "adj 1 name [^] ] user a", "adj 1 name [^] ] user a" },
		{ "adj 1 name [[:space:] ]x user a", "adj 1 name [[:space:] ]x user a" },
		{ "adj 1 name \\( user a", "adj 1 name \\( user a" },
		{ "adj 1 name a) user a", "adj 1 name a) user a" },
		{ "adj 1 cmdline (a (b c) d) user a", "adj 1 cmdline (a (b c) d) user a" },
		{ "leave exe /a(b user a", "leave exe /a(b user a" },
		{ "leave name adj", "leave name adj" },
		{ "leave name children", "leave name children" },
		{ "leave children 5 name x", "leave children 5 name x" },
		{ "leave name " X250 "xxxxxx", "leave name " X250 "xxxxxx" },
		{ "adj 0 cgroup / parent ^init$", "adj 0 cgroup / parent ^init$" },
	};
	char again[STANDING_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		unit_number(cases[i].line, parse_text(cases[i].line), 0);
		unit_number(cases[i].line, (int64_t)n_rules, 1);
		standing_format(&rules[0], again, sizeof(again));
		unit_text(cases[i].line, again, cases[i].rule);
		/* What is shown can be written into a file. */
		unit_number(again, parse_text(again), 0);
		standing_format(&rules[0], again, sizeof(again));
		unit_text(cases[i].line, again, cases[i].rule);
	}
}

static void members_are_what_the_line_says(void **state)
{
	(void)state;
	assert_int_equal(parse_text("# a\n\nnever name x\nadj -5 user bob children 7 enforce\n"),
			 0);
	assert_int_equal(n_rules, 2);
	assert_int_equal(rules[0].line, 3);
	assert_int_equal(rules[0].action, STANDING_NEVER);
	assert_int_equal(rules[0].adj, -1000);
	assert_false(rules[0].has_children || rules[0].is_enforced);
	assert_int_equal(rules[1].line, 4);
	assert_int_equal(rules[1].adj, -5);
	assert_int_equal(rules[1].children, 7);
	assert_true(rules[1].has_children && rules[1].is_enforced);
	assert_string_equal(rules[1].values[STANDING_USER], "bob");
	assert_int_equal(rules[1].columns[STANDING_USER], 13);
	assert_null(rules[1].values[STANDING_NAME]);
	assert_int_equal(parse_text("protect name x"), 0);
	assert_int_equal(rules[0].adj, -999);
}

#define FIRST "a rule must begin with adj, protect, never or leave, not "
#define RANGE "adj must be a number from -999 to 1000, not "

static void bad_lines_are_named_and_void_the_file(void **state)
{
	static const struct {
		const char *line;
		unsigned int column;
		const char *what;
	} cases[] = {
		{ "300 name x", 1, FIRST "'300'" },
		{ "  xyzzyx name x", 3, FIRST "'xyzzyx'" },
		{ "ajd 300 name x", 1, "unknown action 'ajd'; did you mean 'adj'?" },
		{ "Adj 300 name x", 1, "unknown action 'Adj'; did you mean 'adj'?" },
		{ "adj", 4, "a number is missing after 'adj'" },
		{ "adj # 5", 5, "a number is missing after 'adj'" },
		{ "adj name x", 5, RANGE "'name'" },
		{ "adj 1001 name x", 5, RANGE "'1001'" },
		{ "adj -1001 name x", 5, RANGE "'-1001'" },
		{ "adj 5x name x", 5, RANGE "'5x'" },
		{ "adj '5' name x", 5, RANGE "''5''" },
		{ "adj 99999999999999999999 name x", 5, RANGE "'99999999999999999999'" },
		{ "adj -1000 name x", 5, "-1000 means never killed: write 'never' instead" },
		{ "adj 5 name x children -1000", 23, "children must be at least -999" },
		{ "adj 5 name x children", 22, "a number is missing after 'children'" },
		{ "adj 5 name x children a", 23,
		  "children must be a number from -999 to 1000, not 'a'" },
		{ "adj 5 name x children 1 children 2", 25,
		  "'children' can be given only once in a rule" },
		{ "adj 5", 1, "the rule has no condition; 'name .' matches all processes" },
		{ " never enforce", 2,
		  "the rule has no condition; 'name .' matches all processes" },
		{ "adj 5 nmae x", 7, "unknown condition 'nmae'; did you mean 'name'?" },
		{ "adj 5 zzzzzz x", 7, "unknown condition 'zzzzzz'" },
		{ "adj 5 name", 11, "a value is missing after 'name'" },
		{ "adj 5 name # x", 12, "a value is missing after 'name'" },
		{ "adj 5 name ''", 13, "the value of 'name' is empty" },
		{ "adj 5 name x name y", 14, "'name' can be given only once in a rule" },
		{ "adj 5 exe sshd", 11, "'sshd' does not begin with '/'" },
		{ "adj 5 cgroup a/b", 14, "'a/b' does not begin with '/'" },
		{ "adj 5 unit a/b", 12, "'a/b' is not a name: it contains '/'" },
		{ "adj 5 name 'x", 12, "there is no closing ' for this quote" },
		{ "adj 5 name \"x'", 12, "there is no closing \" for this quote" },
		{ "adj 5 name 'x'y", 15, "a blank is missing after the closing quote" },
		{ "adj 5 name ((a b) c", 12, "there is no ')' for this '('" },
		{ "adj 5 name a[b c", 13, "there is no ']' for this '['" },
		{ "adj 5 name [[:a b", 12, "there is no ']' for this '['" },
		{ "adj 1 name x enforce enforce", 22,
		  "'enforce' can be given only once in a rule" },
		{ "adj 1 parent 1", 14, "'parent' takes a name, not a PID; process 1 is 'init'" },
		{ "adj 1 parent \"4711\"", 15,
		  "'parent' takes a name, not a PID; process 1 is 'init'" },
		{ "leave name x enforce", 14, "'leave' has no value that could be enforced" },
		{ "leave name " X250 "xxxxxxx", 12,
		  "the value of 'name' is longer than 256 bytes" },
		{ "adj 5 name \xc3\xa9\xc3\xa9 x", 15, "unknown condition 'x'" },
		{ "adj 5 name x\r", 13, "carriage return: lines must end with a newline only" },
		{ "adj 5\x01 name x", 6, "control character" },
		{ "\x7f", 1, "control character" },
	};
	char both[2 * STANDING_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		snprintf(both, sizeof(both), "adj 1 name ok\n%s\nadj 2 name ok", cases[i].line);
		unit_number(cases[i].line, parse_text(both), -EINVAL);
		unit_number(cases[i].line, (int64_t)n_rules, 0);
		unit_number(cases[i].line, (int64_t)errors.n, 1);
		unit_number(cases[i].line, errors.list[0].line, 2);
		unit_number(cases[i].line, errors.list[0].column, cases[i].column);
		unit_text(cases[i].line, errors.list[0].what, cases[i].what);
	}
	assert_int_equal(parse("a\0b", 3), -EINVAL);
	assert_string_equal(errors.list[0].what, "control character");
}

static void limits_are_errors(void **state)
{
	static char many[32 * (STANDING_MAX_RULES + 1)];
	size_t len = 0;

	(void)state;
	memset(many, ' ', sizeof(many));
	assert_int_equal(parse(many, STANDING_MAX_LINE), 0);
	assert_int_equal(parse(many, STANDING_MAX_LINE + 1), -EINVAL);
	assert_string_equal(errors.list[0].what, "the line is longer than 2047 bytes");
	for (size_t i = 0; i < STANDING_MAX_RULES; i++)
		len += (size_t)sprintf(many + len, "adj 1 name x\n");
	assert_int_equal(parse(many, len), 0);
	assert_int_equal(n_rules, STANDING_MAX_RULES);
	len += (size_t)sprintf(many + len, "adj 1 name x\n");
	assert_int_equal(parse(many, len), -EINVAL);
	assert_string_equal(errors.list[0].what, "more than 1024 rules in all files");
	assert_int_equal(errors.list[0].line, 1025);
	assert_int_equal(n_rules, 0);
	memset(text, '\n', sizeof(text));
	errors.n = 0;
	assert_int_equal(standing_parse(text, STANDING_MAX_BYTES, rules, 1, &n_rules, &errors), 0);
	assert_int_equal(standing_parse(text, STANDING_MAX_BYTES + 1, rules, 1, &n_rules, &errors),
			 -EINVAL);
	assert_string_equal(errors.list[0].what, "longer than 262144 bytes");
	/* More errors than are listed are counted. */
	memset(many, 'x', 40);
	for (size_t i = 1; i < 40; i += 2)
		many[i] = '\n';
	assert_int_equal(parse(many, 40), -EINVAL);
	assert_int_equal(errors.n, 20);
}

static void a_rule_wants_its_value(void **state)
{
	(void)state;
	parse_text("adj 5 name x children 7\nprotect name x\nleave name x\nnever name x");
	assert_int_equal(standing_value(&rules[0], false, -1000), 5);
	assert_int_equal(standing_value(&rules[0], true, 5), 7);
	/* protect never makes a process easier to kill. */
	assert_int_equal(standing_value(&rules[1], false, 0), -999);
	assert_int_equal(standing_value(&rules[1], false, -1000), -1000);
	assert_int_equal(standing_value(&rules[3], false, 0), -1000);
	assert_true(standing_has_value(&rules[0], true) && standing_has_value(&rules[0], false));
	assert_false(standing_has_value(&rules[1], true));
	assert_false(standing_has_value(&rules[2], false));
}

static void a_later_change_is_respected(void **state)
{
	static const struct {
		const char *name;
		int wanted, current;
		int last; /* 9999: none */
		bool enforces;
		enum standing_plan plan;
	} cases[] = {
		{ "new", 300, 0, 9999, false, STANDING_WRITE },
		{ "new, has it", 300, 300, 9999, false, STANDING_KEEP },
		{ "as it was left", 300, 300, 300, false, STANDING_KEEP },
		{ "changed", 300, 500, 300, false, STANDING_RESPECT },
		{ "changed, enforced", 300, 500, 300, true, STANDING_WRITE },
		{ "changed back", 300, 300, 200, false, STANDING_KEEP },
		{ "the rule was changed", 400, 300, 300, false, STANDING_WRITE },
		{ "both were changed", 400, 500, 300, false, STANDING_RESPECT },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++)
		unit_number(cases[i].name,
			    standing_plan(cases[i].wanted, cases[i].current,
					  cases[i].last == 9999 ? NULL : &cases[i].last,
					  cases[i].enforces),
			    cases[i].plan);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_lines_are_rules),
		cmocka_unit_test(members_are_what_the_line_says),
		cmocka_unit_test(bad_lines_are_named_and_void_the_file),
		cmocka_unit_test(limits_are_errors),
		cmocka_unit_test(a_rule_wants_its_value),
		cmocka_unit_test(a_later_change_is_respected),
	};

	return UNIT_RUN(argc, argv, tests);
}
