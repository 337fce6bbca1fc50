/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl_file: the settings at boot, in a file of our own, and the files that override it. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "sys/sysctl/sysctl.h"

#define SYSCTL_FILE_DIR "/etc/sysctl.d"
#define SYSCTLFILE      SYSCTL_FILE_DIR "/60-oomctl.conf"

#define SYSCTL_FILE_PATH_MAX (NAME_MAX + 32)

/*
 * Writes all changes to SYSCTLFILE, atomically and under a lock; other lines, group and mode stay.
 * A dry run writes nothing, and fails alike if that can be predicted. -EPERM: the caller is not
 * root. With -EINVAL, -EEXIST and -EBUSY *fault says why the file is not written; else it is NULL.
 */
int sysctl_file_persist(const struct sysctl_change *changes, size_t n, bool is_dry_run,
			const char **fault);

/*
 * Reads a file of settings as a string, which the caller frees. 0 or a negative errno; -EINVAL:
 * *fault, NULL before, says what is wrong.
 */
int sysctl_file_read_text(int fd, char **text, const char **fault);

struct sysctl_file_override {
	char path[SYSCTL_FILE_PATH_MAX];
	const char *fault; /* why the file's settings are unknown; NULL: they are known */
};

/*
 * Finds the file, read after ours at boot, that sets another value, or else the last one that may
 * do so, as it is unreadable. false: there is neither.
 */
bool sysctl_file_find_override(const struct sysctl_change *change, struct sysctl_file_override *o);
