/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settinglist: the kernel's out-of-memory settings, what they mean, and what follows from them now. */
#pragma once

#include "cmd/shared/output.h"
#include "oom/rules/sysctl_table.h"
#include "sys/bpf/tasks.h"

/* The most settings that are shown or set at once. */
#define SETTINGLIST_MAX 8

/* In place of a value. */
#define SETTINGLIST_MISSING (-1) /* this kernel does not have the setting */
#define SETTINGLIST_UNSEEN  (-2) /* it is not to be seen, or no number */

/* What the kernel does with this value, or one of these. */
const char *settinglist_meaning(const struct setting *s, long value);

/*
 * Shows n settings, SETTINGLIST_MAX at most, or with 0 all of them: paragraphs for eyes, else as listing has it. census: NULL:
 * what follows from them now is told from /proc.
 */
enum status settinglist_show(struct ctx *cx, const struct args *a, struct listing *listing,
			     const struct census *census, const struct setting *const *shown,
			     size_t n_shown);
