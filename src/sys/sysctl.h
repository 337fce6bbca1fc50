/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl: reads and writes the kernel's out-of-memory settings, now and for the next boot. */
#ifndef SYS_SYSCTL_H
#define SYS_SYSCTL_H

#include <stdbool.h>

#include "oom/setting.h"

#define SYSCTL_FILE "/etc/sysctl.d/60-oomctl.conf"

/* A setting and the value that it shall have. */
struct sysctl_change {
	const struct setting *setting;
	int value;
};

/* -ENOENT: this kernel does not have it. proc: a handle of /proc. */
int sysctl_read(int proc, const struct setting *s, long *value);

/* Whether the kernel would let this caller write it: 0 or a negative errno. Nothing is changed. */
int sysctl_try(int proc, const struct setting *s);

/*
 * Writes all or none: before the first write every file is open for writing, and when a write fails what was written
 * before is put back. *failed is the one that failed.
 */
int sysctl_write(int proc, const struct sysctl_change *changes, size_t n,
		 const struct setting **failed);

/*
 * Puts all changes into SYSCTL_FILE, atomically; what else is in it stays. -EPERM: the caller is not root, or the file
 * is not root's alone. -EFBIG: it is longer than 64 KiB.
 */
int sysctl_persist(const struct sysctl_change *changes, size_t n);

/*
 * Finds a file that is read after ours at boot and sets the same to another value: its path goes to path. false: none.
 */
bool sysctl_find_override(const struct sysctl_change *change, char *path, size_t size);

#endif
