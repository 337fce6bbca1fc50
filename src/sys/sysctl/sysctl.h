/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl: the kernel's OOM settings, now and at boot. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oom/rules/sysctl_table.h"

/* A setting and its new value. */
struct sysctl_change {
	const struct sysctl_setting *setting;
	int64_t value;
};

/*
 * proc: a handle of /proc. -ENOENT: this kernel does not have the setting. -ENODEV: /proc contains
 * no settings (subset=pid).
 */
int sysctl_read(int proc, const struct sysctl_setting *s, int64_t *value);

/* Whether the caller is allowed to write it: 0 or a negative errno. Changes nothing. */
int sysctl_try(int proc, const struct sysctl_setting *s);

/* Memory of the machine, as far as /proc/meminfo shows it. */
void sysctl_read_memory(int proc, struct sysctl_memory *m);

/*
 * Writes all or none: opens all files first, and restores earlier values, also of rivals, if a
 * write fails. *failed: the setting that failed.
 */
int sysctl_write(int proc, const struct sysctl_change *changes, size_t n,
		 const struct sysctl_setting **failed);

#define SYSCTL_FILE_DIR "/etc/sysctl.d"
#define SYSCTLFILE      SYSCTL_FILE_DIR "/60-oomctl.conf"

#define SYSCTL_FILE_PATH_MAX (NAME_MAX + 32)

/*
 * Writes all changes to SYSCTLFILE, atomically and under a lock; other lines, group, and mode do
 * not change. A dry run writes nothing, and fails if the write is known to fail. -EPERM: the caller
 * is not root. With -EINVAL, -EEXIST, and -EBUSY *fault is the reason; otherwise it is NULL.
 */
int sysctl_file_persist(const struct sysctl_change *changes, size_t n, bool is_dry_run,
			const char **fault);

struct sysctl_file_override {
	char path[SYSCTL_FILE_PATH_MAX];
	const char *fault; /* why the values in the file are unknown; NULL: known */
};

/*
 * Finds the file, read after SYSCTLFILE at boot, that sets another value, or the last one that
 * could set it, because it is unreadable. false: there is neither.
 */
bool sysctl_file_find_override(const struct sysctl_change *change, struct sysctl_file_override *o);
