/* SPDX-License-Identifier: GPL-2.0-or-later */
/* deciding: which standing rule decides for a process, and which ones it overrides. */
#pragma once

#include <stdio.h>

#include "sys/standing/pass.h"
#include "sys/standing/rule_files.h"
#include "ui/json.h"

/* The rules of the machine, for several processes. Zeroed at first. */
struct deciding {
	struct rule_files files;
	struct pass *pass;
	struct records records;
	struct command_reader reader;
};

/* Of one process. */
struct deciding_result {
	struct pass_result r;
	size_t *overridden; /* rules that match too, the last one first; the caller frees it */
	size_t n_overridden;
};

/* Loads the rules. proc: a handle of /proc, which must stay open. Warns of files with errors. */
void deciding_begin(struct deciding *d, int proc);

void deciding_end(struct deciding *d);

/* Finds the rule for a process. Call it while the caller's capabilities are in effect. */
void deciding_find(struct deciding *d, pid_t pid, struct deciding_result *result);

/* Prints nothing if no rule matches. */
void deciding_print(FILE *out, const struct deciding *d, const struct deciding_result *result);

/* The member "rule": an object or null. */
void deciding_write(struct json_writer *j, const struct deciding *d,
		    const struct deciding_result *result);
