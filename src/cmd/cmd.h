/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd: what a command is, and what all share. A command's file ends in one const struct cmd. */
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
	CMD_WRITES = 1,  /* writes adj: may need a capability, even a borrowed one */
	CMD_WRAPPER = 2, /* the first operand and all behind it are another command */
	CMD_OWN = 4, /* may use the caller's own capabilities; it says when it is done with them */
	CMD_WHOLE = 8, /* finishes what it has begun, even if nothing reads its output */
};

#define CMD_ANY_NUMBER ((size_t)-1)

/* Options that several commands have. */
struct cmd_group {
	const struct opt *rows;
	void (*release)(void *target); /* frees what the struct holds; NULL: nothing */
};

#define CMD_MAX_SHARED (ARGS_MAX_GROUPS - 2)

struct cmd {
	const char *name;
	const char *synopsis;   /* behind the name */
	const char *summary;    /* one phrase */
	const struct opt *opts; /* its own, which fill the options struct */
	struct {
		const struct cmd_group *group; /* NULL: no more */
		size_t offset;                 /* of their struct in the options struct */
	} shared[CMD_MAX_SHARED];
	const struct list *list; /* whose columns -o chooses; NULL: there is no -o */
	size_t options_size;     /* 0: there is no options struct */
	size_t min_args, max_args;
	unsigned int flags;
	/* options: the options struct, zeroed, then filled from the words. */
	enum status (*run)(struct ctx *cx, struct args *a, void *options);
};

/* All commands in the order of the help page; ends with NULL. */
extern const struct cmd *const cmd_all[];

/* By its name or one of its aliases, never by a prefix; NULL: there is none. */
const struct cmd *cmd_find(const char *name);

/* What the options that every command has fill. */
struct cmd_common {
	struct ctx *cx;
	char page; /* 'h': --help, 'V': --version, 0: neither */
};

extern const struct opt cmd_common_opts[];

/* Help, generated from the tables. c NULL: of the program. */
void cmd_print_help(FILE *out, const struct cmd *c);
void cmd_print_version(FILE *out);

extern const struct cmd cmd_rank, cmd_get, cmd_set, cmd_protect, cmd_unprotect, cmd_run_wrapper;
extern const struct cmd cmd_explain, cmd_predict, cmd_sysctl, cmd_log, cmd_policy, cmd_help;
extern const struct cmd cmd_dump;
