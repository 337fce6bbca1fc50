/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: the parser's state, for report.c and its parts; see report.h for what it does. */
#pragma once

#include "oom/logline/dmesg_json.h"
#include "oom/report/report.h"

/* The kernel's words of one line. */
struct slice {
	const char *p;
	size_t len;
};

/* report_words.c: reading pieces of text */
bool slice_start(const struct slice *w, const char *what);
bool slice_end(const struct slice *w, const char *what);
const char *slice_find(const struct slice *w, const char *what);
const char *slice_find_last(const struct slice *w, const char *what);
void slice_skip(struct slice *w, size_t n);
/* A decimal or 0x number at p within REPORT_MAX; returns what is behind it, NULL: none. */
const char *slice_number(const char *p, const char *end, int64_t *value);
/* The number behind key, or REPORT_ABSENT. */
int64_t slice_number_after(const struct slice *w, const char *key);
/* The amount behind key that is followed by kB, or REPORT_ABSENT. */
int64_t slice_kib_after(const struct slice *w, const char *key);
/* A process's name: escapes of /dev/kmsg are undone. */
void slice_copy_name(char *dst, size_t size, const char *src, size_t len);
void slice_copy(char *dst, size_t size, const char *src, size_t len);

/* report_head.c: who asked, the kernel, the summary line, limits of cgroups */
/* has_prefix: the line had a stamp before it, so that its beginning is not missing */
bool report_read_invoked(struct report *r, const struct slice *w, bool has_prefix);
bool report_read_head(struct report *r, const struct slice *w);

/* report_memory.c: Mem-Info, zones, swap */
bool report_read_memory(struct report *r, const struct slice *w);

/* report_stats.c: memory.stat */
bool report_read_stats(struct report *r, const struct slice *w);
/* Adds a number unless its name is there. */
void report_put_count(struct report_count *counts, size_t *n, size_t max, const char *name,
		      size_t len, int64_t value);
/* The next "name:123" of a line; its unit is left in w. false: there is no more. */
bool slice_next_pair(struct slice *w, struct slice *name, int64_t *value);

/* report_table.c: heading and rows. -ENOMEM, 0: none, 1: taken */
int report_read_table(struct report *r, const struct slice *w, bool keeps_text);
/* Whether the row lacks columns, so that the next line may be its rest. */
bool report_row_is_cut(const struct report *r, const struct slice *w);

/* report_kill.c: lines about victims */
enum kill_line {
	KILL_NONE,
	KILL_CHOSEN, /* "Kill process": who was chosen */
	KILL_KILLED, /* "Killed process" */
	KILL_SHARER, /* "Kill process ... sharing same memory" */
	KILL_GROUP,  /* "Tasks in ... are going to be killed" */
	KILL_REAPED,
	KILL_STUCK,
	KILL_NOBODY, /* "no killable processes" */
	KILL_PANIC,
};

struct kill_words {
	enum kill_line line;
	struct report_kill kill;
	enum report_kind kind; /* as the words before "Kill" tell */
	bool is_allocating;
	char text[REPORT_PATH]; /* a cgroup or the words of a panic */
};

/* true: w is about a victim, and k is filled. */
bool report_read_kill(const struct slice *w, struct kill_words *k);

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
	struct dmesg_json member;
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
/*
 * Gives out the first report and drops it. What was never sure to be the OOM killer's is only
 * dropped.
 */
void report_emit_first(struct report_parser *p);

/* report_take.c: 1: taken, 0: not, or -ENOMEM. s: the open report or NULL */
int report_take_kill(struct report_parser *p, struct slot *s, const struct logline *l,
		     const struct kill_words *k);

/* report_wrap.c: mail and terminals wrap lines */
/* Whether a line that begins a record may be continued by the next. */
bool report_may_be_wrapped(struct report_parser *p, const struct logline *l);
/* Whether l, which carries no mark, is the rest of the line that is held back. */
bool report_continues(const struct report_parser *p, const struct logline *l);
