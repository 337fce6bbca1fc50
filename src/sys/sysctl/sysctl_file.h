/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysctl_file: the settings of the next boot, in one file of ours, and the files that overrule it.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "sys/sysctl/sysctl.h"

#define SYSCTL_FILE_DIR "/etc/sysctl.d"
#define SYSCTLFILE      SYSCTL_FILE_DIR "/60-oomctl.conf"

#define SYSCTL_FILE_PATH_MAX (NAME_MAX + 32)

/*
 * Puts all changes into SYSCTLFILE, atomically, one process after the other; what else is in it
 * stays, as do its group and mode. A dry run writes nothing, but fails alike as far as that can be
 * foreseen. -EPERM: the caller is not root. With -EINVAL, -EEXIST, and -EBUSY *fault says why the
 * file is left alone: it is not what oomctl wrote, or is being written; else it is NULL.
 */
int sysctl_file_persist(const struct sysctl_change *changes, size_t n, bool is_dry_run,
			const char **fault);

/*
 * A file of settings as text, ended by a NUL, which the caller frees. Where it holds none, or too
 * much, *fault says so; it is to be NULL before. 0 or a negative errno.
 */
int sysctl_file_read_text(int fd, char **text, const char **fault);

struct sysctl_file_override {
	char path[SYSCTL_FILE_PATH_MAX];
	const char *fault; /* why it can't be told what the file sets; NULL: it is known */
};

/*
 * Finds the file, read after ours at boot, by which the setting will have another value, or if
 * there is none the last that may do so, as it can't be read. false: there is neither.
 */
bool sysctl_file_find_override(const struct sysctl_change *change, struct sysctl_file_override *o);
