/* SPDX-License-Identifier: GPL-2.0-or-later */
/* counts: how many processes each standing rule concerns now. */
#pragma once

#include <stdbool.h>

#include "cmd/cmd.h"
#include "cmd/shared/processes.h"
#include "sys/standing/rule_files.h"

struct counts {
	size_t matches; /* processes that match the rule */
	size_t decides; /* of these, those that no later rule matches */
	size_t forked;  /* processes that get the adj of children */
	size_t differ;  /* decided or forked processes that the rules would change */
	size_t changed; /* decided or forked processes that something else changed later */
};

/* Processes that could not be compared with all rules. */
struct counts_missing {
	size_t n;
	bool are_hidden; /* hidepid hides processes, so that the counts lack any number */
};

/*
 * Fills counts for each rule of r, as apply --dry-run would find it; warns of processes that cannot
 * be compared, and sets *missing. ST_OK; or another after an error message, ST_DENIED only for
 * --scan=bpf.
 */
enum status counts_read(const struct ctx *cx, struct scan_options *scan, const struct rule_files *r,
			struct counts *counts, struct counts_missing *missing);
