/* SPDX-License-Identifier: GPL-2.0-or-later */
/* task_columns: the processes of a snapshot as a list, for all commands that show processes. */
#pragma once

#include "cmd/shared/output.h"
#include "sys/proc/command.h"
#include "sys/scan/snapshot.h"

/* What columns need besides the snapshot's tasks. Lower bits are enum task_has: if missing, '-'. */
enum task_columns_needs {
	TASK_COLUMNS_USER = 1 << 24,
	TASK_COLUMNS_START = 1 << 25,  /* scan_want.stat too */
	TASK_COLUMNS_CGROUP = 1 << 26, /* one bit for each of task_row.texts, in their order */
	TASK_COLUMNS_UNIT = 1 << 27,
	TASK_COLUMNS_CONTAINER = 1 << 28,
	TASK_COLUMNS_EXE = 1 << 29,
	TASK_COLUMNS_CMDLINE = 1 << 30,
};

#define TASK_COLUMNS_TEXTS 5

struct task_row {
	const struct task *task;         /* of the snapshot */
	const char *user;                /* NULL: not filled */
	char *texts[TASK_COLUMNS_TEXTS]; /* NULL: not filled, "": unknown; owned */
};

struct task_columns {
	const struct snapshot *snapshot; /* borrowed */
	struct task_row *rows;           /* owned */
	int64_t most;                    /* points of rank 1: a full bar */
	uint64_t boot;                   /* boot time; 0: not filled */
	void *names;                     /* of users: user_cached_name() */
	struct command_reader reader;
	size_t n_blocked; /* command lines that could not be read */
	struct list list; /* of the rows added, named as its JSON array */
};

/* An empty list with room for n_max rows. *tl must not move afterwards. */
void task_columns_init(struct task_columns *tl, const struct snapshot *s, size_t n_max);

/* Only the columns, to check -o and --sort before there is a snapshot. */
extern const struct list task_columns_columns;

void task_columns_add(struct task_columns *tl, const struct task *t);

/*
 * Reads the values that columns with these needs show, of one row or of all rows that the list
 * shows. Values are read once. Call it before the list is sorted by such a column.
 */
void task_columns_fill_row(struct task_columns *tl, size_t row, unsigned int needs);
void task_columns_fill(struct task_columns *tl, unsigned int needs);

/* The order of the rows by age, oldest or youngest first. The caller frees it. */
size_t *task_columns_sort_by_age(const struct task_columns *tl, bool is_youngest_first);

/* Fills and prints the rows that are shown. */
void task_columns_print(struct task_columns *tl, const struct output_options *options);

void task_columns_free(struct task_columns *tl);
