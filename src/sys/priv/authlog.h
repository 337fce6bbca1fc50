/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * authlog: lines in syslog (authpriv). Its own client, as syslog(3) does not tell whether a line
 * was taken: a caller could raise an adj unseen, with a limit of open files that leaves no
 * descriptor for the log.
 */
#pragma once

#include <stdbool.h>

/* fd is -1 when there is none. */
struct authlog {
	int fd;
	bool is_stream;
};

/*
 * -ENOENT: this machine has no syslog. Others: it has, but it can't be had now; -ECONNREFUSED: its
 * socket is there, its daemon is not. wait_ms: of each sending, not 0.
 */
int authlog_open(struct authlog *log, unsigned int wait_ms);

/*
 * Sends one line, in which whatever is not printable ASCII becomes \xNN, in every locale; waits no
 * longer than was said for a log that is busy (-EAGAIN). severity as in syslog(3). 0 or a negative
 * errno.
 */
int authlog_send(const struct authlog *log, int severity, const char *text);

void authlog_close(struct authlog *log);
