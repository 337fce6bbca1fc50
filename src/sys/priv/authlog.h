/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * authlog: lines in syslog (authpriv). syslog(3) does not report whether a line was sent: a caller
 * could avoid the log by a limit of open files.
 */
#pragma once

#include <stdbool.h>

/* fd is -1 when there is none. */
struct authlog {
	int fd;
	bool is_stream;
};

/*
 * wait_ms: timeout for each line, not 0. -ENOENT: there is no syslog; -ECONNREFUSED: its daemon is
 * not running, also if /dev/log is a dangling link; others: it is not available now.
 */
int authlog_open(struct authlog *log, unsigned int wait_ms);

/*
 * Sends one line; bytes that are not printable ASCII become \xNN. severity as in syslog(3). 0 or a
 * negative errno; -EAGAIN: the log was busy for wait_ms.
 */
int authlog_send(const struct authlog *log, int severity, const char *text);

void authlog_close(struct authlog *log);
