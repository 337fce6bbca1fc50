/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check: whether the BPF program counts the processes that /proc shows, under the same PIDs. */
#pragma once

#include "sys/bpf/tasks.h"

/* Before the count: 0, and *n is about the number of processes; or a negative errno and words. */
int bpf_check_before(size_t *n, char words[BPF_CHECK_WORDS]);

/* After it: whether it has this process as /proc shows it. 0, or a negative errno and words. */
int bpf_check_after(const struct bpf_tasks *c, char words[BPF_CHECK_WORDS]);
