/* SPDX-License-Identifier: GPL-2.0-or-later */
/* syslog: the date, the host and the program at the beginning of a line. Pure. */
#pragma once

#include "oom/logline/logline.h"

/* Whether l may begin with a date: "123:Apr" is not the name of a month. */
bool syslog_is_date(const struct slice *s);

/* Removes a date from l. Of two, the second, which syslog wrote, is that of the event. */
bool syslog_read_date(struct logline *l);

/* "kernel:" alone, "kernel," of CSV */
bool syslog_read_tag(struct logline *l);

/*
 * HOST TAG: after a date, or without a date if the tag is the kernel's; or "HOST TAG PROCID MSGID
 * DATA" of RFC 5424. Any other tag is a program's, which can write anything, also a time like the
 * kernel's.
 */
bool syslog_read_host(struct logline *l);

/*
 * Removes a date, a host and "kernel:" from a line of which nothing was read. Most lines have the
 * same as the line before, so they are read once.
 */
void syslog_skip_prefix(struct logline *l, struct syslog_prefix *last);
