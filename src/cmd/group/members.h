/* SPDX-License-Identifier: GPL-2.0-or-later */
/* members: the processes that the kernel kills together, with their memory. */
#pragma once

#include "cmd/cmd.h"
#include "sys/cgroup/memcg.h"
#include "sys/scan/snapshot.h"
#include "ui/json.h"

struct members {
	struct snapshot s;
	int64_t used_bytes; /* of the cgroup; LIST_UNKNOWN: unreadable */
	size_t n_hidden;    /* processes that cannot be read */
	bool is_group;      /* they are killed together, not one at a time */
};

void members_init(struct members *m);
void members_free(struct members *m);

/* Reads the processes of the cgroup dir at path, and of all below. Reports errors. */
enum status members_read(struct members *m, const struct memcg_tree *tree, int dir,
			 const char *path);

/* A table, and the sum. */
void members_print(const struct members *m, const struct ctx *cx);

/* The members "used", "killed", "memory" and "processes". */
void members_write(struct json_writer *j, const struct members *m);

/* A text; null if it is empty. */
void members_write_text(struct json_writer *j, const char *key, const char *text);
