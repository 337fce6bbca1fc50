/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl: reads and writes the kernel's present out-of-memory settings. */
#pragma once

#include "oom/rules/sysctl_table.h"

/* A setting and its wanted value. */
struct sysctl_change {
	const struct sysctl_setting *setting;
	int value;
};

/*
 * proc: a handle of /proc. -ENOENT: this kernel does not have it. -ENODEV: /proc has no settings
 * (subset=pid).
 */
int sysctl_read(int proc, const struct sysctl_setting *s, long *value);

/* Whether this caller may write it: 0 or a negative errno. Changes nothing. */
int sysctl_try(int proc, const struct sysctl_setting *s);

/*
 * Writes all or none: opens all files first, and restores earlier values if a write fails. *failed:
 * the setting that failed.
 */
int sysctl_write(int proc, const struct sysctl_change *changes, size_t n,
		 const struct sysctl_setting **failed);
