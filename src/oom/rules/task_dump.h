/* SPDX-License-Identifier: GPL-2.0-or-later */
/* task_dump: the task dump of each kernel, byte for byte (dump_tasks() in mm/oom_kill.c). */
#pragma once

#include <stddef.h>

#include "oom/rules/task.h"

struct task_dump {
	int since;         /* the first mainline version, VERSION() */
	const char *title; /* the line above the heading; NULL: none */
	const char *header;
	const char *row; /* a template: %WIDTHx, x a letter listed in task_dump.c */
};

/*
 * The layout of a release such as "2.6.32-220.el6": that of its version, or a later one that a
 * vendor's kernel is known to have. NULL: before 2.6.25 there was no dump. -EINVAL: it does not
 * begin with a version.
 */
int task_dump_find(const char *release, const struct task_dump **layout);

/*
 * Prints one row without newline into buf, truncated to size; '-' for an unknown number. The name
 * is not escaped: the caller escapes the row. use_rss_stat: print rss_stat, not rss. The length.
 */
size_t task_dump_row(const struct task_dump *l, const struct task *t, bool use_rss_stat, char *buf,
		     size_t size);
