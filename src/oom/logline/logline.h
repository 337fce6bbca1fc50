/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * logline: finds the kernel's own words in a line of any log: what syslog, journald, dmesg,
 * /dev/kmsg, containers, mail and editors put before them is recognized piece by piece, in any
 * order and number. Pure.
 */
#pragma once

#include "oom/logline/timestamp.h"

/*
 * What is behind it in a line is not looked at: a record of the kernel has at most 1 KiB before it
 * is escaped.
 */
#define LOGLINE_MAX 16384

struct logline {
	const char
		*text; /* the kernel's words, in the line itself or in scratch; no NUL at its end */
	size_t len;
	struct timestamp stamp;
	char host[64];   /* as syslog names it; "" */
	char caller[16]; /* "T123" or "C1", as CONFIG_PRINTK_CALLER puts it; "" */
	/* a time, a priority or a caller: it begins a record, and is no continuation */
	bool has_mark;
	bool has_tag;       /* "kernel:" or a host and a program came before */
	bool may_name_host; /* a date of syslog's kind came before */
	bool is_foreign;    /* said by another program than the kernel */
};

/* line: without its newline. scratch: LOGLINE_MAX bytes, used where the text had to be decoded. */
void logline_strip(const char *line, size_t len, struct logline *l, char *scratch);

/*
 * Finds the member key of the JSON object at the start of line and decodes it, a string, a number,
 * or an array of bytes, into buf. Returns its length or -ENOENT, -EINVAL: no object.
 */
int logline_find_json(const char *line, size_t len, const char *key, char *buf, size_t size);

/*
 * Decodes "name": value at the start of line into buf, as it is done for an object. Returns its
 * length or -ENOENT: it has another name, -EINVAL: no member.
 */
int logline_read_member(const char *line, size_t len, const char *name, char *buf, size_t size);

/* A record of dmesg -J, of which the members are lines of their own. */
struct dmesg_json {
	struct timestamp stamp;
	char caller[16];
	bool is_foreign;
	bool is_inside; /* the line before was a member, or between two records */
};

enum dmesg_json_kind {
	DMESG_JSON_NONE, /* another line */
	DMESG_JSON_PART, /* noted, or without words of the kernel */
	DMESG_JSON_LINE, /* the kernel's words, with what came before in the record */
};

void dmesg_json_clear(struct dmesg_json *m);

/* l and scratch (LOGLINE_MAX bytes) are filled for DMESG_JSON_LINE. */
enum dmesg_json_kind dmesg_json_take(struct dmesg_json *m, const char *line, size_t len,
				     struct logline *l, char *scratch);

/* Whether line is a member of such a record. */
bool dmesg_json_is_one(const char *line, size_t len);

/* "29953.677351", seconds since boot, as microseconds; TIMESTAMP_ABSENT: it is none. */
int64_t dmesg_json_read_uptime(const char *text);
