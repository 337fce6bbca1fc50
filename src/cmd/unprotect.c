/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unprotect: gives processes back the adj that they had before they were protected. */
#include "base/msg.h"
#include "cmd/adj/apply.h"

enum { OPT_DRY = OPT_LONG };

static const struct opt opts[] = {
	{ OPT_DRY, "dry-run", NULL, "say what would change, and whether it may" },
	{ 0, NULL, NULL, NULL },
};

static enum status run(struct ctx *cx, struct args *a)
{
	struct apply ap = { .kind = APPLY_UNPROTECT };
	struct targets t = { .n = 0 };
	enum status st = ST_OK;
	int key;

	while (st == ST_OK && (key = args_next(a)) > 0) {
		if (key == OPT_DRY)
			ap.is_dry_run = true;
		else if (targets_take(&t, a, key) < 0)
			st = ST_USAGE;
	}
	if (st == ST_OK && !targets_are_given(&t, a))
		st = args_error(a, "unprotect: which process? Give a PID or a selector");
	if (st == ST_OK)
		st = apply_targets(cx, &ap, &t, a);
	targets_free(&t);
	return st;
}

const struct cmd cmd_unprotect = {
	.name = "unprotect",
	.synopsis = "[OPTION]... TARGET...",
	.summary = "Give processes back the adj they had before protect",
	.opts = opts,
	.shared = { targets_opts },
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_WRITES | CMD_WHOLE,
	.run = run,
};
