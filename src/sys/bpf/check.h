/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check: whether what a census counts are the processes that /proc shows, under the same PIDs. */
#pragma once

#include "sys/bpf/tasks.h"

/*
 * Before a census. 0, and *n is about how many processes there are; or a negative errno, and in
 * words why it must not be.
 */
int bpf_check_look(size_t *n, char words[BPF_CHECK_WORDS]);

/* After it: whether this process is in it, as /proc shows it. 0, or a negative errno and words. */
int bpf_check_check(const struct bpf_tasks *c, char words[BPF_CHECK_WORDS]);
