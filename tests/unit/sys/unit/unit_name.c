/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit_name: names of systemd units. */
#include "unit.h"

#include <errno.h>

#include "sys/unit/unit_name.h"

static void completes_a_name_as_systemctl_does(void **state)
{
	static const struct {
		const char *word, *name; /* NULL: refused */
	} cases[] = {
		{ "a", "a.service" },
		{ "a.service", "a.service" },
		{ "a.b", "a.b.service" },
		{ "a.socket", "a.socket" },
		{ "org.x.Y", "org.x.Y.service" },
		{ "a@.service", "a@.service" },
		{ "a@b", "a@b.service" },
		{ "a@b@c.service", "a@b@c.service" },
		{ "x\\x2dy.service", "x\\x2dy.service" },
		{ "-.mount", "-.mount" },
		{ "..", "...service" },
		{ "0:a_b-c", "0:a_b-c.service" },
		{ "", NULL },
		{ ".service", NULL },
		{ "@x.service", NULL },
		{ "@", NULL },
		{ "a b", NULL },
		{ "a/b", NULL },
		{ "../b.service", NULL },
		{ "a\n", NULL },
		{ "a%i", NULL },
		{ "a'", NULL },
		{ "\xc3\xa4.service", NULL },
	};
	char name[UNIT_NAME_SIZE];
	const char *why;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		unit_number(cases[i].word, unit_name_complete(cases[i].word, name, &why),
			    cases[i].name ? 0 : -EINVAL);
		if (cases[i].name)
			unit_text(cases[i].word, name, cases[i].name);
		unit_number(cases[i].word, why == NULL, cases[i].name != NULL);
	}
}

static void a_name_must_fit_with_its_directory(void **state)
{
	char word[400], name[UNIT_NAME_SIZE];
	const char *why;

	(void)state;
	/* 253 and 254 bytes; ".d" makes 255, the longest name of a file, of the first. */
	memset(word, 'a', sizeof(word));
	snprintf(word + 245, sizeof(word) - 245, ".service");
	unit_number("253", unit_name_complete(word, name, &why), 0);
	unit_number("length", (int64_t)strlen(name), 253);
	word[245] = 'a';
	snprintf(word + 246, sizeof(word) - 246, ".service");
	unit_number("254", unit_name_complete(word, name, &why), -EINVAL);
	word[245] = '\0';
	unit_number("245 and a type", unit_name_complete(word, name, &why), 0);
	snprintf(word + 245, 2, "a");
	unit_number("246 and a type", unit_name_complete(word, name, &why), -EINVAL);
}

static void only_some_types_have_processes(void **state)
{
	static const struct {
		const char *name, *section;
	} cases[] = {
		{ "a.service", "Service" }, { "a.socket", "Socket" }, { "a.mount", "Mount" },
		{ "a.swap", "Swap" },       { "a.slice", NULL },      { "a.scope", NULL },
		{ "a.target", NULL },       { "a.timer", NULL },      { "a.device", NULL },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		const char *section = unit_name_section(cases[i].name);

		unit_text(cases[i].name, section ? section : "none",
			  cases[i].section ? cases[i].section : "none");
		unit_text(cases[i].name, unit_name_type(cases[i].name), cases[i].name + 2);
	}
}

static void templates_have_instances(void **state)
{
	char name[UNIT_NAME_SIZE], longest[UNIT_NAME_SIZE];

	(void)state;
	assert_true(unit_name_is_template("a@.service"));
	assert_false(unit_name_is_template("a@b.service"));
	assert_false(unit_name_is_template("a.service"));
	assert_false(unit_name_is_template("a@b@.service"));
	unit_number("instance", unit_name_instance("a@.service", "b", name), 0);
	unit_text("instance", name, "a@b.service");
	unit_name_template("a@b@c.d.service", name);
	unit_text("template", name, "a@.service");
	memset(longest, 'a', sizeof(longest));
	snprintf(longest + 244, 10, "@.service");
	unit_number("longest", unit_name_instance(longest, "", name), 0);
	unit_number("longer", unit_name_instance(longest, "b", name), -ENAMETOOLONG);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(completes_a_name_as_systemctl_does),
		cmocka_unit_test(a_name_must_fit_with_its_directory),
		cmocka_unit_test(only_some_types_have_processes),
		cmocka_unit_test(templates_have_instances),
	};

	return UNIT_RUN(argc, argv, tests);
}
