/* SPDX-License-Identifier: GPL-2.0-or-later */
/* oomctl: main: drops privileges, prepares locale and terminal, runs the command. */
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
#include "cmd/cmd.h"
#include "ui/wrap.h"

#define MAX_WIDTH 1000

static size_t terminal_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws;
	int64_t n;

	if (columns && num_parse(columns, 1, MAX_WIDTH, &n) == 0)
		return (size_t)n;
	if (ioctl(fd, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return ws.ws_col < MAX_WIDTH ? ws.ws_col : MAX_WIDTH;
	return 80;
}

int main(int argc, char **argv)
{
	struct privilege privilege;
	const char *what, *no_color, *term;
	enum status status;
	int err = privilege_begin(&privilege, cmd_find_need(argc, argv), argc, argv, &what);
	struct ctx cx = { .out = stdout, .privilege = &privilege };

	/* Before Linux 6.14, execveat(2) of the launcher names the process by a descriptor. */
	prctl(PR_SET_NAME, PROGRAM_NAME);
	if (privilege.need == PRIVILEGE_RUN)
		mem_set_status(ST_RUN_FAILED);
	if (err) {
		msg_error("cannot %s: %s", what, strerror(-err));
		return privilege.need == PRIVILEGE_RUN ? ST_RUN_FAILED : ST_BROKEN;
	}
	/* Other character sets load modules (gconv): not with a borrowed capability. */
	setlocale(LC_CTYPE, "");
	if (privilege.is_borrowed && strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C");
	no_color = getenv("NO_COLOR");
	term = getenv("TERM");
	cx.is_tty = isatty(STDOUT_FILENO);
	cx.has_color = cx.is_tty && !(no_color && *no_color) && term && *term &&
		       strcmp(term, "dumb") != 0;
	cx.width = cx.is_tty ? terminal_width(STDOUT_FILENO) : 0;
	msg_width = isatty(STDERR_FILENO) ? terminal_width(STDERR_FILENO) : 0;
	wrap_prose_fit(cx.width);
	status = cmd_dispatch(&cx, argc > 0 ? argc - 1 : 0, argc > 0 ? argv + 1 : argv);
	/* Report output that could not be written, unless the reader has exited. */
	if (fflush(stdout) == 0 && !ferror(stdout))
		return (int)status;
	if (errno != EPIPE)
		msg_error("cannot write to standard output: %s", strerror(errno));
	return ST_BROKEN;
}
