/* SPDX-License-Identifier: GPL-2.0-or-later */
/* protect: lowers adj, and warns if that can do harm; unprotect restores it. */
#include "base/num.h"
#include "cmd/adj/apply.h"
#include "cmd/adj/persist.h"
#include "oom/rules/adj.h"

struct protect_options {
	struct apply apply;
	struct targets targets;
	bool has_adj, has_never, is_persistent;
};

static enum status take_adj(void *target, const struct args *a)
{
	struct protect_options *o = target;
	int64_t adj;

	if (num_parse(a->value, ADJ_NEVER, ADJ_MAX, &adj))
		return args_error(a, "adj must be %d to %d, not '%s'", ADJ_NEVER, ADJ_MAX,
				  a->value);
	o->has_adj = true;
	o->apply.value = (int)adj;
	return ST_OK;
}

static const struct opt opts[] = {
	OPT_CALL('n', "adjust", "ADJ", "set adj to ADJ, -1000 to 1000 (default: -999)", take_adj),
	OPT_FLAG(0, "never", "set adj to -1000: never killed", struct protect_options, has_never),
	OPT_FLAG(0, "persist", "with --unit: also for each later start of the unit",
		 struct protect_options, is_persistent),
	OPT_FLAG(0, "dry-run", "change nothing; show what would change", struct protect_options,
		 apply.is_dry_run),
	OPT_FLAG(0, "force", "also change init and kernel threads, by PID", struct protect_options,
		 apply.is_forced),
	OPT_END,
};

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct protect_options *o = options;
	struct apply *ap = &o->apply;

	if (o->has_never && o->has_adj)
		return args_error(a, "protect: --adjust and --never are mutually exclusive");
	if (!targets_are_given(&o->targets, a))
		return args_error(a, "protect: no process specified");
	ap->kind = APPLY_PROTECT;
	ap->is_default = !o->has_adj && !o->has_never;
	if (!o->has_adj)
		ap->value = o->has_never ? ADJ_NEVER : ADJ_LAST;
	if (o->is_persistent)
		return persist_run(cx, ap, &o->targets, a);
	return apply_targets(cx, ap, &o->targets, a);
}

const struct cmd cmd_protect = {
	.name = "protect",
	.synopsis = "[OPTION]... TARGET...",
	.summary = "Protect processes from the OOM killer (killed last)",
	.opts = opts,
	.shared = { { &targets_group, offsetof(struct protect_options, targets) } },
	.options_size = sizeof(struct protect_options),
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_WRITES | CMD_WHOLE,
	.run = run,
};

static const struct opt unprotect_opts[] = {
	OPT_FLAG(0, "reset", "set adj to 0 if there is no saved value", struct protect_options,
		 apply.resets),
	OPT_FLAG(0, "persist", "with --unit: remove what --persist has stored",
		 struct protect_options, is_persistent),
	OPT_FLAG(0, "dry-run", "change nothing; show what would change", struct protect_options,
		 apply.is_dry_run),
	OPT_FLAG(0, "force", "also change init and kernel threads, by PID", struct protect_options,
		 apply.is_forced),
	OPT_END,
};

static enum status run_unprotect(struct ctx *cx, struct args *a, void *options)
{
	struct protect_options *o = options;

	if (!targets_are_given(&o->targets, a))
		return args_error(a, "unprotect: no process specified");
	if (o->apply.resets && o->is_persistent)
		return args_error(a, "unprotect: --reset and --persist are mutually exclusive: "
				     "processes get the OOMScoreAdjust= that remains");
	o->apply.kind = APPLY_UNPROTECT;
	if (o->is_persistent)
		return persist_run(cx, &o->apply, &o->targets, a);
	return apply_targets(cx, &o->apply, &o->targets, a);
}

const struct cmd cmd_unprotect = {
	.name = "unprotect",
	.synopsis = "[OPTION]... TARGET...",
	.summary = "Restore the adj saved by protect",
	.opts = unprotect_opts,
	.shared = { { &targets_group, offsetof(struct protect_options, targets) } },
	.options_size = sizeof(struct protect_options),
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_WRITES | CMD_WHOLE,
	.run = run_unprotect,
};
