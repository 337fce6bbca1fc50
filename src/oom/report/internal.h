/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: the state of the report parser, and what its parts offer each other. */
#pragma once

#include <string.h>

#include "oom/logline/dmesg_json.h"
#include "oom/logline/journal_entry.h"
#include "oom/report/report.h"

/* A part of a line; no NUL ends it. */
struct slice {
	const char *p;
	size_t len;
};

/* The part of s from p on. */
static inline struct slice slice_from(const struct slice *s, const char *p)
{
	return (struct slice){ p, (size_t)(s->p + s->len - p) };
}

static inline bool slice_starts(const struct slice *s, const char *text)
{
	size_t n = strlen(text);

	return s->len >= n && memcmp(s->p, text, n) == 0;
}

static inline void slice_skip(struct slice *s, size_t n)
{
	*s = slice_from(s, s->p + (n < s->len ? n : s->len));
}

/* Skips text if s begins with it, and returns whether it does. */
static inline bool slice_skip_text(struct slice *s, const char *text)
{
	if (!slice_starts(s, text))
		return false;
	slice_skip(s, strlen(text));
	return true;
}

bool slice_ends(const struct slice *s, const char *text);
/* Whether s begins with one of a list that ends with NULL. */
bool slice_starts_any(const struct slice *s, const char *const *texts);
const char *slice_find(const struct slice *s, const char *text);
const char *slice_find_last(const struct slice *s, const char *text);
/* The first place with one of a list that ends with NULL, and which of them it is. */
const char *slice_find_any(const struct slice *s, const char *const *texts, size_t *which);
/* Takes a decimal or 0x number within REPORT_MAX off s. false: none, nothing is changed. */
bool slice_read_number(struct slice *s, int64_t *value);
/* The number behind key, or REPORT_ABSENT. */
int64_t slice_number_after(const struct slice *s, const char *key);
/* The number behind key that kB follows, or REPORT_ABSENT. */
int64_t slice_kib_after(const struct slice *s, const char *key);
/* A process's name, with the escapes of /dev/kmsg decoded. */
void slice_copy_name(char *dst, size_t size, const char *src, size_t len);

/* Each reads one kind of line into r. false: the line is of another kind. */
/* "invoked oom-killer"; has_prefix: the line's beginning is not missing. */
bool read_header_request(struct report *r, const struct slice *s, bool has_prefix);
/* The CPU, the summary, the limits of cgroups. */
bool read_header_line(struct report *r, const struct slice *s);
/* Mem-Info, zones, swap. */
bool read_memory_line(struct report *r, const struct slice *s);
/* Whether it is of Mem-Info or memory.stat, and so holds no name that a user chose. */
bool read_memory_is_numbers(const struct slice *s);
/* memory.stat */
bool read_memory_stats(struct report *r, const struct slice *s);
/* Heading and rows of the table. 1: read, 0: neither, or -ENOMEM. */
int read_table_line(struct report *r, const struct slice *s, bool keeps_text);
/* Whether the row lacks columns, so that the next line may be its rest. */
bool read_table_row_is_cut(const struct report *r, const struct slice *s);

enum kill_line_type {
	KILL_NONE,
	KILL_CHOSEN, /* "Kill process" */
	KILL_KILLED, /* "Killed process" */
	KILL_SHARER, /* "Kill process ... sharing same memory" */
	KILL_GROUP,  /* "Tasks in ... are going to be killed" */
	KILL_REAPED,
	KILL_STUCK,
	KILL_NONE_KILLABLE, /* "no killable processes" */
	KILL_PANIC,
};

struct kill_line {
	enum kill_line_type type;
	struct report_kill kill;
	enum report_kind kind; /* by the text before "Kill" */
	bool is_allocating;
	char text[REPORT_PATH]; /* a cgroup, or the message of a panic */
};

/* Whether s is about a victim; k is filled then. */
bool read_kill_line(const struct slice *s, struct kill_line *k);

#define REPORT_MAX_OPEN 16 /* reports that wait for the line of their reaper */
#define REPORT_RECENT   256

struct open_report {
	struct report *r;
	bool is_open;
	bool is_done; /* has its victim, or will have none */
	size_t idle;
};

struct held_line {
	struct logline line;
	char text[LOGLINE_MAX];
	bool is_there;
};

struct report_parser {
	struct report_options options;
	struct open_report open[REPORT_MAX_OPEN]; /* in the order of their beginnings */
	size_t n_open, n_rows, next_nr;
	struct report *last; /* of the line before */
	struct held_line held;
	struct dmesg_json member;
	struct journal_entry entry;
	/* The line with the last prefix: what belongs to it is indented more, or has no prefix. */
	size_t indent;
	bool is_of_other; /* not the kernel's, or unknown since lines were skipped */
	bool is_foreign;  /* it is known to be another program's */
	size_t n_hidden;  /* messages of the kernel that journalctl did not show */
	bool is_used;     /* a report took a line */
	char scratch[LOGLINE_MAX];
	struct {
		int64_t pid;
		char name[TASK_NAME_MAX];
	} recent[REPORT_RECENT]; /* the last victims */
	size_t n_recent;
};

struct report *open_reports_new(const struct logline *l);
/* The open report that a line belongs to, or NULL. */
struct open_report *open_reports_find(struct report_parser *p, const struct logline *l);
/* A new report for a line; closes the one it would have belonged to. NULL: no memory. */
struct open_report *open_reports_add(struct report_parser *p, const struct logline *l);
/* Passes on the first report and drops it; one that may not be the OOM killer's is only dropped. */
void open_reports_emit_first(struct report_parser *p);

/* o: the open report, or NULL. 1: the line was used, 0: not, or -ENOMEM. */
int assign_kill_line(struct report_parser *p, struct open_report *o, const struct logline *l,
		     const struct kill_line *k);

/* Lines that mail and terminals wrapped: whether the next line may be the rest of this record. */
bool unwrap_may_continue(struct report_parser *p, const struct logline *l);
/* Whether l, which has no prefix, is the rest of the line that is held. */
bool unwrap_is_rest(const struct report_parser *p, const struct logline *l);
