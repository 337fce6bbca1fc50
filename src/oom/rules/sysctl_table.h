/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysctl_table: the sysctls that steer the kernel's out-of-memory handling, and what their values
 * mean. Pure.
 */
#pragma once

#include <stddef.h>

struct sysctl_setting {
	const char *name; /* below vm */
	int max;          /* values are 0...max */
	const char *meanings[3];
};

/* By its name, with or without "vm." or "vm/" in front; NULL: none. */
const struct sysctl_setting *sysctl_table_find(const char *name, size_t len);

/* All of them. */
const struct sysctl_setting *sysctl_table_table(size_t *n);

/*
 * The text of a sysctl.d(5) file in which s has this value: every line that sets it is replaced, or
 * one is added at the end; all others stay. old NULL: a new file. Returns a string that the caller
 * frees, NULL: no memory.
 */
char *sysctl_table_edit(const char *old, const struct sysctl_setting *s, int value);

/* Whether a line of a sysctl.d(5) file sets s; *value is then what it sets it to. */
int sysctl_table_parse_line(const char *line, size_t len, const struct sysctl_setting *s,
			    long *value);
