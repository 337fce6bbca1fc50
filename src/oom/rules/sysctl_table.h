/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl_table: the sysctls of the OOM killer, and the meaning of their values. Pure. */
#pragma once

#include <stddef.h>

struct sysctl_setting {
	const char *name; /* without the prefix vm. */
	int max;          /* values are 0...max */
	const char *meanings[3];
};

/* The setting of this name, with or without a leading "vm." or "vm/"; NULL: none. */
const struct sysctl_setting *sysctl_table_find(const char *name, size_t len);

/* All settings. */
const struct sysctl_setting *sysctl_table_table(size_t *n);

/*
 * The text of a sysctl.d(5) file with this value of s: replaces the lines that set it by one, or
 * adds one at the end. old NULL: a new file. The caller frees it; NULL: no memory.
 */
char *sysctl_table_edit(const char *old, const struct sysctl_setting *s, int value);

/* 0 and *value: the line of a sysctl.d(5) file sets s to it; -ENOENT: it does not. */
int sysctl_table_parse_line(const char *line, size_t len, const struct sysctl_setting *s,
			    long *value);
