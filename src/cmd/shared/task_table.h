/* SPDX-License-Identifier: GPL-2.0-or-later */
/* task_table: the processes of a snapshot as a list, for all commands that show some. */
#pragma once

#include "cmd/shared/output.h"
#include "sys/scan/snapshot.h"

/* What columns need besides the snapshot's tasks. Lower bits are enum task_has: '-' without it. */
enum task_table_needs {
	TASK_TABLE_USER = 1 << 24,
	TASK_TABLE_CGROUP = 1 << 25,
	TASK_TABLE_START = 1 << 26, /* scan_want.stat too */
};

struct task_row {
	const struct task *task; /* of the snapshot */
	const char *user;        /* NULL: not filled */
};

struct task_table {
	const struct snapshot *snapshot; /* borrowed */
	struct task_row *rows;           /* owned */
	char **cgroups; /* one a row; NULL: not filled, "": unknown; owned, NULL: none is filled */
	size_t n_max;   /* of rows */
	int64_t most;   /* the points that fill a bar */
	uint64_t boot;  /* when the machine was started; 0: not filled */
	void *names;    /* of users; see user_cached_name() */
	struct list list; /* of the rows added, named as its JSON array */
};

/* A list without rows, to which n_max can be added; *tl must not move afterwards. -ENOMEM. */
int task_table_init(struct task_table *tl, const struct snapshot *s, size_t n_max);

/* The columns alone, before there is a snapshot: to check -o and --sort by. */
extern const struct list task_table_columns;

void task_table_add(struct task_table *tl, const struct task *t);

/*
 * Reads from the system what columns with these needs show of a row, or of all rows that the list
 * shows, unless that was done: before the list is sorted by such a column. -ENOMEM.
 */
int task_table_fill_row(struct task_table *tl, size_t row, unsigned int needs);
int task_table_fill(struct task_table *tl, unsigned int needs);

/*
 * Sorts the rows by age: the first that was forked first, or last. *order is the caller's to free.
 * -ENOMEM.
 */
int task_table_sort_by_age(const struct task_table *tl, bool is_youngest_first, size_t **order);

/* Fills the rows that are shown, and prints them. ST_OK or ST_BROKEN. */
enum status task_table_print(struct task_table *tl, const struct output_options *options);

void task_table_free(struct task_table *tl);
