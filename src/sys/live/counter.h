/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counter: a process of its own that keeps the BPF program loaded and runs it on request, with the
 * capabilities for that alone, so that the process that shows the result needs none.
 */
#pragma once

#include "sys/bpf/tasks.h"
#include "sys/priv/privilege.h"

struct counter {
	struct bpf_tasks_program program;
	int socket; /* to the process; -1: none */
	pid_t pid;
};

/*
 * Loads the program with room for so many processes and starts the process. 0; or a negative errno
 * and words: then c needs no counter_end().
 */
int counter_begin(struct counter *c, const struct privilege *p, size_t room,
		  char words[BPF_TASKS_WORDS]);

/*
 * Counts all processes again; tasks is valid until the next call. *n_missing: processes that had no
 * room. 0 or a negative errno: then it cannot be used any more.
 */
int counter_run(const struct counter *c, struct bpf_tasks *tasks, size_t *n_missing);

/* Ends the process. */
void counter_end(struct counter *c);
