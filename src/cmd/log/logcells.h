/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logcells: what stands in each column of the list of log. */
#pragma once

#include "cmd/log/kills.h"

enum logcell {
	COL_NR,
	COL_TIME,
	COL_WHERE,
	COL_ASKED,
	COL_PID,
	COL_NAME,
	COL_USER,
	COL_UNIT,
	COL_SIZE,
	COL_ADJ,
	COL_LARGEST,
	COL_RESULT,
	COL_SECONDS,
	COL_UPTIME,
	COL_FILE,
	COL_HOST,
	COL_KERNEL,
	COL_KIND,
	COL_MEMCG,
	COL_TASK_MEMCG,
	COL_CPUSET,
	COL_ASKED_PID,
	COL_ASKED_ADJ,
	COL_ORDER,
	COL_GFP,
	COL_UID,
	COL_ANON,
	COL_FILE_RSS,
	COL_SHMEM,
	COL_SWAP,
	COL_TABLES,
	COL_TOTAL_VM,
	COL_SCORE,
	COL_POINTS,
	COL_PLACE,
	COL_TASKS,
	COL_CHOSEN,
	COL_CHOSEN_PID,
	COL_LIMIT,
	COL_USAGE,
	COL_REAPED,
};

/* Fills one cell of the list; arg is its struct logevents, column one of the above. */
void logcells_fill(const void *arg, size_t row, size_t column, struct cell *c);
