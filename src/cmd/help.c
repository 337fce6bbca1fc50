/* SPDX-License-Identifier: GPL-2.0-or-later */
/* help: shows the help of the program or of a command. */
#include "base/msg.h"
#include "cmd/cmd.h"

enum { OPT_TABLES = OPT_LONG };

static const struct opt opts[] = {
	{ OPT_TABLES, "tables", NULL, "show all commands and options, tab-separated" },
	{ 0, NULL, NULL, NULL },
};

static enum status run(struct ctx *cx, struct args *a)
{
	const struct cmd *c = NULL;
	int key;

	while ((key = args_next(a)) > 0) {
		if (key == OPT_TABLES) {
			cmd_print_dump(cx->out);
			return ST_OK;
		}
	}
	if (a->n_operands) {
		c = cmd_find(a->operands[0]);
		if (!c) {
			msg_error("unknown command '%s'", a->operands[0]);
			msg_error("see '" PROGRAM_NAME " help'");
			return ST_USAGE;
		}
	}
	cmd_print_help(cx->out, c);
	return ST_OK;
}

const struct cmd cmd_help = {
	.name = "help",
	.synopsis = "[COMMAND]",
	.summary = "Show the help of a command",
	.opts = opts,
	.max_args = 1,
	.run = run,
};
