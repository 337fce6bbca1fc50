/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set: writes adj. */
#include <errno.h>

#include "base/msg.h"
#include "base/num.h"
#include "cmd/adj/apply.h"
#include "oom/rules/adj.h"

enum { OPT_BY = OPT_LONG, OPT_OLD, OPT_DRY };

static const struct opt opts[] = {
	{ 'n', "adjust", "ADJ", "the adj, so that all operands are TARGETs" },
	{ OPT_BY, "by", "N", "N more than it is, or less with -N" },
	{ OPT_OLD, "oom-adj", NULL, "ADJ or N is on the old scale: -17 to 15" },
	{ OPT_DRY, "dry-run", NULL, "say what would change, and whether it may" },
	{ 0, NULL, NULL, NULL },
};

struct wishes {
	struct apply apply;
	struct targets targets;
	const char *adj, *by; /* as they were written; NULL: not given */
};

static int take_option(struct wishes *w, const struct args *a, int key)
{
	switch (key) {
	case 'n':
		w->adj = a->value;
		return 1;
	case OPT_BY:
		w->by = a->value;
		return 1;
	case OPT_OLD:
		w->apply.is_old_scale = true;
		return 1;
	case OPT_DRY:
		w->apply.is_dry_run = true;
		return 1;
	default:
		return targets_take(&w->targets, a, key);
	}
}

static enum status parse_value(struct wishes *w, const struct args *a)
{
	long low = w->apply.is_old_scale ? OLD_ADJ_NEVER : ADJ_NEVER;
	long high = w->apply.is_old_scale ? OLD_ADJ_MAX : ADJ_MAX, value;
	const char *text = w->by ? w->by : w->adj;
	int err;

	if (w->by) {
		high -= low;
		low = -high;
	}
	err = num_parse(text, low, high, &value);
	if (err == -ERANGE && w->by)
		return args_error(a, "--by must be %ld to %ld, not %s", low, high, text);
	if (err == -ERANGE)
		return args_error(a, "adj must be %ld to %ld, not %s", low, high, text);
	if (err)
		return args_error(a, "adj must be a number, not '%s'", text);
	if (value == OLD_ADJ_NEVER && !w->apply.is_old_scale && !w->by)
		msg_warn(
			"adj -17 makes next to no difference: 'never' is -1000, or -17 with --oom-adj");
	w->apply.kind = w->by ? APPLY_BY : APPLY_SET;
	w->apply.value = (int)value;
	return ST_OK;
}

/* Without -n and --by the first operand is the adj. */
static enum status parse(struct wishes *w, struct args *a)
{
	int key;

	while ((key = args_next(a)) > 0)
		if (take_option(w, a, key) < 0)
			return ST_USAGE;
	if (w->adj && w->by)
		return args_error(a, "set: --adjust and --by exclude each other");
	if (!w->adj && !w->by) {
		w->adj = args_shift(a);
		if (!w->adj)
			return args_error(a, "set: which adj?");
	}
	if (!targets_are_given(&w->targets, a))
		return args_error(a, "set: which process? Give a PID or a selector");
	return parse_value(w, a);
}

static enum status run(struct ctx *cx, struct args *a)
{
	struct wishes w = { .adj = NULL };
	enum status st = parse(&w, a);

	if (st == ST_OK)
		st = apply_targets(cx, &w.apply, &w.targets, a);
	targets_free(&w.targets);
	return st;
}

const struct cmd cmd_set = {
	.name = "set",
	.synopsis = "[OPTION]... ADJ TARGET...",
	.summary = "Set the adj of processes",
	.opts = opts,
	.shared = { targets_opts },
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_WRITES | CMD_WHOLE,
	.run = run,
};
