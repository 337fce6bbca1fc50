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
	uint64_t n_timeless; /* reports that were kept because their time is unknown */
};

extern const struct cmd_group log_filter_group;

/* Whether a report is selected. */
bool log_filter_match(struct log_filter *f, const struct report *r, bool has_seconds,
		      int64_t seconds);
