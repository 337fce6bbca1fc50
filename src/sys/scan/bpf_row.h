/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bpf_row: what a row of a census says of a process, in the words of /proc. */
#pragma once

#include "sys/bpf/tasks.h"
#include "sys/proc/task.h"

struct rowread {
	const struct census *census;
	const struct machine *m;
	struct taskread *reader; /* for what the kernel's score alone tells beyond doubt */
};

/*
 * Fills t, which need not be initialized, from the nth row; rss and its parts are the counts that the kernel's choice reads.
 * false: the row is of no process.
 */
bool rowread_take(const struct rowread *r, size_t nth, struct task *t);

/*
 * A process that was born behind the census, or that the kernel keeps out of it, as if it were in it: from /proc. What
 * taskread_read() gives.
 */
int rowread_other(const struct rowread *r, pid_t pid, struct task *t);

/*
 * Takes the score of now. Where it does not follow from the counts, and those in /proc do not give the same by the same
 * rules, the process has moved since: TASK_MOVED, so that it tells nothing of the rules.
 */
void rowread_take_score(const struct rowread *r, struct task *t);

/* Reads the rest of a name that is longer than its row holds: a kernel thread's. */
void rowread_name(const struct rowread *r, const struct bpfprog_row *row, struct task *t);
