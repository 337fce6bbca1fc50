/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd: what a command is, and what all commands share. A command's file ends in one const struct
 * cmd.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/args.h"
#include "base/status.h"
#include "sys/priv/privilege.h"
#include "ui/list.h"

/* Everything that travels from main to a command. */
struct ctx {
	FILE *out;      /* standard output; main flushes it and checks for errors */
	bool is_tty;    /* out is a terminal */
	bool has_color; /* as --color, NO_COLOR and the terminal say */
	size_t width;   /* columns of the terminal; 0 when out is none */
	struct privilege *privilege;
};

enum cmd_flags {
	CMD_WRITES = 1,  /* writes adj: may need a capability, also one that is only borrowed */
	CMD_WRAPPER = 2, /* the first operand and all behind it are another command */
	CMD_OWN =
		/* may use the caller's own capabilities; when it needs them no more it says so */
	4,
	CMD_WHOLE = 8, /* what it has begun is done to the end, also if nobody reads what it says */
};

#define CMD_ANY_NUMBER ((size_t)-1)

struct cmd {
	const char *name;
	const char *synopsis;                          /* behind the name */
	const char *summary;                           /* one phrase */
	const struct opt *opts;                        /* its own */
	const struct opt *shared[ARGS_MAX_GROUPS - 2]; /* groups that other commands have too */
	const struct list *list; /* whose columns -o chooses; NULL: there is no -o */
	size_t min_args, max_args;
	unsigned int flags;
	enum status (*run)(struct ctx *cx, struct args *a);
};

/* All commands in the order of the help page; ends with NULL. */
extern const struct cmd *const cmd_all[];

/* By its name or one of its aliases, never by a prefix; NULL: there is none. */
const struct cmd *cmd_find(const char *name);

/* The options that every command has. */
extern const struct opt cmd_common_opts[];

/* Parses the words behind the command's name, handles the common options, and runs it. */
enum status cmd_run(struct ctx *cx, const struct cmd *c, int argc, char **argv);

/* Help, generated from the tables. c NULL: of the program. */
void cmd_print_help(FILE *out, const struct cmd *c);
void cmd_print_version(FILE *out);

/*
 * The tables as lines of words between tabs, for the tests that hold manual and completions to
 * them.
 */
void cmd_print_dump(FILE *out);

extern const struct cmd cmd_rank, cmd_get, cmd_set, cmd_protect, cmd_unprotect, cmd_run_wrapper;
extern const struct cmd cmd_explain, cmd_predict, cmd_sysctl, cmd_log, cmd_policy, cmd_help;
extern const struct cmd cmd_dump;
