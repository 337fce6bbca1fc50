/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text: an arena for a command, and the sentences around a list of victims: what decides before
 * them and after.
 */
#pragma once

#include <stdio.h>

#include "base/status.h"
#include "sys/predict/candidates.h"

/*
 * Of the cgroup, or of the machine where that is NULL, from the census unless that is NULL; says
 * itself what can't be had. a is to be freed in any case.
 */
enum status predict_text_take(struct candidates *a, const char *cgroup, bool needs_ages,
			      const struct bpf_tasks *census);

/* "points", or the setting that decides before they are asked. */
const char *predict_text_decided_by(const struct candidates *a);

/*
 * What is foretold, and the setting that comes before it. kernel: the version that was asked for,
 * or NULL.
 */
void predict_text_print_heading(FILE *out, const struct candidates *a, const char *cgroup,
				const char *kernel);

/* What happens when nobody is left. */
void predict_text_print_end(FILE *out, const struct candidates *a);

/* That there is nobody at all. */
void predict_text_say_nobody(const struct candidates *a);

/* The cgroups nearest to their limit. */
void predict_text_print_cgroups(FILE *out, const struct candidates *a);

/* Where this kernel's data do not suffice for another's rules. */
void predict_text_warn_kernel(const struct candidates *a, const char *kernel, int version);
