/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply_run: one run over all targets, as the parts of apply see it. */
#pragma once

#include "cmd/adj/side_effects.h"
#include "cmd/adj/apply.h"
#include "cmd/adj/privileged_write.h"
#include "sys/adj/adj_file.h"
#include "sys/proc/pidref.h"
#include "sys/priv/privilege.h"

struct apply_run {
	struct ctx *cx;
	const struct apply *ap;
	struct targets *t;
	int proc;
	bool has_sys_resource; /* privilege_has_sys_resource(), for a dry run */
	struct privileged_write raise;
	struct side_effects aftermath;
	pid_t *changed;
	size_t n_changed, n_meant, n_passed_over;
	/* targets that were found before the first write; the others were born meanwhile */
	size_t n_first;
	size_t n_late; /* of those, who still had the old value */
	enum status status;
};

/* One target on its way. */
struct apply_work {
	struct pidref ref;
	struct adj_file file;
	int before, wanted, after;
	int found; /* what saved_adj_read() gave */
	bool is_clamped;
};

static inline void apply_note(struct apply_run *r, enum status st)
{
	r->status = status_worse(r->status, st);
}

/* Does it to one target, if it is the one still, and says what became of it. */
void apply_one(struct apply_run *r, size_t nth);

/*
 * "pid 4242 (name): adj 0 -> -999", on both scales where both are meant, and what else there is to
 * say of the values.
 */
void apply_say_change(const struct apply_run *r, const struct apply_work *w, const char *remark);

/* What became of remembering the adj before; err as of saved_adj_save(). */
void apply_say_memory(struct apply_run *r, const struct apply_work *w, int before, int err);

/* That protect, left to itself, protects less than before. */
void apply_say_weaker(const struct apply_run *r, const struct apply_work *w, int before);

/* That its adj has no effect, or not on all who may be thought of. */
void apply_say_effect(const struct apply_run *r, const struct apply_work *w);
