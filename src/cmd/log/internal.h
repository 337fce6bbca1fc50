/* SPDX-License-Identifier: GPL-2.0-or-later */
/* internal: one run of log: what was asked for, what is being read, and what was found. */
#pragma once

#include <time.h>

#include "cmd/shared/output.h"
#include "cmd/log/kills.h"
#include "cmd/log/filter.h"
#include "sys/log/kmsg.h"

#define LOG_SHOW_LAST SIZE_MAX

struct log {
	struct ctx *cx;
	struct output_options listing;
	struct log_filter filter;
	size_t show; /* 0: a list */
	bool has_table, is_worst, is_following, is_of_ring;
	size_t last;
	time_t now;
	const char *file; /* that is being read; "": the ring */
	int64_t boot_usec;
	size_t n_reports, n_matched, n_read;
	struct kills events;
	struct report *kept; /* to be shown; or the only one yet */
	const char *kept_file;
};

/* A terminal that has no room for all columns. */
bool log_print_is_narrow(const struct log *lg);

/*
 * logread.c: gives the operands ("-": standard input) or the ring to the parser; says what went
 * wrong. From then on the program is nobody's, and in a sandbox.
 */
enum status log_read_files(struct log *lg, struct report_parser *p, const struct args *a);
enum status log_read_ring(struct log *lg, struct kmsg *ring, struct report_parser *p);

/* Goes on with the ring, until it can't be read or nobody reads the output any more. */
enum status log_read_follow(struct log *lg, struct kmsg *ring, struct report_parser *p);

/* logprint.c: the list, the story, the table, or that there is none. */
enum status log_print_list(struct log *lg);
enum status log_print_all(struct log *lg);
