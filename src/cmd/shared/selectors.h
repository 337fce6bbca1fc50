/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selectors: the options that select processes. */
#pragma once

#include <sys/types.h>

#include "base/args.h"

#define SELECTORS_PID_MAX 4194304 /* include/linux/threads.h, 64 bits */

/* They fill a struct targets. */
extern const struct opt selectors_options[];

/* Reads the value of --cgroup, a path as in /proc/PID/cgroup or a directory. ST_USAGE: reported. */
enum status selectors_read_cgroup(const struct args *a, const char **path);

#define SELECTORS_WHY_MAX 128

/* Reads one PID of a list. -ERANGE, or -EINVAL: *pid is 0, and why is the message. */
int selectors_parse_pid(const char *word, pid_t *pid, char why[SELECTORS_WHY_MAX]);
