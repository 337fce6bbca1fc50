/* SPDX-License-Identifier: GPL-2.0-or-later */
/* help: shows the help of the program or of a command. */
#include <stdio.h>

#include "base/msg.h"
#include "cmd/cmd.h"

#define HELP_COLUMN 26

static void print_options(FILE *out, const struct opt *opts)
{
	for (const struct opt *o = opts; o && o->name; o++) {
		char left[80], letter[] = { '-', o->letter, ',', '\0' };
		int n = snprintf(left, sizeof(left), "  %3s --%s%s%s", o->letter ? letter : "",
				 o->name, o->arg ? " " : "", o->arg ? o->arg : "");

		if (n > HELP_COLUMN - 2)
			fprintf(out, "%s\n%*s%s\n", left, HELP_COLUMN, "", o->help);
		else
			fprintf(out, "%-*s%s\n", HELP_COLUMN, left, o->help);
	}
}

void cmd_print_help(FILE *out, const struct cmd *c)
{
	if (c) {
		fprintf(out, "Usage: " PROGRAM_NAME " %s %s\n\n%s.\n\nOptions:\n", c->name,
			c->synopsis, c->summary);
		print_options(out, c->opts);
		for (size_t i = 0; i < CMD_MAX_SHARED && c->shared[i].group; i++)
			print_options(out, c->shared[i].group->rows);
		print_options(out, cmd_common_opts);
		fprintf(out, "\nSee " PROGRAM_NAME "(8) for more.\n");
		return;
	}
	fprintf(out, "Usage: " PROGRAM_NAME " [COMMAND] [OPTION]... [OPERAND]...\n\n"
		     "Shows whom the kernel kills when memory runs out, and why.\n"
		     "Without a command: rank.\n\nCommands:\n");
	for (size_t i = 0; cmd_all[i]; i++)
		fprintf(out, "  %-11s%s\n", cmd_all[i]->name, cmd_all[i]->summary);
	fprintf(out,
		"\n'" PROGRAM_NAME " help COMMAND' tells more; " PROGRAM_NAME "(8) tells all.\n");
}

void cmd_print_version(FILE *out)
{
	fprintf(out, PROGRAM_NAME " " OOMCTL_VERSION "\n");
}

static void dump_options(FILE *out, const struct cmd *c, const struct opt *opts)
{
	for (const struct opt *o = opts; o && o->name; o++) {
		char letter[] = { '-', o->letter, '\0' };

		fprintf(out, "option\t%s\t%s\t--%s\t%s\t%s\n", c->name, o->letter ? letter : "",
			o->name, o->arg ? o->arg : "", o->help);
	}
}

/* Lines of words between tabs, for the tests that compare manual and completions with them. */
static void print_tables(FILE *out)
{
	for (size_t i = 0; cmd_all[i]; i++) {
		const struct cmd *c = cmd_all[i];

		fprintf(out, "command\t%s\t%s\t%s\n", c->name, c->synopsis, c->summary);
		dump_options(out, c, c->opts);
		for (size_t k = 0; k < CMD_MAX_SHARED && c->shared[k].group; k++)
			dump_options(out, c, c->shared[k].group->rows);
		dump_options(out, c, cmd_common_opts);
		for (size_t k = 0; c->list && k < c->list->n_columns; k++) {
			const struct column *col = &c->list->columns[k];

			fprintf(out, "column\t%s\t%s\t%s\t%s\n", c->name, col->name, list_unit(col),
				col->help);
		}
	}
}

struct help_options {
	bool has_tables;
};

static const struct opt opts[] = {
	OPT_FLAG(0, "tables", "show all commands and options, tab-separated", struct help_options,
		 has_tables),
	OPT_END,
};

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	const struct help_options *o = options;
	const struct cmd *c = a->n_operands ? cmd_find(a->operands[0]) : NULL;

	if (o->has_tables) {
		print_tables(cx->out);
		return ST_OK;
	}
	if (a->n_operands && !c) {
		msg_error("unknown command '%s'", a->operands[0]);
		msg_error("see '" PROGRAM_NAME " help'");
		return ST_USAGE;
	}
	cmd_print_help(cx->out, c);
	return ST_OK;
}

const struct cmd cmd_help = {
	.name = "help",
	.synopsis = "[COMMAND]",
	.summary = "Show the help of a command",
	.opts = opts,
	.options_size = sizeof(struct help_options),
	.max_args = 1,
	.run = run,
};
