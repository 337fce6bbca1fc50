/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kin: parents and children of processes that share memory with them. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "oom/rules/task.h"

/* So many are found at most: a process that makes children without end must not keep this busy. */
#define MM_SHARERS_KIN_MOST 1024

/*
 * Finds those that share memory with one of n tasks, or look as if they did where kcmp(2) does not
 * tell, and are not among them: parents and children, theirs, and so on. Nothing of anybody else is
 * read, unless the kernel does not list children (CONFIG_PROC_CHILDREN): then each process is asked
 * for its parent. *found, of *n_found, is the caller's to free. 0 or -ENOMEM.
 */
int mm_sharers_kin_find(int proc, const struct task *tasks, size_t n, pid_t **found,
			size_t *n_found);
