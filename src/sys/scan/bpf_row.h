/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bpf_row: turns a row of the BPF program into a task as /proc shows it. */
#pragma once

#include "sys/bpf/tasks.h"
#include "sys/proc/task.h"

struct bpf_row_reader {
	const struct bpf_tasks *census;
	const struct machine *m;
	struct task_reader *reader; /* for scores, and for what the rows lack */
};

/*
 * Fills t, which need not be initialized, from a row; RSS and its parts are the counts that the OOM
 * killer reads. false: the row is of no process.
 */
bool bpf_row_take(const struct bpf_row_reader *r, size_t nth, struct task *t);

/* Reads a process without a row from /proc, as if it had one. Returns what task_read() does. */
int bpf_row_other(const struct bpf_row_reader *r, pid_t pid, struct task *t);

/*
 * Reads the present score. If it does not follow from the row, and /proc has other counts by now,
 * the process gets TASK_MOVED: its score tells nothing about the rules.
 */
void bpf_row_take_score(const struct bpf_row_reader *r, struct task *t);

/* Reads the full name of a kernel thread, which may be longer than a row holds. */
void bpf_row_name(const struct bpf_row_reader *r, const struct prog_row *row, struct task *t);
