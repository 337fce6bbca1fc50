/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: reads candidates for a command, and prints the sentences around a list of victims. */
#pragma once

#include <stdio.h>

#include "base/status.h"
#include "sys/predict/candidates.h"

/*
 * Reads the candidates of a cgroup, or, if that is NULL, of the machine; from the census, if any.
 * Prints errors itself. a is to be freed in any case.
 */
enum status predict_text_take(struct candidates *a, const char *cgroup, bool needs_ages,
			      const struct bpf_tasks *census);

/* "points", or the setting that decides before them. */
const char *predict_text_decided_by(const struct candidates *a);

/* What is predicted, and the setting that decides. kernel: the version asked for, or NULL. */
void predict_text_print_heading(FILE *out, const struct candidates *a, const char *cgroup,
				const char *kernel);

/* What happens when no killable process is left. */
void predict_text_print_end(FILE *out, const struct candidates *a);

/* An error: there is no killable process. */
void predict_text_say_nobody(const struct candidates *a);

/* The cgroups nearest to their limits. */
void predict_text_print_cgroups(FILE *out, const struct candidates *a);

/* Warns where this kernel does not show what another version's rules need. */
void predict_text_warn_kernel(const struct candidates *a, const char *kernel, int version);
