/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply: sets the adj of TARGETs, says what changed, and explains what the kernel refused. */
#pragma once

#include "cmd/shared/targets.h"

enum apply_kind {
	APPLY_SET,       /* value */
	APPLY_BY,        /* value more than it is, within the scale */
	APPLY_PROTECT,   /* value; the adj before is saved */
	APPLY_UNPROTECT, /* the saved adj, or 0 */
};

struct apply {
	enum apply_kind kind;
	int value;
	bool is_old_scale; /* value is on the old scale, -17...15; else -1000...1000 */
	bool is_default;   /* of protect: no value was given */
	bool is_dry_run;   /* say what would change and whether the kernel would permit it */
	/* Called once all are found, before any is changed; NULL: none. */
	void (*before)(const struct ctx *cx, const struct targets *t);
};

/*
 * Changes all targets that t finds. Each failure is a message, the rest go on; returns the worst
 * status. A selected process that has exited or no longer matches is skipped. A write MUST reach
 * the process that was looked at, and no other (tests/lab/recycle.bats).
 */
enum status apply_targets(struct ctx *cx, const struct apply *ap, struct targets *t,
			  const struct args *a);
