/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd: the table of commands, the options that all have, and the way from words to a command's
 * run().
 */
#include "cmd/cmd.h"

#include <signal.h>
#include <string.h>

#include "base/msg.h"
#include "cmd/shared/output.h"

const struct cmd *const cmd_all[] = {
	&cmd_rank,        &cmd_get,     &cmd_set,     &cmd_protect, &cmd_unprotect,
	&cmd_run_wrapper, &cmd_explain, &cmd_predict, &cmd_sysctl,  &cmd_log,
	&cmd_policy,      &cmd_help,    &cmd_dump,    NULL,
};

static const struct {
	const char *alias, *name;
} aliases[] = {
	{ "ls", "rank" },
	{ "list", "rank" },
	{ "show", "get" },
};

enum { OPT_COLOR = OPT_LONG + 200 };

const struct opt cmd_common_opts[] = {
	{ OPT_COLOR, "color", "WHEN", "auto, always or never (default: auto, on a terminal)" },
	{ 'q', "quiet", NULL, "say nothing but errors" },
	{ 'v', "verbose", NULL, "say what is tried and found" },
	{ 'h', "help", NULL, "show this help" },
	{ 'V', "version", NULL, "show the version" },
	{ 0, NULL, NULL, NULL },
};

const struct cmd *cmd_find(const char *name)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(name, aliases[i].alias) == 0)
			name = aliases[i].name;
	for (size_t i = 0; cmd_all[i]; i++)
		if (strcmp(name, cmd_all[i]->name) == 0)
			return cmd_all[i];
	return NULL;
}

static void collect_groups(const struct cmd *c, const struct opt **groups)
{
	size_t n = 0;

	if (c->opts)
		groups[n++] = c->opts;
	for (size_t i = 0; i < ARGS_MAX_GROUPS - 2 && c->shared[i]; i++)
		groups[n++] = c->shared[i];
	groups[n] = cmd_common_opts;
}

static int take_color(struct ctx *cx, const struct args *a)
{
	if (strcmp(a->value, "always") == 0)
		cx->has_color = true;
	else if (strcmp(a->value, "never") == 0)
		cx->has_color = false;
	else if (strcmp(a->value, "auto") != 0) {
		args_error(a, "--color takes auto, always or never, not '%s'", a->value);
		return -1;
	}
	return 0;
}

/* The first pass over the words: all must be known before anything is done. */
static int check_words(struct ctx *cx, const struct cmd *c, struct args *a, int *shown)
{
	int key;

	while ((key = args_next(a)) > 0) {
		if (key == 'h' || key == 'V')
			*shown = *shown ? *shown : key;
		else if (key == 'o' && c->list && strcmp(a->value, "help") == 0)
			*shown = *shown ? *shown : key;
		else if (key == 'q')
			msg_verbosity = -1;
		else if (key == 'v')
			msg_verbosity = 1;
		else if (key == OPT_COLOR && take_color(cx, a))
			return -1;
	}
	if (key < 0)
		return -1;
	if (!*shown && a->n_operands < c->min_args) {
		args_error(a, "%s: too few operands: %s %s", c->name, c->name, c->synopsis);
		return -1;
	}
	if (!*shown && a->n_operands > c->max_args) {
		args_error(a, "%s: '%s' is one operand too many", c->name,
			   a->operands[c->max_args]);
		return -1;
	}
	return 0;
}

/* A reader that goes away ends the program, but not half way: SIGPIPE waits until all is done. */
static enum status run_whole(struct ctx *cx, const struct cmd *c, struct args *a)
{
	sigset_t pipe, before;
	enum status st;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe, &before);
	st = c->run(cx, a);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return st;
}

enum status cmd_run(struct ctx *cx, const struct cmd *c, int argc, char **argv)
{
	struct args a = { .command = c->name, .argc = argc, .argv = argv };
	enum status st = ST_OK;
	int shown = 0;

	a.flags = c->flags & CMD_WRAPPER ? ARGS_WRAPPER : 0;
	/*
	 * A file that may not grow is an error like others, and nothing is left half done; COMMAND
	 * gets what the caller has.
	 */
	if (!(c->flags & CMD_WRAPPER))
		signal(SIGXFSZ, SIG_IGN);
	collect_groups(c, a.groups);
	if (args_begin(&a)) {
		msg_error("out of memory");
		return ST_BROKEN;
	}
	if (check_words(cx, c, &a, &shown))
		st = c->flags & CMD_WRAPPER ? ST_RUN_FAILED : ST_USAGE;
	else if (shown == 'h')
		cmd_print_help(cx->out, c);
	else if (shown == 'V')
		cmd_print_version(cx->out);
	else if (shown == 'o')
		output_print_columns(cx->out, c->list);
	else if (args_begin(&a))
		st = ST_BROKEN;
	else if (c->flags & CMD_WHOLE)
		st = run_whole(cx, c, &a);
	else
		st = c->run(cx, &a);
	args_end(&a);
	return st;
}
