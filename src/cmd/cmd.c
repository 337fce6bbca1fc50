/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd: the table of commands, and the options that all have. */
#include "cmd/cmd.h"

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

static enum status take_color(void *target, const struct args *a)
{
	struct ctx *cx = ((struct cmd_common *)target)->cx;

	if (strcmp(a->value, "always") == 0)
		cx->has_color = true;
	else if (strcmp(a->value, "never") == 0)
		cx->has_color = false;
	else if (strcmp(a->value, "auto") != 0)
		return args_error(a, "--color takes auto, always or never, not '%s'", a->value);
	return ST_OK;
}

static enum status take_verbosity(void *target, const struct args *a)
{
	(void)target;
	msg_verbosity = a->option->letter == 'q' ? -1 : 1;
	return ST_OK;
}

/* The first of them counts. */
static enum status take_page(void *target, const struct args *a)
{
	struct cmd_common *common = target;

	if (!common->page)
		common->page = a->option->letter;
	return ST_OK;
}

const struct opt cmd_common_opts[] = {
	OPT_CALL(0, "color", "WHEN", "auto, always or never (default: auto, on a terminal)",
		 take_color),
	OPT_CALL('q', "quiet", NULL, "say nothing but errors", take_verbosity),
	OPT_CALL('v', "verbose", NULL, "say what is tried and found", take_verbosity),
	OPT_CALL('h', "help", NULL, "show this help", take_page),
	OPT_CALL('V', "version", NULL, "show the version", take_page),
	OPT_END,
};
