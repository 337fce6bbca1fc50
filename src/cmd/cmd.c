/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd: the table of commands; selects one, fills its options struct, and runs it. */
#include "cmd/cmd.h"

#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/num.h"
#include "cmd/shared/output.h"

const struct cmd *const cmd_all[] = {
	&cmd_rank,    &cmd_get,     &cmd_set,     &cmd_protect, &cmd_unprotect, &cmd_run_wrapper,
	&cmd_explain, &cmd_predict, &cmd_sysctl,  &cmd_log,     &cmd_rules,     &cmd_apply,
	&cmd_watch,   &cmd_audit,   &cmd_metrics, &cmd_policy,  &cmd_group,     &cmd_top,
	&cmd_help,    &cmd_dump,    NULL,
};

const struct cmd *cmd_find(const char *name)
{
	for (size_t i = 0; cmd_all[i]; i++) {
		const struct cmd *c = cmd_all[i];

		if (strcmp(name, c->name) == 0)
			return c;
		for (size_t k = 0; k < CMD_MAX_ALIASES && c->aliases[k]; k++)
			if (strcmp(name, c->aliases[k]) == 0)
				return c;
	}
	return NULL;
}

enum status cmd_report_unknown(const char *word, const char *hint)
{
	struct text_nearest n = { word, strlen(word), NULL, 0 };
	struct args a = { .hint = hint };

	for (size_t i = 0; cmd_all[i]; i++) {
		text_nearest_try(&n, cmd_all[i]->name);
		for (size_t k = 0; k < CMD_MAX_ALIASES && cmd_all[i]->aliases[k]; k++)
			text_nearest_try(&n, cmd_all[i]->aliases[k]);
	}
	return args_unknown(&a, "command", &n);
}

/* Filled by the options that every command has. */
struct cmd_common {
	struct ctx *cx;
	char page; /* 'h': --help, 'V': --version, 0: neither */
};

static enum status take_color(void *target, const struct args *a)
{
	static const char *const words[] = { "auto", "always", "never", NULL };
	struct ctx *cx = ((struct cmd_common *)target)->cx;
	size_t nth = 0;
	enum status st = args_choose(a, words, &nth);

	if (st == ST_OK && nth)
		cx->has_color = nth == 1;
	return st;
}

static enum status take_verbosity(void *target, const struct args *a)
{
	(void)target;
	msg_verbosity = a->option->letter == 'q' ? -1 : 1;
	return ST_OK;
}

/* Of --help and --version, the first is used. */
static enum status take_page(void *target, const struct args *a)
{
	struct cmd_common *common = target;

	if (!common->page)
		common->page = a->option->letter;
	return ST_OK;
}

const struct opt cmd_common_opts[] = {
	OPT_CALL(0, "color", "WHEN", "use colour: auto, always, never (default: auto)", take_color),
	OPT_CALL('q', "quiet", NULL, "print only errors", take_verbosity),
	OPT_CALL('v', "verbose", NULL, "print details on standard error", take_verbosity),
	OPT_CALL('h', "help", NULL, "show this help", take_page),
	OPT_CALL('V', "version", NULL, "show the version", take_page),
	OPT_END,
};

static bool is_option(const char *word)
{
	return *word == '-' && !num_is_negative(word);
}

enum privilege_need cmd_find_need(int argc, char **argv)
{
	const struct cmd *c = argc <= 1 ? NULL : is_option(argv[1]) ? &cmd_rank : cmd_find(argv[1]);
	unsigned int flags = c ? c->flags : 0;

	if (flags & CMD_WRAPPER)
		return PRIVILEGE_RUN;
	if (flags & CMD_DAEMON)
		return PRIVILEGE_DAEMON;
	if (flags & CMD_LIVE)
		return PRIVILEGE_LIVE;
	if (flags & CMD_WRITES)
		return PRIVILEGE_WRITE;
	return flags & CMD_OWN ? PRIVILEGE_OWN : PRIVILEGE_NONE;
}

/* Nothing is done before all arguments are checked. */
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
	if (st == ST_OK && a->n_operands < c->min_args)
		st = args_error(a, "missing argument: " PROGRAM_NAME " %s %s", c->name,
				c->synopsis);
	else if (st == ST_OK && a->n_operands > c->max_args)
		st = args_error(a, "unexpected argument '%s'", a->operands[c->max_args]);
	if (st == ST_OK)
		st = args_store(a);
	if (st != ST_OK)
		return c->flags & CMD_WRAPPER ? ST_RUN_FAILED : st;
	/* A reader that exits must not stop a change half-way, so SIGPIPE is blocked meanwhile. */
	sigemptyset(&pipe);
	if (c->flags & CMD_WHOLE)
		sigaddset(&pipe, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe, &before);
	st = c->run(cx, a, options);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return st;
}

static enum status run_command(struct ctx *cx, const struct cmd *c, int argc, char **argv,
			       const char *hint)
{
	struct args a = { .command = c->name, .argc = argc, .argv = argv, .hint = hint };
	char *options = mem_alloc(1, c->options_size);
	enum status st;
	size_t n = 1;

	a.flags = c->flags & CMD_WRAPPER ? ARGS_WRAPPER : 0;
	/* A file size limit is an error, not a signal; COMMAND keeps the caller's setting. */
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

enum status cmd_dispatch(struct ctx *cx, int argc, char **argv)
{
	const char *word = argc ? argv[0] : "";
	const struct cmd *c;
	char hint[96] = "";
	int64_t number;

	if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
		cmd_print_help(cx->out, NULL);
		return ST_OK;
	}
	if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0) {
		cmd_print_version(cx->out);
		return ST_OK;
	}
	if (argc == 0 || is_option(word)) {
		const char *set = NULL;

		/* choom(1) sets adj with -n, without a command. */
		for (int i = 0; i < argc; i++)
			if (strncmp(argv[i], "-n", 2) == 0 || strncmp(argv[i], "--adjust", 8) == 0)
				set = "to set adj: '" PROGRAM_NAME
				      " set -n ADJ TARGET...' or '" PROGRAM_NAME
				      " run -n ADJ -- COMMAND'";
		return run_command(cx, &cmd_rank, argc, argv, set);
	}
	c = cmd_find(word);
	if (c)
		return run_command(cx, c, argc - 1, argv + 1, NULL);
	if (num_parse(word, 1, INT_MAX, &number) == 0)
		snprintf(hint, sizeof(hint),
			 "to show process %" PRId64 ": '" PROGRAM_NAME " get %" PRId64 "'", number,
			 number);
	return cmd_report_unknown(word, *hint ? hint : NULL);
}
