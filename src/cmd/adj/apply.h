/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * apply: gives TARGETs another adj, says what became of each, and explains what the kernel refused.
 */
#pragma once

#include "cmd/shared/targets.h"

enum apply_kind {
	APPLY_SET,       /* value */
	APPLY_BY,        /* value more than it is, within the scale */
	APPLY_PROTECT,   /* value, and what it was is remembered */
	APPLY_UNPROTECT, /* what was remembered, or 0 */
};

struct apply {
	enum apply_kind kind;
	int value;
	bool is_old_scale; /* value is on the old scale, -17...15; else -1000...1000 */
	bool is_default;   /* of protect: nobody asked for this value */
	bool is_dry_run;   /* says what would change and whether the kernel would let it */
	/* Called once all are found, before any is changed; NULL: none. */
	void (*before)(const struct ctx *cx, const struct targets *t);
};

/*
 * Does it to all targets that t finds. Each failure is a line, the rest go on, the worst status is
 * returned. A process that was selected and has ended meanwhile, or no longer fits the selectors,
 * is passed over; a write never reaches another process than the one that was looked at
 * (tests/lab/recycle.bats).
 */
enum status apply_targets(struct ctx *cx, const struct apply *ap, struct targets *t,
			  const struct args *a);
