/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keys: what they do, and the line that names them. */
#include "unit.h"

#include "cmd/top/curses.h"
#include "cmd/top/keys.h"

static void keys_have_their_actions(void **state)
{
	static const struct {
		int key;
		enum keys_action action;
	} cases[] = {
		{ CURSES_UP, KEYS_UP },
		{ CURSES_DOWN, KEYS_DOWN },
		{ CURSES_PAGE_UP, KEYS_PAGE_UP },
		{ CURSES_PAGE_DOWN, KEYS_PAGE_DOWN },
		{ CURSES_HOME, KEYS_HOME },
		{ CURSES_END, KEYS_END },
		{ '/', KEYS_SEARCH },
		{ '\\', KEYS_FILTER },
		{ 's', KEYS_SORT },
		{ 't', KEYS_TREE },
		{ 'u', KEYS_USER },
		{ 'c', KEYS_GROUP },
		{ ' ', KEYS_TAG },
		{ '+', KEYS_MORE },
		{ '-', KEYS_LESS },
		{ 'n', KEYS_NUMBER },
		{ 'p', KEYS_PROTECT },
		{ 'P', KEYS_UNPROTECT },
		{ 'U', KEYS_UNDO },
		{ 'e', KEYS_EXPLAIN },
		{ '?', KEYS_HELP },
		{ 'q', KEYS_QUIT },
		{ 'K', KEYS_NONE },
		{ 0, KEYS_NONE },
		{ CURSES_OTHER, KEYS_NONE },
	};
	char name[32];

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(cases); i++) {
		snprintf(name, sizeof(name), "key %d", cases[i].key);
		unit_number(name, keys_find(cases[i].key), cases[i].action);
	}
}

static void no_key_has_two_actions(void **state)
{
	(void)state;
	for (const struct keys_row *r = keys_table; r->action != KEYS_NONE; r++) {
		unit_number(r->label, keys_find(r->key), r->action);
		if (r->other)
			unit_number(r->label, keys_find(r->other), r->action);
	}
}

static void the_hint_fits(void **state)
{
	char hint[256];

	(void)state;
	keys_hint(hint, sizeof(hint), 60);
	unit_text("60", hint, "? help  q quit  + - n adj  p protect  P unprotect  U undo");
	keys_hint(hint, sizeof(hint), 8);
	unit_text("8", hint, "? help");
	keys_hint(hint, sizeof(hint), 3);
	unit_text("3", hint, "");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_have_their_actions),
		cmocka_unit_test(no_key_has_two_actions),
		cmocka_unit_test(the_hint_fits),
	};

	return UNIT_RUN(argc, argv, tests);
}
