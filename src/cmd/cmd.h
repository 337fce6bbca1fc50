/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd: what a command is, and what all share. Each command's file ends in a const struct cmd. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/args.h"
#include "base/status.h"
#include "sys/priv/privilege.h"
#include "ui/list.h"

/* What main passes to a command. */
struct ctx {
	FILE *out;      /* standard output; main flushes it and checks for errors */
	bool is_tty;    /* out is a terminal */
	bool has_color; /* from --color, NO_COLOR, and the terminal */
	size_t width;   /* columns of the terminal; 0: out is not a terminal */
	struct privilege *privilege;
};

enum cmd_flags {
	CMD_WRITES = 1,  /* writes adj: may need a capability, even a borrowed one */
	CMD_WRAPPER = 2, /* the first operand and all that follow are another command */
	CMD_OWN = 4,     /* may use the caller's own capabilities, and drops them after use */
	CMD_DAEMON = 16, /* writes adj for as long as it runs, and listens to the kernel */
	CMD_LIVE = 32,   /* starts processes that each keep some of the privileges */
	CMD_WHOLE = 8,   /* finishes its work even if nothing reads its output */
};

#define CMD_ANY_NUMBER ((size_t)-1)

/* Options that several commands share. */
struct cmd_group {
	const struct opt *rows;
	void (*release)(void *target); /* frees what the struct holds; NULL: nothing */
};

#define CMD_MAX_SHARED  (ARGS_MAX_GROUPS - 2)
#define CMD_MAX_ALIASES 2

struct cmd {
	const char *name;
	const char *aliases[CMD_MAX_ALIASES]; /* NULL: no more */
	const char *synopsis;                 /* what follows the name */
	const char *summary;                  /* at most 60 characters, without a full stop */
	const struct opt *opts;               /* its own; they fill the options struct */
	struct {
		const struct cmd_group *group; /* NULL: no more */
		size_t offset;                 /* of its struct in the options struct */
	} shared[CMD_MAX_SHARED];
	const struct list *list; /* whose columns -o selects; NULL: there is no -o */
	size_t options_size;     /* 0: there is no options struct */
	size_t min_args, max_args;
	unsigned int flags;
	/* options: the options struct, zeroed, then filled from the arguments. */
	enum status (*run)(struct ctx *cx, struct args *a, void *options);
};

/* All commands in the order of the help page; ends with NULL. */
extern const struct cmd *const cmd_all[];

/* Reports an unknown command, with this hint or, if it is NULL, the usual one; returns ST_USAGE. */
enum status cmd_report_unknown(const char *word, const char *hint);

/* By its name or one of its aliases, never by a prefix; NULL: there is none. */
const struct cmd *cmd_find(const char *name);

/* The privilege that the command can need, by its name alone. argv is main's. */
enum privilege_need cmd_find_need(int argc, char **argv);

/* Parses the arguments after the program's name and runs the command that they name. */
enum status cmd_dispatch(struct ctx *cx, int argc, char **argv);

/* The options that every command has. */
extern const struct opt cmd_common_opts[];

/* Help, generated from the tables. c NULL: the help of the program. */
void cmd_print_help(FILE *out, const struct cmd *c);
void cmd_print_version(FILE *out);

extern const struct cmd cmd_rank, cmd_get, cmd_set, cmd_protect, cmd_unprotect, cmd_run_wrapper;
extern const struct cmd cmd_explain, cmd_predict, cmd_sysctl, cmd_log, cmd_policy, cmd_help;
extern const struct cmd cmd_rules, cmd_apply, cmd_watch, cmd_dump;
extern const struct cmd cmd_audit, cmd_metrics, cmd_group, cmd_top;
