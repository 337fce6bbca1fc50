/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * args: the options and operands of one command, parsed from tables.
 * Words of '-' and digits are operands; "--" ends the options; options and operands mix, unless the
 * command takes over another command's words (ARGS_WRAPPER).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* One option. A table ends with a row of zeroes. */
struct opt {
	int key;          /* the short option's letter; from OPT_LONG on: it has none */
	const char *name; /* the long option */
	const char *arg;  /* its argument's name; "[NAME]" may be left out; NULL: none */
	const char *help; /* one phrase for --help */
};

/* Keys of long options without a letter: OPT_LONG + n, n unique in a command's tables. */
#define OPT_LONG 256

#define ARGS_MAX_GROUPS 6

enum args_flags {
	ARGS_WRAPPER = 1, /* the first operand ends the options */
};

struct args {
	const char *command;                       /* for messages */
	const struct opt *groups[ARGS_MAX_GROUPS]; /* tables, the first NULL ends */
	unsigned int flags;
	int argc; /* the words behind the command's name */
	char **argv;
	const char *value; /* of the option just returned; NULL: none */
	char **operands;   /* complete when args_next() returned 0 */
	size_t n_operands;
	struct args_state *state;
};

/* Begins, or begins again, at the first word. -ENOMEM, -EINVAL for a table that is too large. */
int args_begin(struct args *a);

/* The next option's key, 0 at the end, -1 after saying what is wrong with the usage. */
int args_next(struct args *a);

/* Takes the first operand out of the list; NULL: there is none. */
const char *args_shift(struct args *a);

/* Frees what args_begin() allocated; operands are gone then. */
void args_end(struct args *a);

/* Says what is wrong and how to get help; returns ST_USAGE. */
__attribute__((format(printf, 2, 3))) enum status args_error(const struct args *a, const char *fmt,
							     ...);
