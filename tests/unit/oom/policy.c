/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy: the rules in a file, and which rule decides for each caller. */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>

#include "oom/policy.h"

#define X50     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define NAME_64 X50 "xxxxxxxxxxxxxx"

static void good_lines_are_rules(void **state)
{
	static const struct {
		const char *text, *rule;
		bool is_permit, is_group, has_id;
		uint32_t id;
		int floor;
	} cases[] = {
		{ "permit alice floor -500", "permit alice floor -500", true, false, false, 0,
		  -500 },
		{ "permit @dba floor -900", "permit @dba floor -900", true, true, false, 0, -900 },
		{ "deny bob", "deny bob", false, false, false, 0, 0 },
		{ "deny @students", "deny @students", false, true, false, 0, 0 },
		{ "permit 1000 floor 0", "permit 1000 floor 0", true, false, true, 1000, 0 },
		{ "deny @0", "deny @0", false, true, true, 0, 0 },
		{ "deny 4294967294", "deny 4294967294", false, false, true, 4294967294U, 0 },
		{ "permit a floor -1000", "permit a floor -1000", true, false, false, 0, -1000 },
		{ "permit a floor 1000", "permit a floor 1000", true, false, false, 0, 1000 },
		{ " \t permit \t a\tfloor  -1\t ", "permit a floor -1", true, false, false, 0, -1 },
		{ "deny a # why", "deny a", false, false, false, 0, 0 },
		{ "deny a#b", "deny a#b", false, false, false, 0, 0 },
		{ "deny permit", "deny permit", false, false, false, 0, 0 },
		{ "deny 12a", "deny 12a", false, false, false, 0, 0 },
		{ "deny " NAME_64, "deny " NAME_64, false, false, false, 0, 0 },
		{ "permit @" NAME_64 " floor -1000", "permit @" NAME_64 " floor -1000", true, true,
		  false, 0, -1000 },
	};
	static struct policy p;
	char text[128];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		const char *name = cases[i].text;

		unit_number(name, policy_parse(name, strlen(name), &p), 0);
		unit_number(name, (int64_t)p.n_rules, 1);
		unit_number(name, p.rules[0].line, 1);
		unit_number(name, p.rules[0].is_permit, cases[i].is_permit);
		unit_number(name, p.rules[0].is_group, cases[i].is_group);
		unit_number(name, p.rules[0].has_id, cases[i].has_id);
		unit_number(name, p.rules[0].id, cases[i].id);
		unit_number(name, p.rules[0].floor, cases[i].floor);
		policy_format(&p.rules[0], text, sizeof(text));
		unit_text(name, text, cases[i].rule);
	}
}

static void empty_files_have_no_rule(void **state)
{
	static const char *const cases[] = {
		"", "\n", "\n\n\n", "   \t ", "# permit a floor 0\n", "  # deny a", "#", "\t#\n \n",
	};
	static struct policy p;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		unit_number(cases[i], policy_parse(cases[i], strlen(cases[i]), &p), 0);
		unit_number(cases[i], (int64_t)p.n_rules, 0);
	}
}

#define PERMIT_FORM "a permit rule must be: permit WHO floor ADJ"
#define DENY_FORM   "a deny rule must be: deny WHO"
#define FLOOR_RANGE "the floor must be a number from -1000 to 1000"
#define FIRST_WORD  "a rule must begin with 'permit' or 'deny'"

static void bad_lines_are_reported_and_void_the_file(void **state)
{
	static const struct {
		const char *line, *what;
	} cases[] = {
		{ "allow alice floor -500", FIRST_WORD },
		{ "Permit alice floor -500", FIRST_WORD },
		{ "permitalice floor -500", FIRST_WORD },
		{ "\v", "control character" },
		{ "permit", PERMIT_FORM },
		{ "permit alice", PERMIT_FORM },
		{ "permit alice floor", PERMIT_FORM },
		{ "permit alice -500", PERMIT_FORM },
		{ "permit alice ceiling -500", PERMIT_FORM },
		{ "permit alice floor -500 now", PERMIT_FORM },
		{ "permit alice floor -500 now and then", PERMIT_FORM },
		{ "permit alice floor -1001", FLOOR_RANGE },
		{ "permit alice floor 1001", FLOOR_RANGE },
		{ "permit alice floor 99999999999999999999", FLOOR_RANGE },
		{ "permit alice floor 0x10", FLOOR_RANGE },
		{ "permit alice floor -", FLOOR_RANGE },
		{ "permit alice floor never", FLOOR_RANGE },
		{ "permit alice floor -500x", FLOOR_RANGE },
		{ "permit alice floor -500#", FLOOR_RANGE },
		{ "deny", DENY_FORM },
		{ "deny alice floor -500", DENY_FORM },
		{ "deny alice bob", DENY_FORM },
		{ "deny # bob", DENY_FORM },
		{ "deny @", "no group name after '@'" },
		{ "deny 4294967295", "ID out of range" },
		{ "deny 99999999999999999999999", "ID out of range" },
		{ "deny @4294967296", "ID out of range" },
		{ "deny x" NAME_64, "the name is longer than 64 bytes" },
		{ "deny bob\r", "carriage return: lines must end with a newline only" },
		{ "deny bob\033[2J", "control character" },
		{ "# \001", "control character" },
		{ "#" NAME_64 NAME_64 NAME_64 NAME_64, "the line is longer than 255 bytes" },
	};
	static struct policy p;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		const char *name = cases[i].line;

		snprintf(text, sizeof(text), "permit a floor -1000\n\n%s\ndeny a\n", name);
		unit_number(name, policy_parse(text, strlen(text), &p), -EINVAL);
		unit_number(name, (int64_t)p.n_rules, 0);
		unit_number(name, (int64_t)p.n_errors, 1);
		unit_number(name, p.errors[0].line, 3);
		unit_text(name, p.errors[0].what, cases[i].what);
	}
}

static void nul_bytes_are_errors_utf_8_is_not(void **state)
{
	static const char nul[] = "permit a floor -1000\ndeny a\0b\n";
	static struct policy p;

	(void)state;
	unit_number("NUL", policy_parse(nul, sizeof(nul) - 1, &p), -EINVAL);
	unit_number("NUL", p.errors[0].line, 2);
	unit_text("NUL", p.errors[0].what, "NUL byte");
	/* A name can contain UTF-8. */
	unit_number("UTF-8", policy_parse("deny j\303\266rg\n", 11, &p), 0);
}

static void limits_hold(void **state)
{
	static char text[POLICY_MAX_BYTES + 2];
	static struct policy p;
	size_t len = 0;

	(void)state;
	/* A comment of 255 bytes is valid; the size of the whole file is limited too. */
	memset(text, '#', sizeof(text));
	unit_number("255", policy_parse(text, 255, &p), 0);
	unit_number("256", policy_parse(text, 256, &p), -EINVAL);
	for (size_t i = 255; i < sizeof(text); i += 256)
		text[i] = '\n';
	unit_number("65536", policy_parse(text, POLICY_MAX_BYTES, &p), 0);
	unit_number("65537", policy_parse(text, POLICY_MAX_BYTES + 1, &p), -EINVAL);
	unit_number("65537", p.errors[0].line, 0);
	for (int i = 0; i < 256; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "deny u%d\n", i);
	unit_number("256 rules", policy_parse(text, len, &p), 0);
	unit_number("256 rules", (int64_t)p.n_rules, 256);
	unit_number("256 rules", p.rules[255].line, 256);
	len += (size_t)snprintf(text + len, sizeof(text) - len, "deny last\n");
	unit_number("257 rules", policy_parse(text, len, &p), -EINVAL);
	unit_number("257 rules", p.errors[0].line, 257);
	unit_number("257 rules", (int64_t)p.n_rules, 0);
	memset(text, '\n', 1000);
	for (size_t i = 0; i < 1000; i += 2)
		text[i] = 'x';
	unit_number("500 mistakes", policy_parse(text, 1000, &p), -EINVAL);
	unit_number("500 mistakes", (int64_t)p.n_errors, 500);
	unit_number("500 mistakes", p.errors[POLICY_MAX_ERRORS - 1].line, POLICY_MAX_ERRORS);
}

/* The user name in a rule. */
static void names_that_a_rule_can_contain(void **state)
{
	static const struct {
		const char *name;
		bool can;
	} cases[] = {
		{ "alice", true },      { "12a", true },   { "a#b", true },    { "+5", true },
		{ "-5", true },         { "a@dba", true }, { "permit", true }, { NAME_64, true },
		{ NAME_64 "x", false }, { "", false },     { "777", false },   { "@dba", false },
		{ "a b", false },       { "a\tb", false }, { "#a", false },    { "a\nb", false },
		{ "a\x1b", false },     { "\x01", false },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++)
		unit_number(cases[i].name, policy_can_name(cases[i].name), cases[i].can);
}

/* The caller: alice (1000) in the groups dba and students. The name "ghost" is unknown. */
static enum policy_match ask_alice(void *arg, const struct policy_rule *rule)
{
	(void)arg;
	if (rule->has_id)
		return !rule->is_group && rule->id == 1000 ? POLICY_MATCHES : POLICY_OTHER;
	if (strcmp(rule->name, "ghost") == 0)
		return POLICY_UNKNOWN;
	if (rule->is_group)
		return strcmp(rule->name, "dba") == 0 || strcmp(rule->name, "students") == 0
			       ? POLICY_MATCHES
			       : POLICY_OTHER;
	return strcmp(rule->name, "alice") == 0 ? POLICY_MATCHES : POLICY_OTHER;
}

static void the_last_matching_rule_decides(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;    /* 0: none */
		int lowest;           /* lowest permitted value; 1001: none */
		unsigned int unknown; /* line with the unknown name; 0: none */
	} cases[] = {
		{ "", 0, 1001, 0 },
		{ "permit bob floor -1000", 0, 1001, 0 },
		{ "permit alice floor -500", 1, -500, 0 },
		{ "permit @dba floor -900", 1, -900, 0 },
		{ "permit alice floor -1000", 1, -1000, 0 },
		{ "permit alice floor 1000", 1, 1000, 0 },
		{ "permit 1000 floor -3", 1, -3, 0 },
		{ "permit @1000 floor -3", 0, 1001, 0 },
		{ "permit 1001 floor -3", 0, 1001, 0 },
		{ "permit @alice floor -500", 0, 1001, 0 },
		{ "permit dba floor -500", 0, 1001, 0 },
		{ "permit alice floor -500\npermit alice floor -100", 2, -100, 0 },
		{ "permit alice floor -100\npermit @dba floor -900\npermit bob floor -1", 2, -900,
		  0 },
		{ "permit alice floor -500\ndeny @students", 2, 1001, 0 },
		{ "deny @students\npermit alice floor -500", 2, -500, 0 },
		{ "deny alice\npermit bob floor -1000", 1, 1001, 0 },
		{ "permit alice floor -500\ndeny bob", 1, -500, 0 },
		/* An unknown name ends the search, in a permit rule and in a deny rule. */
		{ "permit ghost floor -1000", 0, 1001, 1 },
		{ "permit @ghost floor -1000", 0, 1001, 1 },
		{ "permit alice floor -900\npermit @ghost floor -100", 0, 1001, 2 },
		{ "permit alice floor -500\npermit ghost floor -1000", 0, 1001, 2 },
		{ "permit alice floor -500\npermit ghost floor -1\npermit bob floor -1", 0, 1001,
		  2 },
		{ "permit alice floor -500\ndeny ghost", 0, 1001, 2 },
		{ "permit alice floor -500\ndeny @ghost", 0, 1001, 2 },
		{ "deny @ghost\npermit alice floor -500", 2, -500, 0 },
		{ "permit ghost floor -1\npermit @dba floor -500\ndeny bob", 2, -500, 0 },
	};
	static struct policy p;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		const char *name = cases[i].text;
		const struct policy_rule *r, *unknown;

		unit_number(name, policy_parse(name, strlen(name), &p), 0);
		r = policy_decide(&p, ask_alice, NULL, &unknown);
		unit_number(name, r ? r->line : 0, cases[i].line);
		unit_number(name, unknown ? unknown->line : 0, cases[i].unknown);
		for (int adj = -1000; adj <= 1000; adj++)
			unit_number(name, policy_permits(r, adj), adj >= cases[i].lowest);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_lines_are_rules),
		cmocka_unit_test(empty_files_have_no_rule),
		cmocka_unit_test(bad_lines_are_reported_and_void_the_file),
		cmocka_unit_test(nul_bytes_are_errors_utf_8_is_not),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(names_that_a_rule_can_contain),
		cmocka_unit_test(the_last_matching_rule_decides),
	};

	return UNIT_RUN(argc, argv, tests);
}
