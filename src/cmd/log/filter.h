/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter: the options of log that choose among reports. Different kinds narrow each other down, equal ones add up. */
#pragma once

#include <regex.h>
#include <stdint.h>

#include "cmd/cmd.h"
#include "oom/report/report.h"

#define LOGFILTER_MAX 64 /* of each kind */

struct logfilter {
	regex_t names[LOGFILTER_MAX];
	int64_t pids[LOGFILTER_MAX];
	const char *cgroups[LOGFILTER_MAX]; /* borrowed */
	size_t n_names, n_pids, n_cgroups;
	bool has_since, has_until;
	int64_t since, until;
	uint64_t n_timeless; /* reports that were left out since their time is not known */
};

extern const struct opt logfilter_opts[];

/* 1: taken. 0: it is none of them. -1: its value is wrong, and that was said. */
int logfilter_take(struct logfilter *f, const struct args *a, int key);

/* Whether a report is wanted. */
bool logfilter_match(struct logfilter *f, const struct report *r, bool has_seconds,
		     int64_t seconds);

void logfilter_free(struct logfilter *f);
