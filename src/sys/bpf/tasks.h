/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tasks: all processes of the machine at one moment, by a BPF program. It takes no lock of a
 * process, opens no file of /proc, and reads the counts that the OOM killer reads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sys/bpf/prog.h"

#define BPF_CHECK_WORDS 320

struct bpf_tasks {
	const struct prog_row *rows; /* one for each process */
	size_t n;
	void *map;
	size_t map_size;
	uint64_t taken_ms;  /* when it began, on CLOCK_MONOTONIC */
	pid_t parent;       /* of this process, then */
	bool is_fork_order; /* the rows are in the order of forks, as in the kernel's list */
	bool has_cpu;
	const char *way; /* how they were read, in a few words */
};

/*
 * n: the expected number of processes, which may be too small. Needs CAP_BPF and CAP_PERFMON, or
 * CAP_SYS_ADMIN, only during the call: no descriptor stays open. 0; or a negative errno, and words
 * has the failed step and the verifier's message. Free c by bpf_tasks_free() in any case.
 */
int bpf_tasks_take(struct bpf_tasks *c, size_t n, char words[BPF_CHECK_WORDS]);

void bpf_tasks_free(struct bpf_tasks *c);
