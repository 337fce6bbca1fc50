/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: one run of log: its options, what it reads, and what it found. */
#pragma once

#include <time.h>

#include "cmd/shared/output.h"
#include "cmd/shared/unit_effects.h"
#include "cmd/log/alert.h"
#include "cmd/log/kills.h"
#include "cmd/log/filter.h"
#include "sys/log/kmsg.h"

#define LOG_SHOW_LAST SIZE_MAX

struct log {
	struct ctx *cx;
	struct output_options listing;
	struct log_filter filter;
	struct alert alert; /* with words: each kill is sent */
	size_t show;        /* 0: a list */
	bool has_table, is_worst, is_following, is_of_ring;
	enum kills_key histogram;
	size_t last;
	time_t now;
	const char *file; /* being read; "": the ring buffer */
	int64_t boot_usec;
	/* With --follow: the number of lines about reports, and when the last one came. */
	uint64_t n_used;
	int64_t used_ms;
	size_t n_reports, n_matched, n_read;
	struct kills events;
	struct unit_effects units; /* if one report of the ring buffer can be shown */
	struct report *kept;       /* the report to show, or the only report so far */
	const char *kept_file;
};

/* Shows the column "result", in place of the user if there is no room for both. */
void log_print_add_result(struct log *lg);

/* Whether a report is shown in detail if it is the only one. */
bool log_is_single(const struct log *lg);

/* Whether the terminal has no room for all columns. */
bool log_print_is_narrow(const struct log *lg);

/*
 * Pass the operands ("-": standard input) or the ring buffer to the parser, and report errors. From
 * then on the program has no rights and is in a sandbox.
 */
enum status log_read_files(struct log *lg, struct report_parser *p, const struct args *a);
enum status log_read_ring(struct log *lg, struct kmsg *ring, struct report_parser *p);

/* Follows the ring buffer until it cannot be read or the output is closed. */
enum status log_read_follow(struct log *lg, struct kmsg *ring, struct report_parser *p);

/* Print the list; or the requested output: the list, a report, its table, or that there is none. */
enum status log_print_list(struct log *lg);
enum status log_print_all(struct log *lg);
