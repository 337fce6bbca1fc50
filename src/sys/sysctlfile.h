/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctlfile: the settings of the next boot, in one file of ours, and the files that overrule it. */
#ifndef SYS_SYSCTLFILE_H
#define SYS_SYSCTLFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "sys/sysctl.h"

#define SYSCTLFILE "/etc/sysctl.d/60-oomctl.conf"

/*
 * Puts all changes into SYSCTLFILE, atomically; what else is in it stays. A dry run writes nothing, but fails alike as
 * far as that can be foreseen. -EPERM: the caller is not root. With -EINVAL and -EEXIST *fault says why the file is left
 * alone: it is not what oomctl wrote; else it is NULL.
 */
int sysctlfile_persist(const struct sysctl_change *changes, size_t n, bool is_dry_run,
		       const char **fault);

/*
 * Finds the file, read after ours at boot, by which the setting will have another value: its path goes to path, of
 * NAME_MAX and 32 characters at least. false: there is none.
 */
bool sysctlfile_find_override(const struct sysctl_change *change, char *path, size_t size);

#endif
