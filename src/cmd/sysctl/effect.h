/* SPDX-License-Identifier: GPL-2.0-or-later */
/* effect: what the settings mean for this machine now, and which values are dangerous. */
#pragma once

#include <stdint.h>

#include "base/args.h"
#include "sys/scan/snapshot.h"
#include "sys/sysctl/sysctl.h"

/* The settings and the memory of the machine. */
struct effect {
	int64_t values[SYSCTL_TABLE_N]; /* in the order of sysctl_table_table() */
	int errors[SYSCTL_TABLE_N]; /* why a value is unknown, a negative errno; 0: it is known */
	struct sysctl_memory memory;
	bool has_crash_kernel;
};

/* proc: a handle of /proc. */
void effect_read(struct effect *e, int proc);

/* The value of a setting; otherwise, if it is unknown. */
int64_t effect_value(const struct effect *e, const char *name, int64_t otherwise);

/* Whether the rival of a setting is in effect in its place. */
bool effect_has_rival(const struct effect *e, const struct sysctl_setting *s);

/* The effect of a known setting, "" if it is unknown. */
void effect_describe(const struct effect *e, const struct snapshot *s,
		     const struct sysctl_setting *setting, char *text, size_t size);

/* Changes the values as the kernel would. */
void effect_apply(struct effect *e, const struct sysctl_change *changes, size_t n);

/* ST_USAGE after a message: with the changes, requests for memory would fail at once. */
enum status effect_check(const struct effect *before, const struct args *a,
			 const struct sysctl_change *changes, size_t n);

/* Warns of dangers that the changed settings take part in; e: after the changes. */
void effect_warn(const struct effect *e, const struct sysctl_change *changes, size_t n);
