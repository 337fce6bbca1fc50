/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keys: which key does what; the page of help is made of the same table. */
#pragma once

#include <stddef.h>

enum keys_action {
	KEYS_NONE,
	KEYS_UP,
	KEYS_DOWN,
	KEYS_PAGE_UP,
	KEYS_PAGE_DOWN,
	KEYS_HOME,
	KEYS_END,
	KEYS_SEARCH,
	KEYS_FILTER,
	KEYS_SORT,
	KEYS_TREE,
	KEYS_USER,
	KEYS_GROUP,
	KEYS_TAG,
	KEYS_UNTAG,
	KEYS_MORE,
	KEYS_LESS,
	KEYS_NUMBER,
	KEYS_PROTECT,
	KEYS_UNPROTECT,
	KEYS_UNDO,
	KEYS_EXPLAIN,
	KEYS_HELP,
	KEYS_REDRAW,
	KEYS_QUIT,
};

struct keys_row {
	int key, other; /* other: a second key, or 0 */
	enum keys_action action;
	const char *label; /* as shown in the help */
	const char *help;
};

/* Ends with KEYS_NONE. */
extern const struct keys_row keys_table[];

/* What a key of curses_read() does in the list. */
enum keys_action keys_find(int key);

/* A short line for the last row of the terminal that fits into so many columns. */
void keys_hint(char *buf, size_t size, size_t columns);
