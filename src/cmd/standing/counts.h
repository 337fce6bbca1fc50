/* SPDX-License-Identifier: GPL-2.0-or-later */
/* counts: how many processes each standing rule concerns now. */
#pragma once

#include "cmd/cmd.h"
#include "sys/standing/rule_files.h"

struct counts {
	size_t matches; /* processes that match the rule */
	size_t decides; /* of these, those that no later rule matches */
	size_t forked;  /* processes that get the adj of children */
	size_t differ;  /* decided processes that the rules would change */
	size_t changed; /* decided processes that something else changed later */
};

/*
 * Fills counts for each rule of r, as apply --dry-run would find it; warns of processes that cannot
 * be compared, and sets *n_unknown to their number. ST_OK, or ST_BROKEN after an error message.
 */
enum status counts_read(const struct rule_files *r, struct counts *counts, size_t *n_unknown);
