/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * logline: finds the kernel's text in a line of any log. It begins where the rest of the line has
 * the form of a line of the kernel; time and host are taken from what precedes it. Pure.
 */
#pragma once

#include "oom/logline/slice.h"
#include "oom/logline/timestamp.h"

/* Longer lines are cut: a record of the kernel has at most 1 KiB before it is escaped. */
#define LOGLINE_MAX 16384

/* Begins UTF-8 files saved on Windows, and messages of RFC 5424. */
#define LOGLINE_BOM "\xef\xbb\xbf"

struct logline {
	struct slice s; /* the kernel's text, in the line or in the state */
	struct timestamp time;
	char host[64];      /* of syslog; "" */
	char program[32];   /* that wrote it, if the log shows it; "" */
	char caller[16];    /* "T123" or "C1", with CONFIG_PRINTK_CALLER; "" */
	int64_t delta_usec; /* since the previous line, in dmesg -H; TIMESTAMP_ABSENT */
	bool is_minute;     /* the time has no seconds, of dmesg -H */
	bool has_prefix;    /* a time, a priority or a caller: a new record, not a continuation */
	bool has_tag;       /* "kernel:", or a host and a program, was read */
	bool may_name_host; /* a syslog date was read */
	bool is_5424;       /* the version of RFC 5424 was read */
	bool is_untagged;   /* a host without a program was read */
	bool is_bare;       /* the kernel's words begin here: the source writes no other prefix */
	bool is_html;       /* a tag was read */
	char quote;         /* the text is in a string or a cell that ends with it; NUL */
	bool is_event;      /* the kernel's text is in an event of node-problem-detector */
	bool is_foreign;    /* written by another program than the kernel */
};

/* The prefix of an earlier line, and what it means. */
struct syslog_prefix {
	char text[128];
	size_t len; /* 0: none */
	struct logline line;
};

/* Zeros before the first line. */
struct logline_state {
	struct syslog_prefix syslog;
	char scratch[LOGLINE_MAX]; /* a text that had to be decoded */
};

/* line: without its newline. l->s is valid until the next call with this state. */
void logline_strip(const char *line, size_t len, struct logline *l, struct logline_state *state);

/* Removes what precedes the kernel's text in l->s. */
void logline_strip_prefix(struct logline *l);

/* Whether a program of this name forwards the kernel's messages. */
bool logline_is_kernel_tag(const char *tag, size_t len);

/* "29953.677351", seconds since boot, in microseconds; or TIMESTAMP_ABSENT. */
int64_t logline_read_uptime(const struct slice *s);
