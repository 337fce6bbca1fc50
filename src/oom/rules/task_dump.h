/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * task_dump: the task dump of each kernel (mm/oom_kill.c, dump_tasks()), heading and rows byte for
 * byte.
 */
#pragma once

#include <stddef.h>

#include "oom/rules/task.h"

struct task_dump {
	int since;         /* the first mainline version, VERSION() */
	const char *title; /* the line above the heading; NULL: none */
	const char *header;
	const char *row; /* a template: %WIDTHx, x one of the letters of layout.c */
};

/*
 * The layout of a release such as "6.1.0-56-cloud-amd64" or "2.6.32-220.el6": that of its version,
 * but for vendors' kernels that are known to have had a later one. NULL: older than 2.6.25, which
 * had no dump. -EINVAL: no version at its start.
 */
int task_dump_find(const char *release, const struct task_dump **layout);

/*
 * One row without the newline into buf, cut at size. A number that is not known is '-' in its
 * place. The name is put out as it is: the caller escapes the row. The counts printed are rss or
 * rss_stat, as use_rss_stat says. Returns the length.
 */
size_t task_dump_row(const struct task_dump *l, const struct task *t, bool use_rss_stat, char *buf,
		     size_t size);
