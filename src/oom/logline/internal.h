/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: what the files that take a line apart, from its left end on, share with each other. */
#pragma once

#include "oom/logline/logline.h"

static inline bool cursor_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool cursor_starts(const struct logline *l, const char *what);
void cursor_skip(struct logline *l, size_t n);
void cursor_skip_blanks(struct logline *l);

/* How many there are in a row, from offset at on. */
size_t cursor_count_digits(const struct logline *l, size_t at);
size_t cursor_count_blanks(const struct logline *l, size_t at);

/* src, cut where dst is full. */
void cursor_copy(char *dst, size_t size, const char *src, size_t len);

/* The name of a program that hands on what the kernel says. */
bool cursor_is_kernel_tag(const char *tag, size_t len);

/*
 * Each takes one piece off the line, with the blanks that align what is in it, and notes what it
 * tells. false: the line does not begin with it.
 */
bool prefix_kernel_take_priority(struct logline *l); /* <4> */
bool prefix_kernel_take_delta(
	struct logline *l); /* [<  121.052037>], [  +0.000008], [Nov22 17:49] */
bool prefix_kernel_take_uptime(struct logline *l); /* [22254383.898423] */
bool prefix_kernel_take_caller(struct logline *l); /* [ T5241] or [    C1] */
bool prefix_kernel_take_bracketed_date(
	struct logline *l);                       /* [Fri Sep 25 15:29:46 2020], in any language */
bool prefix_kernel_take_kmsg(struct logline *l);  /* 4,19685342,241227987454,-,caller=T12845; */
bool prefix_kernel_take_epoch(struct logline *l); /* 1795382544.123456 */
bool prefix_kernel_take_decoded_priority(struct logline *l); /* kern  :warn  : */

/*
 * Skips what grep and docker compose put before a date, a stamp or a priority, and a line's number
 * before anything.
 */
void prefix_tools_take(struct logline *l);

/*
 * The line as JSON: journald's, or a container's with a whole line of text in it, decoded into
 * scratch.
 */
bool record_json_take(const char *line, size_t len, struct logline *l, char *scratch);
