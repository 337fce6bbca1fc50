/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply_run: one run over all targets, as the parts of apply see it. */
#ifndef CMD_APPLY_RUN_H
#define CMD_APPLY_RUN_H

#include "cmd/aftermath.h"
#include "cmd/apply.h"
#include "cmd/raise.h"
#include "sys/rights.h"

struct apply_run {
	struct ctx *cx;
	const struct apply *ap;
	struct targets *t;
	int proc;
	struct rights rights; /* for a dry run */
	struct raise raise;
	struct aftermath aftermath;
	pid_t *changed, *owners; /* owners: of the records that unprotect has used up */
	size_t n_changed, n_meant, n_passed_over;
	size_t n_first; /* targets that were found before the first write; the others were born meanwhile */
	size_t n_late; /* of those, who still had the old value */
	enum status status;
};

/* Does it to one target, if it is the one still, and says what became of it. */
void apply_one(struct apply_run *r, size_t nth);

#endif
