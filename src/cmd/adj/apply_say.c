/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply_say: what there is to say of one target that was changed, or would be. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/msg.h"
#include "base/text.h"
#include "cmd/adj/apply_run.h"
#include "oom/rules/adj.h"
#include "oom/rules/kill_order.h"
#include "sys/adj/saved_adj.h"

void apply_say_change(const struct apply_run *r, const struct apply_work *w, const char *remark)
{
	const char *memory =
		!w->found ? ""
		: w->found == -EBADF
			? " (what was remembered is damaged, or others could have written it: it is not believed)"
			: " (nothing was remembered)";
	char name[4 * TASK_NAME_MAX];
	FILE *out = r->cx->out;

	text_escape(name, sizeof(name), w->ref.name, strlen(w->ref.name), 0);
	fprintf(out, "pid %d (%s): ", (int)w->ref.pid, name);
	if (w->file.is_old)
		fprintf(out, "oom_adj %d -> %d", w->before, w->after);
	else if (r->ap->is_old_scale)
		fprintf(out, "oom_adj %d -> %d, adj %d -> %d", adj_to_old(w->before, 0),
			adj_to_old(w->after, 0), w->before, w->after);
	else
		fprintf(out, "adj %d -> %d", w->before, w->after);
	if (w->is_clamped)
		fputs(" (the end of the scale)", out);
	fprintf(out, "%s%s\n", memory, remark);
}

void apply_say_memory(struct apply_run *r, const struct apply_work *w, int before, int err)
{
	if (err == -EPERM)
		msg_detail("pid %d: what it was is remembered for root alone", (int)w->ref.pid);
	if (!err || err == -EPERM || err == -ESRCH)
		return;
	msg_error("pid %d (%s): its adj %s set, but what it was, %d, can't be remembered for unprotect: %s",
		  (int)w->ref.pid, w->ref.name, r->ap->is_dry_run ? "can be" : "is", before,
		  record_error(err));
	apply_note(r, ST_MISSED);
}

void apply_say_weaker(const struct apply_run *r, const struct apply_work *w, int before)
{
	msg_warn("pid %d (%s): adj %d protects more than %d, which %s: --never keeps it",
		 (int)w->ref.pid, w->ref.name, before, w->after,
		 r->ap->is_dry_run ? "it would have" : "it has now");
}

void apply_say_effect(const struct apply_run *r, const struct apply_work *w)
{
	if (w->ref.spared != SPARED_NOT)
		msg_warn("pid %d (%s): %s: its adj has no effect", (int)w->ref.pid, w->ref.name,
			 victim_spared_text(w->ref.spared));
	else
		aftermath_report_children(&r->aftermath, &w->ref, w->after);
}
