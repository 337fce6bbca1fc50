/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kill_counts: kills by constraint and unit since boot, as the kernel's log has them, and how far
 * the log was read. They are written as metrics, and read back from them by the next run. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "oom/report/report.h"

#define KILL_COUNTS_UNIT 256 /* bytes of a name with its NUL */
#define KILL_COUNTS_BOOT 37  /* of a boot ID */

/* Pairs of constraint and unit. Kills of further units count for the unit "other". */
#define KILL_COUNTS_PAIRS 200
#define KILL_COUNTS_OTHER "other"

#define KILL_COUNTS_KINDS (REPORT_MEMPOLICY + 1)

struct kill_count {
	enum report_kind kind;
	char unit[KILL_COUNTS_UNIT]; /* "": none, or unknown */
	uint64_t n;
};

/* Zeroed at first. Large: not on the stack. */
struct kill_counts {
	char boot[KILL_COUNTS_BOOT]; /* of /proc/sys/kernel/random/boot_id */
	uint64_t next;               /* number of the kernel's first record that was not read */
	uint64_t n_lost; /* earlier records that were overwritten before they were read */
	struct kill_count counts[KILL_COUNTS_PAIRS + KILL_COUNTS_KINDS];
	size_t n;
};

/* Adds n kills. unit: a name that systemd does not accept counts as none. */
void kill_counts_add(struct kill_counts *c, enum report_kind kind, const char *unit, uint64_t n);

/*
 * Adds the kills of a report in /dev/kmsg that the kernel counts too: each victim, and each process
 * of a group, but no process that dies because it shares memory with a victim.
 */
void kill_counts_add_report(struct kill_counts *c, const struct report *r);

/*
 * is_kept: the counters of all runs, and what the next run needs; else gauges of the log. is_shown:
 * as metrics; else in comments, only for the next run.
 */
void kill_counts_print(const struct kill_counts *c, bool is_kept, bool is_shown, FILE *out);

/*
 * Reads what kill_counts_print() wrote, among other lines. -ENODATA: nothing of it is there;
 * -EINVAL: it is malformed. Then *c is not filled.
 */
int kill_counts_parse(struct kill_counts *c, const char *text);
