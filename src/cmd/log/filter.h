/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter: the options of log that select reports; all kinds must match, any value of a kind. */
#pragma once

#include <regex.h>
#include <stdint.h>

#include "cmd/cmd.h"
#include "oom/report/report.h"

#define LOG_FILTER_MAX 64 /* of each kind */

struct log_filter {
	regex_t names[LOG_FILTER_MAX];
	int64_t pids[LOG_FILTER_MAX];
	const char *cgroups[LOG_FILTER_MAX]; /* borrowed */
	size_t n_names, n_pids, n_cgroups;
	bool has_since, has_until;
	int64_t since, until;
	uint64_t n_timeless; /* reports left out because their time is unknown */
};

extern const struct opt log_filter_opts[];

/* 1: taken. 0: it is none of them. -1: its value is wrong, and that was said. */
int log_filter_take(struct log_filter *f, const struct args *a, int key);

/* Whether a report is selected. */
bool log_filter_match(struct log_filter *f, const struct report *r, bool has_seconds,
		      int64_t seconds);

void log_filter_free(struct log_filter *f);
