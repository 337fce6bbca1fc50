/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: the state of the report parser, and functions that its parts share. */
#pragma once

#include <string.h>

#include "oom/logline/entry.h"
#include "oom/logline/slice.h"
#include "oom/report/report.h"

/* Each reads one kind of line into r. false: the line is of another kind. */
/* "invoked oom-killer"; has_prefix: its beginning is not missing; has_time: of the kernel. */
bool read_header_request(struct report *r, const struct slice *s, bool has_prefix, bool has_time);
/* The CPU, the summary, the limits of cgroups. */
bool read_header_line(struct report *r, const struct slice *s);
/* Mem-Info, zones, swap. */
bool read_memory_line(struct report *r, const struct slice *s);
/* Whether it is a line of Mem-Info or memory.stat, which contain no names chosen by users. */
bool read_memory_is_numbers(const struct slice *s);
/* memory.stat */
bool read_memory_stats(struct report *r, const struct slice *s);
/* Heading and rows of the table. 1: read, 0: neither, or -ENOMEM. */
int read_table_line(struct report *r, const struct slice *s, bool keeps_text);
/* Whether it looks like a row, if the heading is unknown. */
bool read_table_is_bare(const struct slice *s);
/*
 * Whether s begins like a row, with a PID and a number, below a heading; is_cut: it lacks columns,
 * so that the next line may complete it.
 */
bool read_table_is_row(const struct report *r, const struct slice *s, bool *is_cut);

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
	bool is_openvz;         /* the container was at its limit */
	char text[REPORT_PATH]; /* a cgroup, a container of OpenVZ, or the message of a panic */
};

/* Whether s is about a victim; k is filled then. */
bool read_kill_line(const struct slice *s, struct kill_line *k);

#define REPORT_MAX_OPEN 16 /* reports that wait for their reaper's line */
#define REPORT_RECENT   256
#define REPORT_PID_BITS 4096

struct open_report {
	struct report *r;
	bool is_open;
	bool is_done; /* its victim is known, or it will have none */
	size_t idle;
};

struct held_line {
	struct logline line;
	char text[LOGLINE_MAX];
	size_t length;           /* of the last part, with its prefix */
	size_t n_blanks;         /* behind it, which are not in text */
	bool is_there, is_known; /* known: the kernel's by its form */
};

/* A victim that a later line can be about. */
struct seen_victim {
	int64_t pid;
	char name[TASK_NAME_MAX], container[65], host[64];
	struct timestamp time;
	size_t file;
};

struct previous_line {
	char text[LOGLINE_MAX], host[64];
	size_t len;
	int64_t uptime_usec;
};

struct report_parser {
	struct report_options options;
	struct open_report open[REPORT_MAX_OPEN]; /* in the order of their beginnings */
	size_t n_open, n_rows, next_nr;
	struct report *last; /* of the previous line */
	struct held_line held;
	struct previous_line previous;
	struct entry entry;
	/* The last line with a prefix: its further lines are indented more, or have no prefix. */
	size_t indent;
	bool is_of_other;        /* not the kernel's, or unknown because lines were skipped */
	bool is_foreign;         /* known to be a program's */
	struct timestamp minute; /* time of dmesg -H, and the time since then */
	int64_t since_usec;
	/*
	 * If wrapped lines have equal lengths, this is the width of a terminal, which breaks inside
	 * words.
	 */
	size_t length, width, n_widths;
	struct slice raw; /* the line as it is in the log */
	/* Most lines of the log's beginning that were broken have the width of this terminal. */
	size_t terminal;
	bool is_wrapped; /* lines were broken there */
	/* A log whose newest line is first: the lines of a report until its first line is read. */
	bool is_reversed, is_replaying;
	struct kept_line {
		struct logline line;
		size_t at; /* of its text in texts */
	} * lines;
	char *texts;
	size_t n_lines, lines_room, n_texts, texts_room;
	size_t n_files;           /* begun */
	struct seen_victim other; /* the last one of another program than the kernel */
	/* The process that nohang is going to kill. */
	int64_t candidate_pid;
	char candidate[TASK_NAME_MAX];
	char tagged[64]; /* host of the last line that names a program */
	size_t n_hidden; /* messages of the kernel that journalctl did not show */
	bool is_used;    /* a report took a line */
	uint64_t n_used; /* lines that may be about a report */
	struct logline_state logline;
	struct seen_victim recent[REPORT_RECENT]; /* the last victims */
	size_t n_recent;
	uint64_t recent_pids[REPORT_PID_BITS / 64]; /* bit PID % 4096 of each, never cleared */
};

struct report *open_reports_new(const struct logline *l);
/* The open report that a line belongs to, or NULL. */
struct open_report *open_reports_find(struct report_parser *p, const struct logline *l);
/*
 * Whether s, which the kernel writes before a kill or panic, follows the line about it: then the
 * newest line is first.
 */
bool open_reports_is_reversed(const struct report_parser *p, const struct open_report *o,
			      const struct logline *l);
/* Keeps a line, as the first one or behind others. -ENOMEM. */
int open_reports_keep_line(struct report_parser *p, const struct logline *l, bool is_first);
/* Drops a report that will be read again, in the right order. */
void open_reports_drop(struct report_parser *p, struct open_report *o);
/* Adds a victim without known values. -ENOMEM. */
int assign_add_kill(struct report *r, const struct logline *l);
/* Notes a victim of a report. */
void open_reports_note(const struct report_parser *p, const struct report *r,
		       const struct report_kill *k, struct seen_victim *v);
/* Whether a line of this time and host can be about the kill that was noted. */
bool open_reports_is_kill_of(const struct report_parser *p, const struct seen_victim *v,
			     const char *host, const struct timestamp *time);
/* Accepts a complete report. */
void open_reports_push(struct report_parser *p, struct report *r);
/*
 * Begins a report for a line; closes the one to which the line would have belonged. NULL: no
 * memory.
 */
struct open_report *open_reports_add(struct report_parser *p, const struct logline *l);
/*
 * Passes the first report to the callback and removes it; if it might not be the OOM killer's, or
 * repeats the kernel's, it is only removed.
 */
void open_reports_emit_first(struct report_parser *p);

/* A line about a victim; o: its report, or NULL. 1: the line was used, 0: not, or -ENOMEM. */
int assign_kill_line(struct report_parser *p, struct open_report *o, const struct logline *l,
		     const struct kill_line *k);

/* A line on a kill by another program than the kernel. 1: it is one, 0: not, or -ENOMEM. */
int killer_take(struct report_parser *p, const struct logline *l);

/* Learns from the beginning of a log where its lines were broken. */
void unwrap_find_width(struct report_parser *p, const char *text, size_t len);
/* Whether a line of any kind may have been cut, by its length. */
bool unwrap_may_be_cut(const struct report_parser *p, const struct logline *l);
/* Whether the next line may be the rest of this record. */
bool unwrap_may_continue(struct report_parser *p, const struct logline *l);
/* Appends the rest of a wrapped line to the line that is held. false: l is none. */
bool unwrap_append(struct report_parser *p, const struct logline *l);
/* Holds a line, which fits; is_known: it is the kernel's by its form. */
void unwrap_hold(struct report_parser *p, const struct logline *l, bool is_known);
