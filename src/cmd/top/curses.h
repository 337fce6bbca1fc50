/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * curses: the terminal, by ncurses, which is loaded on demand (docs/decisions/15-ncurses.md). After
 * curses_open() nothing else may write to the terminal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum curses_style {
	CURSES_PLAIN,
	CURSES_BOLD,
	CURSES_REVERSE,
	CURSES_GOOD,
	CURSES_WARN,
	CURSES_BAD
};

/* Keys that are no characters; a character is its code point. */
enum curses_key {
	CURSES_NO_CHARACTER = 0x110000,
	CURSES_UP = CURSES_NO_CHARACTER,
	CURSES_DOWN,
	CURSES_LEFT,
	CURSES_RIGHT,
	CURSES_PAGE_UP,
	CURSES_PAGE_DOWN,
	CURSES_HOME,
	CURSES_END,
	CURSES_BACKSPACE,
	CURSES_ENTER,
	CURSES_ESCAPE,
	CURSES_OTHER
};

/*
 * Takes over the terminal of standard input and output. NULL, or why that is not possible, in a
 * static buffer. The terminal is restored by curses_close(), and also by exit(3).
 */
const char *curses_open(bool has_color);
void curses_close(void);

/*
 * Only calls what a signal handler may: restores the terminal as far as possible. For signals that
 * end the program because of a fault.
 */
void curses_restore(void);

/* Leaves the terminal to others, as while the program is stopped, and takes it back. */
void curses_pause(void);
void curses_resume(void);

/* Reads the size of the terminal again. */
void curses_resize(void);
size_t curses_rows(void);
size_t curses_columns(void);

/* Writes text, which is escaped and fits, into a row, and clears the rest of it, in this style. */
void curses_put(size_t row, enum curses_style style, const char *text);

/* Shows what was written: only what has changed is sent. cursor_column SIZE_MAX: no cursor. */
void curses_show(size_t cursor_row, size_t cursor_column);

/* Sends everything again. */
void curses_redraw(void);

/* The next key, without waiting. false: there is none. */
bool curses_read(int *key);
