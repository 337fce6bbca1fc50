/* SPDX-License-Identifier: GPL-2.0-or-later */
/* whatif_options: the options on changes to processes that are tried and never done. */
#pragma once

#include "cmd/cmd.h"
#include "sys/predict/candidates.h"

#define SUPPOSE_MAX 64

struct suppose_change {
	int key; /* which option */
	pid_t pid;
	int adj;
	int64_t bytes;
};

struct suppose {
	struct suppose_change changes[SUPPOSE_MAX];
	size_t n;
};

extern const struct opt suppose_opts[];

/* 1: key was one of suppose_opts and is taken. 0: it is none. -1: its value is wrong, which was said. */
int suppose_take(struct suppose *s, const struct args *a, int key);

/*
 * Changes p, the arena's candidates or a copy of them, which is to be weighed afterwards. A thread's id means its process.
 * Says what has no effect, and who is not there: then ST_MISSED, or what survey_find_process() gives.
 */
enum status suppose_apply(const struct suppose *s, const struct candidates *a, struct predict *p);
