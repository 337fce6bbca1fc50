/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survey: which of many processes a pass must look at: most match no rule. It takes a third of the
 * time, and its result can be wrong only for a process that has just started or changed.
 */
#pragma once

#include "sys/standing/match.h"

enum survey_kind {
	SURVEY_LOOK = 0, /* a rule matches, or that is unknown */
	SURVEY_NONE,     /* no rule matches */
	SURVEY_SKIP,     /* it has ended */
};

struct survey_result {
	pid_t ppid; /* if rules have children and it is known; else 0 */
	enum survey_kind kind;
};

/* Fills results for n processes. has_workers: with threads, if there are many. */
void survey_run(int proc, const struct match_set *s, const pid_t *pids, size_t n, bool has_workers,
		struct survey_result *results);
