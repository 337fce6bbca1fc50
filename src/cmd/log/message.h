/* SPDX-License-Identifier: GPL-2.0-or-later */
/* message: what the parser of a log sends to the process that runs a command for each kill. */
#pragma once

#include <stdint.h>

#include "oom/report/report.h"

/* Unknown numbers are REPORT_ABSENT, unknown texts "". */
struct message {
	uint32_t is_kill;  /* not 0; else only record is set: all kills up to it were sent */
	uint64_t n_unsent; /* kills before this one that could not be sent */
	int64_t record;    /* number of a record of /dev/kmsg */
	int64_t seconds;   /* since 1970 */
	int64_t pid, uid, adj, size_bytes;
	char name[TASK_NAME_MAX], by[32], constraint[16], container[80];
	char unit[REPORT_PATH], cgroup[REPORT_PATH];
};
