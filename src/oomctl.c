/* SPDX-License-Identifier: GPL-2.0-or-later */
/* oomctl: main: privilege, locale, terminal, the command, and one checked flush at the end. */
#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "ui/wrap.h"

#define MAX_WIDTH 1000

static size_t terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws;
	long n;

	if (columns && num_parse(columns, 1, MAX_WIDTH, &n) == 0)
		return (size_t)n;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return ws.ws_col < MAX_WIDTH ? ws.ws_col : MAX_WIDTH;
	return 80;
}

static bool wants_color(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

static bool is_option(const char *word)
{
	return *word == '-' && !num_is_negative(word);
}

/* The command that the first word means; NULL: none. */
static const struct cmd *find(const char *word)
{
	return is_option(word) ? &cmd_rank : cmd_find(word);
}

static enum privilege_need find_need(int argc, char **argv)
{
	const struct cmd *c = argc > 1 ? find(argv[1]) : NULL;
	unsigned int flags = c ? c->flags : 0;

	if (flags & CMD_WRAPPER)
		return PRIVILEGE_RUN;
	if (flags & CMD_WRITES)
		return PRIVILEGE_WRITE;
	return flags & CMD_OWN ? PRIVILEGE_OWN : PRIVILEGE_NONE;
}

/*
 * The command that the words name; the words behind it are left in argv. NULL: none, and it was
 * said.
 */
static const struct cmd *choose(int *argc, char ***argv)
{
	const struct cmd *c;
	const char *word;
	long number;

	if (*argc == 0)
		return &cmd_rank;
	word = (*argv)[0];
	c = find(word);
	if (is_option(word))
		return c;
	if (!c) {
		msg_error("unknown command '%s'", word);
		if (num_parse(word, 1, INT_MAX, &number) == 0)
			msg_error("for that process: '" PROGRAM_NAME " get %ld'", number);
		msg_error("see '" PROGRAM_NAME " help'");
		return NULL;
	}
	(*argc)--;
	(*argv)++;
	return c;
}

static bool is_one_of(const char *word, const char *letter, const char *name)
{
	return strcmp(word, letter) == 0 || strcmp(word, name) == 0;
}

static enum status dispatch(struct ctx *cx, int argc, char **argv)
{
	const struct cmd *c;

	if (argc > 0 && is_one_of(argv[0], "-h", "--help")) {
		cmd_print_help(cx->out, NULL);
		return ST_OK;
	}
	if (argc > 0 && is_one_of(argv[0], "-V", "--version")) {
		cmd_print_version(cx->out);
		return ST_OK;
	}
	c = choose(&argc, &argv);
	return c ? cmd_run(cx, c, argc, argv) : ST_USAGE;
}

/* What was buffered must have arrived; a reader that went away is no error to talk about. */
static enum status flush_output(FILE *out, enum status st)
{
	if (fflush(out) == 0 && !ferror(out))
		return st;
	if (errno != EPIPE)
		msg_error("cannot write to standard output: %s", strerror(errno));
	return ST_BROKEN;
}

/*
 * Other character sets than these load modules (gconv), which is no business of a borrowed right.
 */
static void set_locale(const struct privilege *p)
{
	setlocale(LC_CTYPE, "");
	if (p->is_borrowed && strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C");
}

int main(int argc, char **argv)
{
	struct privilege privilege;
	const char *what;
	int err = privilege_begin(&privilege, find_need(argc, argv), argc, argv, &what);
	struct ctx cx = { .out = stdout, .privilege = &privilege };

	/*
	 * The setuid launcher executes a descriptor; kernels before 6.14 name the process by its
	 * number.
	 */
	if (privilege.is_borrowed)
		prctl(PR_SET_NAME, PROGRAM_NAME);
	if (err) {
		msg_error("cannot %s: %s", what, strerror(-err));
		return privilege.need == PRIVILEGE_RUN ? ST_RUN_FAILED : ST_BROKEN;
	}
	set_locale(&privilege);
	cx.is_tty = isatty(STDOUT_FILENO);
	cx.has_color = cx.is_tty && wants_color();
	cx.width = cx.is_tty ? terminal_width() : 0;
	wrap_prose_fit(cx.width);
	return (int)flush_output(stdout, dispatch(&cx, argc > 0 ? argc - 1 : 0,
						  argc > 0 ? argv + 1 : argv));
}
