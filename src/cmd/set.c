/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set: writes adj. */
#include <errno.h>

#include "base/msg.h"
#include "base/num.h"
#include "cmd/adj/apply.h"
#include "oom/rules/adj.h"

struct set_options {
	struct apply apply;
	struct targets targets;
	const char *adj, *by; /* as they were written; NULL: not given */
};

static const struct opt opts[] = {
	OPT_STRING('n', "adjust", "ADJ", "the adj, so that all operands are TARGETs",
		   struct set_options, adj),
	OPT_STRING(0, "by", "N", "N more than it is, or less with -N", struct set_options, by),
	OPT_FLAG(0, "oom-adj", "ADJ or N is on the old scale: -17 to 15", struct set_options,
		 apply.is_old_scale),
	OPT_FLAG(0, "dry-run", "say what would change, and whether it may", struct set_options,
		 apply.is_dry_run),
	OPT_END,
};

static enum status parse_value(struct set_options *o, const struct args *a)
{
	long low = o->apply.is_old_scale ? OLD_ADJ_NEVER : ADJ_NEVER;
	long high = o->apply.is_old_scale ? OLD_ADJ_MAX : ADJ_MAX, value;
	const char *text = o->by ? o->by : o->adj;
	int err;

	if (o->by) {
		high -= low;
		low = -high;
	}
	err = num_parse(text, low, high, &value);
	if (err == -ERANGE && o->by)
		return args_error(a, "--by must be %ld to %ld, not %s", low, high, text);
	if (err == -ERANGE)
		return args_error(a, "adj must be %ld to %ld, not %s", low, high, text);
	if (err)
		return args_error(a, "adj must be a number, not '%s'", text);
	if (value == OLD_ADJ_NEVER && !o->apply.is_old_scale && !o->by)
		msg_warn("adj -17 makes next to no difference: 'never' is -1000, or -17 with "
			 "--oom-adj");
	o->apply.kind = o->by ? APPLY_BY : APPLY_SET;
	o->apply.value = (int)value;
	return ST_OK;
}

/* Without -n and --by the first operand is the adj. */
static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct set_options *o = options;
	enum status st;

	if (o->adj && o->by)
		return args_error(a, "set: --adjust and --by exclude each other");
	if (!o->adj && !o->by) {
		o->adj = args_shift(a);
		if (!o->adj)
			return args_error(a, "set: which adj?");
	}
	if (!targets_are_given(&o->targets, a))
		return args_error(a, "set: which process? Give a PID or a selector");
	st = parse_value(o, a);
	return st == ST_OK ? apply_targets(cx, &o->apply, &o->targets, a) : st;
}

const struct cmd cmd_set = {
	.name = "set",
	.synopsis = "[OPTION]... ADJ TARGET...",
	.summary = "Set the adj of processes",
	.opts = opts,
	.shared = { { &targets_group, offsetof(struct set_options, targets) } },
	.options_size = sizeof(struct set_options),
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_WRITES | CMD_WHOLE,
	.run = run,
};
