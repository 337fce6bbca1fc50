/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keys: which key does what. */
#include "cmd/top/keys.h"

#include <stdio.h>
#include <string.h>

#include "cmd/top/curses.h"

#define CTRL(letter) ((letter)&31)

const struct keys_row keys_table[] = {
	{ CURSES_UP, 'k', KEYS_UP, "Up, k", "go to the process above" },
	{ CURSES_DOWN, 'j', KEYS_DOWN, "Down, j", "go to the process below" },
	{ CURSES_PAGE_UP, CTRL('b'), KEYS_PAGE_UP, "PgUp", "go up by a page" },
	{ CURSES_PAGE_DOWN, CTRL('f'), KEYS_PAGE_DOWN, "PgDn", "go down by a page" },
	{ CURSES_HOME, 'g', KEYS_HOME, "Home, g", "go to the first process" },
	{ CURSES_END, 'G', KEYS_END, "End, G", "go to the last process" },
	{ '/', 0, KEYS_SEARCH, "/", "go to the next process whose name has a text" },
	{ '\\', 0, KEYS_FILTER, "\\", "show only processes whose name has a text" },
	{ 's', 0, KEYS_SORT, "s", "sort by the next column" },
	{ 't', 0, KEYS_TREE, "t", "show processes as a tree, or not" },
	{ 'u', 0, KEYS_USER, "u", "show only processes of a user" },
	{ 'c', 0, KEYS_GROUP, "c", "show only a cgroup (a path) or a unit" },
	{ ' ', 0, KEYS_TAG, "Space", "tag the process, or remove the tag" },
	{ 'T', 0, KEYS_UNTAG, "T", "remove all tags" },
	{ '+', '=', KEYS_MORE, "+", "add 100 to the adj: killed earlier" },
	{ '-', 0, KEYS_LESS, "-", "subtract 100 from the adj: killed later" },
	{ 'n', 0, KEYS_NUMBER, "n", "set the adj to a number" },
	{ 'p', 0, KEYS_PROTECT, "p", "protect: adj -999, and save the old adj" },
	{ 'P', 0, KEYS_UNPROTECT, "P", "unprotect: restore the saved adj" },
	{ 'U', 0, KEYS_UNDO, "U", "undo the last change made here" },
	{ 'e', CURSES_ENTER, KEYS_EXPLAIN, "e, Enter", "explain the rank of the process" },
	{ '?', 'h', KEYS_HELP, "?, h", "show this help" },
	{ CTRL('l'), 0, KEYS_REDRAW, "Ctrl-L", "draw the screen again" },
	{ 'q', 'Q', KEYS_QUIT, "q, Q", "quit" },
	{ 0, 0, KEYS_NONE, NULL, NULL },
};

enum keys_action keys_find(int key)
{
	for (const struct keys_row *r = keys_table; r->action != KEYS_NONE; r++)
		if (key == r->key || (r->other && key == r->other))
			return r->action;
	return KEYS_NONE;
}

void keys_hint(char *buf, size_t size, size_t columns)
{
	static const char *const words[] = {
		"? help", "q quit",    "+ - n adj", "p protect", "P unprotect",
		"U undo", "e explain", "/ find",    "\\ filter", "s sort",
		"t tree", "Space tag", "u user",    "c unit",
	};
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i]);

		if (at + len + 2 > columns || at + len + 3 > size)
			break;
		at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? "  " : "", words[i]);
	}
}
