/* SPDX-License-Identifier: GPL-2.0-or-later */
/* curses: the terminal, by ncurses; only this file uses it. */
#define NCURSES_NOMACROS 1
#include "cmd/top/curses.h"

/* Without _XOPEN_SOURCE, which musl does not set itself, curses.h has no wide characters. */
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define LIBRARY "libncursesw.so.6"

/* <term.h> has it, beside hundreds of macros with ordinary names. */
extern char *tigetstr(const char *name);

/* The functions, in the library and here. */
#define FUNCTIONS(f)                                                                             \
	f(newterm) f(endwin) f(cbreak) f(noecho) f(nonl) f(newwin) f(keypad) f(nodelay) f(meta)  \
		f(set_escdelay) f(start_color) f(has_colors) f(use_default_colors) f(init_pair)  \
			f(wmove) f(waddnstr) f(wattr_set) f(werase) f(wclrtoeol) f(wnoutrefresh) \
				f(doupdate) f(clearok) f(resizeterm) f(curs_set) f(wget_wch)     \
					f(tigetstr) f(wbkgdset) f(wredrawln) f(use_env)          \
						f(use_tioctl)

#define DECLARE(name) __typeof__(name) *name;
static struct {
	FUNCTIONS(DECLARE)
} lib;

static struct {
	WINDOW *window; /* NULL: not open */
	bool has_color, is_paused;
	size_t rows, columns;
	struct termios settings; /* before */
	char restore[128];       /* what ends the mode of the terminal */
	size_t restore_len;
} term;

/* What the rows have: most have the same at the next refresh. Longer lines are written again. */
#define MAX_LINES 128

static struct shown_line {
	bool is_set;
	enum curses_style style;
	char text[512];
} lines[MAX_LINES];

static int load(void)
{
#define NAME(name) { (void **)&lib.name, #name },
	const struct {
		void **function;
		const char *name;
	} functions[] = { FUNCTIONS(NAME) };
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_GLOBAL);

	for (size_t i = 0; library && i < sizeof(functions) / sizeof(functions[0]); i++) {
		*functions[i].function = dlsym(library, functions[i].name);
		/* Functions of terminfo can be in a library of their own, which it has loaded. */
		if (!*functions[i].function)
			*functions[i].function = dlsym(RTLD_DEFAULT, functions[i].name);
		if (!*functions[i].function)
			return -1;
	}
	return library ? 0 : -1;
}

/* Without the delays, as in "$<2>". */
static void add_restore(const char *name)
{
	const char *p = lib.tigetstr(name);

	if (!p || p == (const char *)-1)
		return;
	while (*p && term.restore_len < sizeof(term.restore) - 1) {
		if (p[0] == '$' && p[1] == '<' && strchr(p, '>')) {
			p = strchr(p, '>') + 1;
			continue;
		}
		term.restore[term.restore_len++] = *p++;
	}
}

static void init_colors(void)
{
	static const short colors[] = { [CURSES_GOOD] = COLOR_GREEN,
					[CURSES_WARN] = COLOR_YELLOW,
					[CURSES_BAD] = COLOR_RED };

	if (!lib.has_colors() || lib.start_color() == ERR) {
		term.has_color = false;
		return;
	}
	lib.use_default_colors();
	for (short style = CURSES_GOOD; style <= CURSES_BAD; style++)
		lib.init_pair(style, colors[style], -1);
}

const char *curses_open(bool has_color)
{
	static bool is_registered;
	static char why[128];
	const char *name = getenv("TERM"), *cup;

	if (tcgetattr(STDIN_FILENO, &term.settings))
		return "standard input is not a terminal";
	if (load())
		return LIBRARY " cannot be loaded";
	/*
	 * The size is that of the terminal, not that of the variables LINES and COLUMNS, nor of
	 * terminfo, which has none for some terminals.
	 */
	lib.use_env(FALSE);
	lib.use_tioctl(TRUE);
	snprintf(why, sizeof(why),
		 "the terminal type %s%.40s is unknown or cannot move its cursor; see TERM",
		 name && *name ? "" : "(none)", name ? name : "");
	if (!name || !*name || !lib.newterm(NULL, stdout, stdin))
		return why;
	cup = lib.tigetstr("cup");
	term.window = lib.newwin(0, 0, 0, 0);
	if (!cup || cup == (const char *)-1 || !term.window) {
		lib.endwin();
		term.window = NULL;
		return why;
	}
	add_restore("sgr0");
	add_restore("rmkx");
	add_restore("cnorm");
	add_restore("rmcup");
	term.has_color = has_color;
	if (has_color)
		init_colors();
	lib.cbreak();
	lib.noecho();
	lib.nonl();
	lib.keypad(term.window, TRUE);
	lib.nodelay(term.window, TRUE);
	lib.meta(term.window, TRUE);
	lib.set_escdelay(50);
	curses_resize();
	if (!is_registered)
		atexit(curses_close);
	is_registered = true;
	return NULL;
}

void curses_close(void)
{
	if (!term.window)
		return;
	lib.curs_set(1);
	lib.endwin();
	term.window = NULL;
}

void curses_restore(void)
{
	ssize_t n;

	if (!term.window || term.is_paused)
		return;
	n = write(STDOUT_FILENO, term.restore, term.restore_len);
	(void)n;
	tcsetattr(STDIN_FILENO, TCSANOW, &term.settings);
}

void curses_pause(void)
{
	lib.curs_set(1);
	lib.endwin();
	term.is_paused = true;
}

void curses_resume(void)
{
	term.is_paused = false;
	curses_resize();
	curses_redraw();
}

void curses_resize(void)
{
	struct winsize ws = { .ws_row = 24, .ws_col = 80 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws);
	term.rows = ws.ws_row ? ws.ws_row : 24;
	term.columns = ws.ws_col ? ws.ws_col : 80;
	lib.resizeterm((int)term.rows, (int)term.columns);
	memset(lines, 0, sizeof(lines));
}

size_t curses_rows(void)
{
	return term.rows;
}

size_t curses_columns(void)
{
	return term.columns;
}

static void set_style(enum curses_style style)
{
	attr_t attributes = A_NORMAL;
	short pair = 0;

	if (style == CURSES_BOLD)
		attributes = A_BOLD;
	else if (style == CURSES_REVERSE)
		attributes = A_REVERSE;
	else if (style >= CURSES_GOOD && term.has_color)
		pair = (short)style;
	if (style >= CURSES_WARN)
		attributes |= A_BOLD;
	lib.wattr_set(term.window, attributes, pair, NULL);
}

/* Whether the row has this text already; from now on it has. */
static bool has_text(size_t row, enum curses_style style, const char *text)
{
	size_t size = strlen(text) + 1;
	struct shown_line *line;

	if (row >= MAX_LINES)
		return false;
	line = &lines[row];
	if (line->is_set && line->style == style && strcmp(line->text, text) == 0)
		return true;
	line->is_set = size <= sizeof(line->text);
	line->style = style;
	if (line->is_set)
		memcpy(line->text, text, size);
	return false;
}

void curses_put(size_t row, enum curses_style style, const char *text)
{
	if (row >= term.rows || has_text(row, style, text) ||
	    lib.wmove(term.window, (int)row, 0) == ERR)
		return;
	lib.wbkgdset(term.window, ' ' | (style == CURSES_REVERSE ? A_REVERSE : A_NORMAL));
	lib.wclrtoeol(term.window);
	lib.wbkgdset(term.window, ' ' | A_NORMAL);
	set_style(style);
	lib.waddnstr(term.window, text, -1);
}

void curses_show(size_t cursor_row, size_t cursor_column)
{
	bool has_cursor = cursor_column != SIZE_MAX;

	lib.curs_set(has_cursor);
	lib.wmove(term.window, (int)cursor_row, has_cursor ? (int)cursor_column : 0);
	lib.wnoutrefresh(term.window);
	lib.doupdate();
}

void curses_redraw(void)
{
	lib.clearok(term.window, TRUE);
}

static int special_key(wint_t key)
{
	switch (key) {
	case KEY_UP:
		return CURSES_UP;
	case KEY_DOWN:
		return CURSES_DOWN;
	case KEY_LEFT:
		return CURSES_LEFT;
	case KEY_RIGHT:
		return CURSES_RIGHT;
	case KEY_PPAGE:
		return CURSES_PAGE_UP;
	case KEY_NPAGE:
		return CURSES_PAGE_DOWN;
	case KEY_HOME:
		return CURSES_HOME;
	case KEY_END:
		return CURSES_END;
	case KEY_BACKSPACE:
		return CURSES_BACKSPACE;
	case KEY_ENTER:
		return CURSES_ENTER;
	default:
		return CURSES_OTHER;
	}
}

bool curses_read(int *key)
{
	wint_t got;
	int kind;

	/* ncurses reports curses_resize() as a key. */
	do
		kind = lib.wget_wch(term.window, &got);
	while (kind == KEY_CODE_YES && got == KEY_RESIZE);
	if (kind == ERR)
		return false;
	if (kind == KEY_CODE_YES)
		*key = special_key(got);
	else if (got == '\r' || got == '\n')
		*key = CURSES_ENTER;
	else if (got == 127 || got == 8)
		*key = CURSES_BACKSPACE;
	else if (got == 27)
		*key = CURSES_ESCAPE;
	else
		*key = got < CURSES_NO_CHARACTER ? (int)got : CURSES_OTHER;
	return true;
}
