/* SPDX-License-Identifier: GPL-2.0-or-later */
/* msg: messages on standard error, one line per call, after the program's name. */
#include "base/msg.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

int msg_verbosity;
size_t msg_width;
bool msg_is_journal;

/* The lowest verbosity at which each level is printed, and its number in syslog(3). */
static const struct {
	int verbosity;
	const char *prefix;
} levels[] = {
	[MSG_ERROR] = { -1, "<3>" },
	[MSG_WARN] = { 0, "<4>" },
	[MSG_INFO] = { 0, "<6>" },
	[MSG_DETAIL] = { 1, "<7>" },
};

/* At blanks. A character has no more columns than bytes, so counting bytes is enough. */
static void wrap(char *line, size_t width)
{
	char *start = line, *blank = NULL;

	for (char *p = line; *p; p++) {
		if (*p == ' ')
			blank = p;
		if (blank && (size_t)(p - start) >= width) {
			*blank = '\n';
			start = blank + 1;
			blank = NULL;
		}
	}
}

bool msg_is_shown(enum msg_level level)
{
	return msg_verbosity >= levels[level].verbosity;
}

/* One fputs per line: stderr is unbuffered, and other writers must not split the line. */
void msg_print(enum msg_level level, const char *fmt, ...)
{
	char raw[2048], line[4096];
	va_list ap;
	size_t at;
	int n;

	if (!msg_is_shown(level))
		return;
	at = (size_t)snprintf(line, sizeof(line), "%s",
			      msg_is_journal ? levels[level].prefix : PROGRAM_NAME ": ");
	va_start(ap, fmt);
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(raw))
		memcpy(raw + sizeof(raw) - 4, "...", 4);
	at += text_escape(line + at, sizeof(line) - at - 1, raw, strlen(raw), 0);
	if (msg_width)
		wrap(line, msg_width);
	line[at] = '\n';
	line[at + 1] = '\0';
	fputs(line, stderr);
}
