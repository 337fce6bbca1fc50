/* SPDX-License-Identifier: GPL-2.0-or-later */
/* task_columns: the processes of a snapshot as a list, for all commands that show some. */
#pragma once

#include "cmd/shared/output.h"
#include "sys/scan/snapshot.h"

/* What columns need besides the snapshot's tasks. Lower bits are enum task_has: '-' without it. */
enum task_columns_needs {
	TASK_COLUMNS_USER = 1 << 24,
	TASK_COLUMNS_CGROUP = 1 << 25,
	TASK_COLUMNS_START = 1 << 26, /* scan_want.stat too */
};

struct task_row {
	const struct task *task; /* of the snapshot */
	const char *user;        /* NULL: not filled */
	char *cgroup;            /* NULL: not filled, "": unknown; owned */
};

struct task_columns {
	const struct snapshot *snapshot; /* borrowed */
	struct task_row *rows;           /* owned */
	int64_t most;                    /* the points that fill a bar */
	uint64_t boot;                   /* when the machine was started; 0: not filled */
	void *names;                     /* of users; see user_cached_name() */
	struct list list;                /* of the rows added, named as its JSON array */
};

/* A list without rows, to which n_max can be added; *tl must not move afterwards. */
void task_columns_init(struct task_columns *tl, const struct snapshot *s, size_t n_max);

/* The columns alone, before there is a snapshot: to check -o and --sort by. */
extern const struct list task_columns_columns;

void task_columns_add(struct task_columns *tl, const struct task *t);

/*
 * Reads from the system what columns with these needs show of a row, or of all rows that the list
 * shows, unless that was done: before the list is sorted by such a column.
 */
void task_columns_fill_row(struct task_columns *tl, size_t row, unsigned int needs);
void task_columns_fill(struct task_columns *tl, unsigned int needs);

/* The order of the rows by age: the first that was forked first, or last. The caller's to free. */
size_t *task_columns_sort_by_age(const struct task_columns *tl, bool is_youngest_first);

/* Fills the rows that are shown, and prints them. */
void task_columns_print(struct task_columns *tl, const struct output_options *options);

void task_columns_free(struct task_columns *tl);
