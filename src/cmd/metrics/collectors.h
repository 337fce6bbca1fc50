/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * collectors: parts of the metrics. Each prints its families to out, or, if it returns false after
 * an error message, nothing: what is unknown is left out, and never 0.
 */
#pragma once

#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/metrics/kill_counts.h"
#include "cmd/shared/processes.h"
#include "cmd/standing/files.h"
#include "sys/predict/candidates.h"

/* Kills as the kernel counts them. */
bool collectors_print_kills(const struct candidates *a, FILE *out);

/* Kills by constraint and unit. is_kept: the counters of a file, else what is in the ring buffer */
bool collectors_print_log(const struct ctx *cx, struct kill_counts *c, bool is_kept, FILE *out);

/* Processes and their memory by class of adj. */
bool collectors_print_processes(const struct candidates *a, FILE *out);

/* Points and margin of the next victim. Changes a's candidates. */
bool collectors_print_victim(struct candidates *a, FILE *out);

/* Standing rules, and those that are not in effect. */
bool collectors_print_rules(const struct ctx *cx, const struct files_options *o,
			    struct scan_options *scan, FILE *out);

/* The settings that sysctl shows. */
bool collectors_print_settings(const struct candidates *a, FILE *out);
