/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * task_table: the processes of a snapshot as a list with columns, for all commands that show some.
 */
#pragma once

#include "sys/scan/snapshot.h"
#include "sys/proc/user.h"
#include "ui/list.h"

#define TASK_TABLE_USERS 64

struct task_table {
	const struct snapshot *snapshot; /* borrowed */
	const struct task **rows;        /* owned; into the snapshot */
	size_t n_rows;
	int64_t most;  /* the points that fill a bar */
	uint64_t boot; /* when the machine was started; 0: not asked yet */
	struct {
		uint32_t uid;
		char name[USER_NAME_MAX]; /* empty: not looked up yet */
	} users[TASK_TABLE_USERS];
	struct list list; /* ready for list_print() */
};

/* A list without rows, named as its JSON array; *tl must not move afterwards. */
void task_table_init(struct task_table *tl, const struct snapshot *s);

/* The columns alone, before there is a snapshot: to check -o and --sort by. */
extern const struct list task_table_columns;

/* -ENOMEM. */
int task_table_add(struct task_table *tl, const struct task *t);

/*
 * The order of the rows by age: the first that was forked first, or last. *order is the caller's to
 * free. -ENOMEM.
 */
int task_table_sort_by_age(const struct task_table *tl, bool falls, size_t **order);

void task_table_free(struct task_table *tl);
