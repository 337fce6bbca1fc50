/* SPDX-License-Identifier: GPL-2.0-or-later */
/* oomctl: main: privilege, locale, terminal, the command, and one checked flush at the end. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/num.h"
#include "cmd/dispatch.h"
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

/* What was buffered must have arrived; a reader that went away is no error to talk about. */
static enum status flush_output(FILE *out, enum status st)
{
	if (fflush(out) == 0 && !ferror(out))
		return st;
	if (errno != EPIPE)
		msg_error("cannot write to standard output: %s", strerror(errno));
	return ST_BROKEN;
}

/* Other character sets load modules (gconv), which a borrowed right must not do. */
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
	int err = privilege_begin(&privilege, dispatch_find_need(argc, argv), argc, argv, &what);
	struct ctx cx = { .out = stdout, .privilege = &privilege };

	/* The setuid launcher executes a descriptor, whose number names the process before 6.14. */
	prctl(PR_SET_NAME, PROGRAM_NAME);
	if (privilege.need == PRIVILEGE_RUN)
		mem_set_status(ST_RUN_FAILED);
	if (err) {
		msg_error("cannot %s: %s", what, strerror(-err));
		return privilege.need == PRIVILEGE_RUN ? ST_RUN_FAILED : ST_BROKEN;
	}
	set_locale(&privilege);
	cx.is_tty = isatty(STDOUT_FILENO);
	cx.has_color = cx.is_tty && wants_color();
	cx.width = cx.is_tty ? terminal_width() : 0;
	wrap_prose_fit(cx.width);
	return (int)flush_output(stdout, dispatch_run(&cx, argc > 0 ? argc - 1 : 0,
						      argc > 0 ? argv + 1 : argv));
}
