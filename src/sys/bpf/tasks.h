/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tasks: all processes of the machine at one moment, counted inside the kernel by a BPF program of
 * its own making. It takes no lock of any process, makes no file of /proc, and sees the very
 * numbers that the kernel's choice looks at.
 */
#pragma once

#include <sys/types.h>

#include "sys/bpf/prog.h"

#define BPF_CHECK_WORDS 320

struct bpf_tasks {
	const struct prog_row *rows; /* one a process; the census owns them */
	size_t n;
	void *map;
	size_t map_size;
	uint64_t taken_ms; /* when it began, on CLOCK_MONOTONIC */
	pid_t parent;      /* of this process, then */
	/* the rows are in the order of forks, in which the kernel looks at them too */
	bool is_fork_order;
	bool has_cpu;
	const char *way; /* how it was taken, in a few words */
};

/*
 * n: how many processes are expected; if there are more, as many as there are. Needs CAP_BPF and
 * CAP_PERFMON, or CAP_SYS_ADMIN, and nothing once it has returned: no descriptor stays open. 0; or
 * a negative errno, and in words which step failed and what the verifier said. To be freed by
 * bpf_tasks_free() in any case.
 */
int bpf_tasks_take(struct bpf_tasks *c, size_t n, char words[BPF_CHECK_WORDS]);

void bpf_tasks_free(struct bpf_tasks *c);
