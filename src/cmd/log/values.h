/* SPDX-License-Identifier: GPL-2.0-or-later */
/* values: the environment of the command that is run for a kill. */
#pragma once

#include "cmd/log/message.h"

/* Its PATH, in which it is searched for. */
#define VALUES_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#define VALUES_N   14
#define VALUES_MAX (4 * REPORT_PATH + 32) /* each byte can become four */

struct values {
	char texts[VALUES_N][VALUES_MAX];
	char *list[VALUES_N + 1]; /* for execve(2) */
	size_t n;
};

/*
 * Each value is one line of printable UTF-8, so that no name can add a line to a mail, or control a
 * terminal. n_skipped: kills before this one without a run.
 */
void values_fill(struct values *v, const struct message *m, uint64_t n_skipped);
