/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dispatch: chooses the command, fills its options struct from the words, and runs it. */
#include "cmd/dispatch.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/num.h"
#include "cmd/shared/output.h"

static bool is_option(const char *word)
{
	return *word == '-' && !num_is_negative(word);
}

/* The command that the first word names; NULL: none. */
static const struct cmd *find(const char *word)
{
	return is_option(word) ? &cmd_rank : cmd_find(word);
}

enum privilege_need dispatch_find_need(int argc, char **argv)
{
	const struct cmd *c = argc > 1 ? find(argv[1]) : NULL;
	unsigned int flags = c ? c->flags : 0;

	if (flags & CMD_WRAPPER)
		return PRIVILEGE_RUN;
	if (flags & CMD_WRITES)
		return PRIVILEGE_WRITE;
	return flags & CMD_OWN ? PRIVILEGE_OWN : PRIVILEGE_NONE;
}

static enum status say_unknown(const char *word)
{
	long number;

	msg_error("unknown command '%s'", word);
	if (num_parse(word, 1, INT_MAX, &number) == 0)
		msg_error("for that process: '" PROGRAM_NAME " get %ld'", number);
	msg_error("see '" PROGRAM_NAME " help'");
	return ST_USAGE;
}

static enum status check_operands(const struct cmd *c, const struct args *a)
{
	if (a->n_operands < c->min_args)
		return args_error(a, "%s: too few operands: %s %s", c->name, c->name, c->synopsis);
	if (a->n_operands > c->max_args)
		return args_error(a, "%s: '%s' is one operand too many", c->name,
				  a->operands[c->max_args]);
	return ST_OK;
}

/* Nothing is done before all words are known to be right. */
static enum status parse_and_run(struct ctx *cx, const struct cmd *c, struct args *a, void *options)
{
	struct cmd_common common = { .cx = cx };
	sigset_t pipe, before;
	enum status st;

	a->groups[0] = (struct args_group){ cmd_common_opts, &common };
	st = args_read(a);
	if (st == ST_OK && common.page == 'h') {
		cmd_print_help(cx->out, c);
		return ST_OK;
	}
	if (st == ST_OK && common.page == 'V') {
		cmd_print_version(cx->out);
		return ST_OK;
	}
	if (st == ST_OK && c->list && args_is_given(a, 'o', "help")) {
		output_print_columns(cx->out, c->list);
		return ST_OK;
	}
	if (st == ST_OK)
		st = check_operands(c, a);
	if (st == ST_OK)
		st = args_store(a);
	if (st != ST_OK)
		return c->flags & CMD_WRAPPER ? ST_RUN_FAILED : st;
	if (!(c->flags & CMD_WHOLE))
		return c->run(cx, a, options);
	/* A reader that goes away ends the program, but not half way: SIGPIPE waits. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe, &before);
	st = c->run(cx, a, options);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return st;
}

static enum status run_command(struct ctx *cx, const struct cmd *c, int argc, char **argv)
{
	struct args a = { .command = c->name, .argc = argc, .argv = argv };
	char *options = mem_alloc(1, c->options_size);
	enum status st;
	size_t n = 1;

	a.flags = c->flags & CMD_WRAPPER ? ARGS_WRAPPER : 0;
	/*
	 * A file that may not grow is an error like others, and nothing is left half done; COMMAND
	 * gets what the caller has.
	 */
	if (!(c->flags & CMD_WRAPPER))
		signal(SIGXFSZ, SIG_IGN);
	if (c->opts)
		a.groups[n++] = (struct args_group){ c->opts, options };
	for (size_t i = 0; i < CMD_MAX_SHARED && c->shared[i].group; i++)
		a.groups[n++] = (struct args_group){ c->shared[i].group->rows,
						     options + c->shared[i].offset };
	st = parse_and_run(cx, c, &a, options);
	for (size_t i = 0; i < CMD_MAX_SHARED && c->shared[i].group; i++)
		if (c->shared[i].group->release)
			c->shared[i].group->release(options + c->shared[i].offset);
	free(options);
	args_free(&a);
	return st;
}

static bool is_one_of(const char *word, const char *letter, const char *name)
{
	return strcmp(word, letter) == 0 || strcmp(word, name) == 0;
}

enum status dispatch_run(struct ctx *cx, int argc, char **argv)
{
	const struct cmd *c;

	if (argc == 0)
		return run_command(cx, &cmd_rank, argc, argv);
	if (is_one_of(argv[0], "-h", "--help")) {
		cmd_print_help(cx->out, NULL);
		return ST_OK;
	}
	if (is_one_of(argv[0], "-V", "--version")) {
		cmd_print_version(cx->out);
		return ST_OK;
	}
	c = find(argv[0]);
	if (!c)
		return say_unknown(argv[0]);
	return is_option(argv[0]) ? run_command(cx, c, argc, argv)
				  : run_command(cx, c, argc - 1, argv + 1);
}
