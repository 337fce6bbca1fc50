/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl: reads and writes the kernel's out-of-memory settings as they are now. */
#pragma once

#include "oom/rules/sysctl_table.h"

/* A setting and the value that it shall have. */
struct sysctl_change {
	const struct sysctl_setting *setting;
	int value;
};

/*
 * -ENOENT: this kernel does not have it. -ENODEV: this /proc shows no settings (subset=pid). proc:
 * a handle of /proc.
 */
int sysctl_read(int proc, const struct sysctl_setting *s, long *value);

/* Whether the kernel would let this caller write it: 0 or a negative errno. Nothing is changed. */
int sysctl_try(int proc, const struct sysctl_setting *s);

/*
 * Writes all or none: before the first write every file is open for writing, and when a write fails
 * what was written before is put back. *failed is the one that failed.
 */
int sysctl_write(int proc, const struct sysctl_change *changes, size_t n,
		 const struct sysctl_setting **failed);
