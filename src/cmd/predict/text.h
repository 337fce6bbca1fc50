/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: reads candidates for a command, and prints the sentences around a list of victims. */
#pragma once

#include <stdio.h>

#include "base/status.h"
#include "cmd/shared/unit_effects.h"
#include "sys/predict/candidates.h"

/* The kills that one set of candidates leads to, in order. */
struct predict_text_kills {
	struct predict p; /* its candidates may be a copy */
	struct kill_choice *choices;
	struct unit_effects_kills *units; /* of each kill; NULL: not asked for */
	size_t n;
};

/*
 * Reads the candidates of a cgroup, or, if that is NULL, of the machine: by
 * candidates_read_machine(). scan: a BPF scan, or NULL. Reports errors. The caller frees a in any
 * case.
 */
enum status predict_text_take(struct candidates *a, const char *cgroup, bool needs_ages,
			      size_t kills, const struct bpf_tasks *scan);

/*
 * "points", or the setting that overrides them. *effect: what the kernel does then, or NULL.
 * cgroup: NULL for the machine.
 */
const char *predict_text_decided_by(const struct machine *m, const struct memcg_state *cgroup,
				    const char **effect);

/* Why a kill is not certain. Up to DOUBT_ORDER, the text is about a rival. Not of DOUBT_NONE. */
const char *predict_text_reason(enum predict_doubt doubt);

/* kernel: of --kernel, or NULL. */
void predict_text_print_heading(FILE *out, const struct candidates *a, const char *cgroup,
				const char *kernel);

/*
 * With has_doubts why a kill is not certain, which processes are killed with each victim, and what
 * systemd does then.
 */
void predict_text_print_notes(FILE *out, const struct predict_text_kills *k, bool has_doubts);

/* What happens if no killable process remains. */
void predict_text_print_end(FILE *out, const struct candidates *a);

/* An error: there is no killable process. */
void predict_text_report_none(const struct candidates *a);

/* The cgroups closest to their limits. */
void predict_text_print_cgroups(FILE *out, const struct candidates *a);

/* Warns if this kernel does not show values that another version's rules need. */
void predict_text_warn_kernel(const struct candidates *a, const char *kernel, int version);
