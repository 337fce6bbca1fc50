/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply: sets the adj of TARGETs, and reports changes and refusals. */
#pragma once

#include "cmd/adj/undo.h"
#include "cmd/shared/targets.h"

enum apply_kind {
	APPLY_SET,       /* value */
	APPLY_BY,        /* adds value, clamped to the scale */
	APPLY_PROTECT,   /* value; the old adj is saved */
	APPLY_UNPROTECT, /* the saved adj */
};

/* For unprotect: a process without a saved value that has adj from or also_from gets adj to. */
struct apply_fallback {
	int from, also_from, to;
};

struct apply {
	enum apply_kind kind;
	int value;
	bool is_old_scale;   /* value is on the old scale, -17...15; else -1000...1000 */
	bool is_default;     /* of protect: no value was given */
	bool resets;         /* of unprotect: 0 if there is no saved value */
	bool is_dry_run;     /* show what would change, and whether the kernel would permit it */
	bool is_forced;      /* change init and kernel threads too, if they are named by PID */
	bool is_stored;      /* a unit's file has, or would have, the adj of later starts too */
	bool has_no_options; /* of top: messages name none */
	const struct apply_fallback *fallback; /* NULL: none; else others are unchanged, no error */
	struct undo *undo;                     /* records the changes; NULL: they are final */
};

/*
 * Changes all targets. Each failure is reported, and the others are processed; returns the worst
 * status. A selected process that has exited or no longer matches is skipped. A write MUST reach
 * the process that was checked, and no other (tests/lab/recycle.bats).
 */
enum status apply_targets(struct ctx *cx, const struct apply *ap, struct targets *t,
			  const struct args *a);
