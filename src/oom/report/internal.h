/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: the parser's state, for report.c and its parts; see report.h for what it does. */
#pragma once

#include "oom/logline/logline.h"
#include "oom/report/report.h"
#include "oom/report/lines.h"

#define REPORT_MAX_SLOTS 16 /* reports that wait for their reaper's line */
#define REPORT_RECENT    256

struct slot {
	struct report *r;
	bool is_open;
	bool is_done; /* has its victim, or will have none */
	size_t idle;
};

struct held {
	struct logline line;
	char text[LOGLINE_MAX];
	bool is_there;
};

struct report_parser {
	struct report_options options;
	struct slot slots[REPORT_MAX_SLOTS]; /* in the order of their beginnings */
	size_t n_slots, n_rows, next_nr;
	struct report *last; /* of the line before */
	struct held held;
	struct logmember member;
	char scratch[LOGLINE_MAX];
	struct {
		int64_t pid;
		char name[TASK_NAME_MAX];
	} recent[REPORT_RECENT]; /* who was killed of late */
	size_t n_recent;
};

/* report_slots.c */
struct report *report_make(const struct logline *l);
/* The open report that a line belongs to, or NULL. */
struct slot *report_find_slot(struct report_parser *p, const struct logline *l);
/* A new report for a line; that to which it would have belonged is closed. NULL: no memory. */
struct slot *report_add_slot(struct report_parser *p, const struct logline *l);
/* Gives out the first report and drops it. What was never sure to be the OOM killer's is only dropped. */
void report_emit_first(struct report_parser *p);

/* report_take.c: 1: taken, 0: not, or -ENOMEM. s: the open report or NULL */
int report_take_kill(struct report_parser *p, struct slot *s, const struct logline *l,
		     const struct kill_words *k);

/* report_wrap.c: mail and terminals wrap lines */
/* Whether a line that begins a record may be continued by the next. */
bool report_may_be_wrapped(struct report_parser *p, const struct logline *l);
/* Whether l, which carries no mark, is the rest of the line that is held back. */
bool report_continues(const struct report_parser *p, const struct logline *l);
