/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set: writes adj. */
#include <errno.h>
#include <inttypes.h>

#include "base/msg.h"
#include "base/num.h"
#include "cmd/adj/apply.h"
#include "cmd/adj/persist.h"
#include "oom/rules/adj.h"

struct set_options {
	struct apply apply;
	struct targets targets;
	const char *adj, *by; /* as given; NULL: not given */
	bool is_persistent;
};

static const struct opt opts[] = {
	OPT_STRING('n', "adjust", "ADJ", "set this adj; all operands are then TARGETs",
		   struct set_options, adj),
	OPT_STRING(0, "by", "N", "add N, which can be negative, to the current adj",
		   struct set_options, by),
	OPT_FLAG(0, "oom-adj", "ADJ or N is on the old scale: -17 to 15", struct set_options,
		 apply.is_old_scale),
	OPT_FLAG(0, "persist", "with --unit: also for each later start of the unit",
		 struct set_options, is_persistent),
	OPT_FLAG(0, "dry-run", "change nothing; show what would change", struct set_options,
		 apply.is_dry_run),
	OPT_FLAG(0, "force", "also change init and kernel threads, by PID", struct set_options,
		 apply.is_forced),
	OPT_END,
};

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct set_options *o = options;
	struct apply *ap = &o->apply;
	int64_t low = ap->is_old_scale ? OLD_ADJ_NEVER : ADJ_NEVER;
	int64_t high = ap->is_old_scale ? OLD_ADJ_MAX : ADJ_MAX, value;
	const char *text, *first = NULL;
	int err;

	if (o->adj && o->by)
		return args_error(a, "set: --adjust and --by are mutually exclusive");
	if (o->by && o->is_persistent)
		return args_error(a, "set: --by and --persist are mutually exclusive: "
				     "OOMScoreAdjust= has no relative values");
	/* Without -n and --by the first operand is the adj. */
	if (!o->adj && !o->by && !(o->adj = first = args_shift(a)))
		return args_error(a, "set: no adj specified");
	if (!targets_are_given(&o->targets, a)) {
		if (o->by || o->adj != first)
			return args_error(a, "set: no process specified: TARGET is missing");
		return args_error(a,
				  "set: no process specified: %s is read as ADJ, and TARGET is "
				  "missing",
				  first);
	}
	if (o->by) {
		high -= low;
		low = -high;
	}
	text = o->by ? o->by : o->adj;
	err = num_parse(text, low, high, &value);
	if (err == -ERANGE)
		return args_error(a, "%s must be %" PRId64 " to %" PRId64 ", not %s",
				  o->by ? "--by" : "adj", low, high, text);
	if (err)
		return args_error(a, "adj must be a number, not '%s'", text);
	if (value == OLD_ADJ_NEVER && !ap->is_old_scale && !o->by)
		msg_warn("adj -17 has almost no effect; did you mean -1000, or --oom-adj -17?");
	ap->kind = o->by ? APPLY_BY : APPLY_SET;
	ap->value = (int)value;
	if (o->is_persistent)
		return persist_run(cx, ap, &o->targets, a);
	return apply_targets(cx, ap, &o->targets, a);
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
