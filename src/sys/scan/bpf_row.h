/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bpf_row: what a row of a census says of a process, in the words of /proc. */
#pragma once

#include "sys/bpf/tasks.h"
#include "sys/proc/task.h"

struct bpf_row_reader {
	const struct bpf_tasks *census;
	const struct machine *m;
	struct task_reader *reader; /* for what the kernel's score alone tells beyond doubt */
};

/*
 * Fills t, which need not be initialized, from the nth row; rss and its parts are the counts that
 * the kernel's choice reads. false: the row is of no process.
 */
bool bpf_row_take(const struct bpf_row_reader *r, size_t nth, struct task *t);

/*
 * A process that was born behind the census, or that the kernel keeps out of it, as if it were in
 * it: from /proc. What task_read() gives.
 */
int bpf_row_other(const struct bpf_row_reader *r, pid_t pid, struct task *t);

/*
 * Takes the score of now. Where it does not follow from the counts, and those in /proc do not give
 * the same by the same rules, the process has moved since: TASK_MOVED, so that it tells nothing of
 * the rules.
 */
void bpf_row_take_score(const struct bpf_row_reader *r, struct task *t);

/* Reads the rest of a name that is longer than its row holds: a kernel thread's. */
void bpf_row_name(const struct bpf_row_reader *r, const struct prog_row *row, struct task *t);
