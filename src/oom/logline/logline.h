/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * logline: finds the kernel's text in a line of any log. The prefixes of syslog, journald, dmesg,
 * /dev/kmsg, containers, mail and editors are recognized one by one, in any order and number. Pure.
 */
#pragma once

#include "oom/logline/timestamp.h"

/* Longer lines are cut: a record of the kernel has at most 1 KiB before it is escaped. */
#define LOGLINE_MAX 16384

struct logline {
	const char *text; /* the kernel's text, in the line or in scratch; without a NUL */
	size_t len;
	struct timestamp time;
	char host[64];      /* of syslog; "" */
	char caller[16];    /* "T123" or "C1", with CONFIG_PRINTK_CALLER; "" */
	bool has_prefix;    /* a time, a priority or a caller: a new record, not a continuation */
	bool has_tag;       /* "kernel:", or a host and a program, was read */
	bool may_name_host; /* a date as of syslog was read */
	bool is_bare;       /* the kernel's words begin here: the source writes no other prefix */
	bool is_foreign;    /* written by another program than the kernel */
};

/* line: without its newline. scratch: LOGLINE_MAX bytes, used where the text is decoded. */
void logline_strip(const char *line, size_t len, struct logline *l, char *scratch);
