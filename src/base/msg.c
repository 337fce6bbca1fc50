/* SPDX-License-Identifier: GPL-2.0-or-later */
/* msg: what the program says on standard error, one line a call, after the program's name. */
#include "base/msg.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

int msg_verbosity;

/* One fputs a line: stderr is unbuffered, and lines of several writers must not be torn. */
void msg_print(int least, const char *fmt, ...)
{
	char raw[2048], line[4096] = PROGRAM_NAME ": ";
	size_t at = strlen(line);
	va_list ap;
	int n;

	if (msg_verbosity < least)
		return;
	va_start(ap, fmt);
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(raw))
		memcpy(raw + sizeof(raw) - 4, "...", 4);
	at += text_escape(line + at, sizeof(line) - at - 1, raw, strlen(raw), 0);
	line[at] = '\n';
	line[at + 1] = '\0';
	fputs(line, stderr);
}
