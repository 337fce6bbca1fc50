/* SPDX-License-Identifier: GPL-2.0-or-later */
/* whatif_options: the options of predict for changes that are assumed, not made. */
#pragma once

#include "cmd/cmd.h"
#include "sys/predict/candidates.h"

#define WHATIF_OPTIONS_MAX 64

enum whatif_options_kind { WHATIF_OPTIONS_ADJ, WHATIF_OPTIONS_GONE, WHATIF_OPTIONS_GROWS };

struct whatif_options_change {
	enum whatif_options_kind kind;
	const char *option; /* its name */
	pid_t pid;
	int adj;
	int64_t bytes;
};

struct whatif_options {
	struct whatif_options_change changes[WHATIF_OPTIONS_MAX];
	size_t n;
};

extern const struct cmd_group whatif_options_group;

/*
 * Changes p, the candidates or a copy of them; call predict_weigh() afterwards. A thread's id
 * stands for its process. Says which changes have no effect. A PID without a process is said, and
 * ST_MISSED or what processes_find_process() returns.
 */
enum status whatif_options_apply(const struct whatif_options *s, const struct candidates *a,
				 struct predict *p);
