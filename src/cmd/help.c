/* SPDX-License-Identifier: GPL-2.0-or-later */
/* help: the help of the program or of a command. */
#include <stdio.h>
#include <string.h>

#include "base/msg.h"
#include "cmd/cmd.h"
#include "ui/wrap.h"

#define HELP_COLUMN    26
#define COMMAND_COLUMN 18
#define NARROW_COLUMN  8
#define LEAST_TEXT     24

/* On a narrow terminal, the text of an option or command is below it. */
static size_t find_column(size_t usual)
{
	return wrap_line_width() < usual + LEAST_TEXT ? NARROW_COLUMN : usual;
}

static void print_options(FILE *out, const struct opt *opts)
{
	int column = (int)find_column(HELP_COLUMN);

	for (const struct opt *o = opts; o && o->name; o++) {
		char left[80], letter[] = { '-', o->letter, ',', '\0' };
		int n = snprintf(left, sizeof(left), "  %3s --%s%s%s", o->letter ? letter : "",
				 o->name, o->arg ? " " : "", o->arg ? o->arg : "");

		if (n > column - 2)
			fprintf(out, "%s\n%*s", left, column, "");
		else
			fprintf(out, "%-*s", column, left);
		wrap_wrap(out, o->help, (size_t)column, (size_t)column, wrap_line_width());
	}
}

/* ", NAME" for each alias; returns how many there are. */
static size_t join_aliases(const struct cmd *c, char *buf, size_t size)
{
	size_t n = 0;

	*buf = '\0';
	for (size_t at = 0; n < CMD_MAX_ALIASES && c->aliases[n]; n++)
		at += (size_t)snprintf(buf + at, size - at, ", %s", c->aliases[n]);
	return n;
}

void cmd_print_help(FILE *out, const struct cmd *c)
{
	char names[64];

	if (c) {
		wrap_line_print(out, "Usage: " PROGRAM_NAME " %s %s", c->name, c->synopsis);
		fputc('\n', out);
		wrap_line_print(out, "%s.", c->summary);
		if (join_aliases(c, names, sizeof(names)))
			fprintf(out, "Aliases: %s.\n", names + 2);
		fputs("\nOptions:\n", out);
		print_options(out, c->opts);
		for (size_t i = 0; i < CMD_MAX_SHARED && c->shared[i].group; i++)
			print_options(out, c->shared[i].group->rows);
		print_options(out, cmd_common_opts);
		fprintf(out, "\nSee also " PROGRAM_NAME "(8).\n");
		return;
	}
	wrap_line_print(out, "Usage: " PROGRAM_NAME " [COMMAND] [OPTION]... [ARG]...");
	fputc('\n', out);
	wrap_line_print(out, "Inspect and adjust how the OOM killer selects processes.");
	wrap_line_print(out, "The default command is rank.");
	fputs("\nCommands:\n", out);
	for (size_t i = 0; cmd_all[i]; i++) {
		size_t column = find_column(COMMAND_COLUMN), len;

		join_aliases(cmd_all[i], names, sizeof(names));
		len = 2 + strlen(cmd_all[i]->name) + strlen(names);
		fprintf(out, "  %s%s", cmd_all[i]->name, names);
		if (column == NARROW_COLUMN)
			fprintf(out, "\n%*s", NARROW_COLUMN, "");
		else
			fprintf(out, "%*s", (int)(column - len), "");
		wrap_wrap(out, cmd_all[i]->summary, column, column, wrap_line_width());
	}
	fputc('\n', out);
	wrap_line_print(out, "See '" PROGRAM_NAME " help COMMAND' and " PROGRAM_NAME "(8).");
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

/* Tab-separated, for the tests that compare manual and completions with the program. */
static void print_tables(FILE *out)
{
	for (size_t i = 0; cmd_all[i]; i++) {
		const struct cmd *c = cmd_all[i];

		fprintf(out, "command\t%s\t%s\t%s\n", c->name, c->synopsis, c->summary);
		for (size_t k = 0; k < CMD_MAX_ALIASES && c->aliases[k]; k++)
			fprintf(out, "alias\t%s\t%s\n", c->name, c->aliases[k]);
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
	OPT_FLAG(0, "tables", "print commands, options, and columns, tab-separated",
		 struct help_options, has_tables),
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
	if (a->n_operands && !c)
		return cmd_report_unknown(a->operands[0], NULL);
	cmd_print_help(cx->out, c);
	return ST_OK;
}

const struct cmd cmd_help = {
	.name = "help",
	.synopsis = "[OPTION]... [COMMAND]",
	.summary = "Show all commands, or the options of COMMAND",
	.opts = opts,
	.options_size = sizeof(struct help_options),
	.max_args = 1,
	.run = run,
};
