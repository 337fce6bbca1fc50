/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: what the readers of a line's parts share; each removes its part from the left end. */
#pragma once

#include "oom/logline/logline.h"

static inline bool cursor_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The byte at an offset; NUL behind the end. */
static inline char cursor_at(const struct logline *l, size_t at)
{
	return at < l->len ? l->text[at] : '\0';
}

bool cursor_starts(const struct logline *l, const char *text);
void cursor_skip(struct logline *l, size_t n);
/* Skips text if the line begins with it, and returns whether it does. */
bool cursor_skip_text(struct logline *l, const char *text);
void cursor_skip_blanks(struct logline *l);

/* The number of such bytes in a row, from an offset on; a word ends at a blank or a tab. */
size_t cursor_count_digits(const struct logline *l, size_t at);
size_t cursor_count_blanks(const struct logline *l, size_t at);
size_t cursor_count_word(const struct logline *l, size_t at);

/* Whether the kernel's words begin here: what looks like a prefix further on is part of a name. */
bool cursor_is_kernel_line(const struct logline *l);

/* Whether a program of this name forwards the kernel's messages. */
bool cursor_is_kernel_tag(const char *tag, size_t len);

/* The length of the date or time at an offset; 0: there is none, or is_whole and it has no date. */
size_t cursor_count_date(const struct logline *l, size_t at, bool is_whole);

/*
 * Each removes one part of the prefix, which may be padded with blanks, and stores what it means.
 * false: the line does not begin with it.
 */
bool prefix_kernel_read_priority(struct logline *l); /* <4> */
bool prefix_kernel_read_delta(struct logline *l);    /* [<  1.05>], [  +0.08], [Nov22 17:49] */
bool prefix_kernel_read_uptime(struct logline *l);   /* [22254383.898423] */
bool prefix_kernel_read_caller(struct logline *l);   /* [ T5241] or [    C1] */
bool prefix_kernel_read_bracketed_date(struct logline *l);   /* [Fri Sep 25 15:29:46 2020] */
bool prefix_kernel_read_kmsg(struct logline *l);             /* 4,1968,2412279,-,caller=T12845; */
bool prefix_kernel_read_epoch(struct logline *l);            /* 1795382544.123456 */
bool prefix_kernel_read_decoded_priority(struct logline *l); /* kern  :warn  : */

/* Skips what grep, cat -n and docker compose put before a prefix, and a line number. */
void prefix_tools_skip(struct logline *l);

/* A line that is a JSON object of journald or a container, decoded into scratch. false: no text. */
bool record_json_read(const char *line, size_t len, struct logline *l, char *scratch);

/*
 * Decodes the value of a member, a string, a number or an array of bytes, into buf, cut to size.
 * Returns its length; -EINVAL: there is no such member. The first searches an object, the second
 * reads one member: "name": value.
 */
int json_member_find(const char *line, size_t len, const char *name, char *buf, size_t size);
int json_member_read(const char *line, size_t len, const char *name, char *buf, size_t size);

/* "29953.677351", seconds since boot, in microseconds; or TIMESTAMP_ABSENT. */
int64_t dmesg_json_read_uptime(const char *text);
