/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply: applies the standing rules once to all processes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/adj/write_error.h"
#include "cmd/shared/processes.h"
#include "cmd/standing/files.h"
#include "oom/rules/adj.h"
#include "sys/adj/dead_state.h"
#include "sys/adj/saved_adj.h"
#include "sys/proc/procfs.h"
#include "sys/standing/pass.h"
#include "ui/wrap.h"

struct apply_options {
	struct files_options files;
	struct scan_options scan;
	bool is_dry_run, enforces;
};

static const struct opt opts[] = {
	OPT_FLAG(0, "dry-run", "change nothing; show what would change", struct apply_options,
		 is_dry_run),
	OPT_FLAG(0, "enforce", "also restore what something else changed later",
		 struct apply_options, enforces),
	OPT_END,
};

/* One run over all processes. */
struct rules_run {
	struct ctx *cx;
	const struct rule_files *files;
	bool is_dry_run, has_sys_resource;
	size_t n_written, n_kept, n_changed, n_unknown;
	bool has_never, has_heirs; /* a negative value that children inherit */
	enum status status;
};

/* "FILE:LINE", or "children of FILE:LINE". */
static const char *name_rule(const struct rules_run *run, const struct pass_result *r,
			     char text[FILES_PLACE_MAX])
{
	static const char children[] = "children of ";
	size_t at = r->is_child ? strlen(children) : 0;

	memcpy(text, children, at);
	files_place(run->files, r->rule, text + at, FILES_PLACE_MAX - at);
	return text;
}

static void say_written(struct rules_run *run, const struct pass_result *r)
{
	bool is_lower = run->is_dry_run && r->wanted < r->before && !run->has_sys_resource;
	char place[FILES_PLACE_MAX];

	if (is_lower)
		run->status = status_worse(run->status, ST_DENIED);
	if (msg_verbosity < 0)
		return;
	name_rule(run, r, place);
	wrap_line_print(run->cx->out, "pid %d (%s): adj %d -> %d by %s%s", (int)r->pid, r->name,
			r->before, r->after, place,
			is_lower ? " (dry run: below its floor this needs CAP_SYS_RESOURCE)"
			: run->is_dry_run ? " (dry run)"
					  : "");
}

static void take_written(struct rules_run *run, const struct pass_result *r)
{
	const struct standing_rule *rule = &run->files->set.rules[r->rule].rule;
	const struct pidref ref = { .pid = r->pid };

	run->n_written++;
	run->has_never |= r->wanted == ADJ_NEVER;
	run->has_heirs |= r->wanted < 0 && r->wanted < r->before && !r->is_child &&
			  !rule->has_children;
	say_written(run, r);
	if (r->after != r->wanted) {
		write_error_say_differs(&ref, r->wanted, r->after);
		run->status = status_worse(run->status, ST_DENIED);
	}
}

static void take_changed(struct rules_run *run, const struct pass_result *r)
{
	char place[FILES_PLACE_MAX];

	run->n_changed++;
	if (r->is_new)
		msg_warn("pid %d (%s): adj %d stays, not %d as %s says: something else changed it "
			 "later",
			 (int)r->pid, r->name, r->before, r->wanted, name_rule(run, r, place));
}

static void take_shared(struct rules_run *run, const struct pass_result *r)
{
	char place[FILES_PLACE_MAX];

	if (r->is_new)
		msg_warn("pid %d (%s): adj %d stays, not %d as %s says: it shares memory with the "
			 "process that forked it, so both have the same adj",
			 (int)r->pid, r->name, r->before, r->wanted, name_rule(run, r, place));
}

static void take_unknown(struct rules_run *run, const struct pass_result *r)
{
	char place[FILES_PLACE_MAX];

	run->n_unknown++;
	run->status = status_worse(run->status, ST_MISSED);
	if (r->rule == MATCH_NONE)
		msg_error("pid %d: unchanged: it cannot be read: %s", (int)r->pid,
			  strerror(-r->err));
	else
		msg_error("pid %d (%s): unchanged: it cannot be compared with %s: %s", (int)r->pid,
			  r->name, files_place(run->files, r->rule, place, sizeof(place)),
			  match_error(r->err));
}

static void take_result(void *arg, const struct pass_result *r)
{
	struct rules_run *run = arg;
	struct pidref ref = { .pid = r->pid, .uid = r->uid };

	memcpy(ref.name, r->name, sizeof(ref.name));
	switch (r->outcome) {
	case PASS_WRITTEN:
		take_written(run, r);
		break;
	case PASS_KEPT:
		run->n_kept++;
		break;
	case PASS_CHANGED:
		take_changed(run, r);
		break;
	case PASS_SHARED:
		take_shared(run, r);
		break;
	case PASS_UNKNOWN:
		take_unknown(run, r);
		break;
	case PASS_FAILED:
		run->status =
			status_worse(run->status, write_error_say(&ref, r->wanted, false,
								  r->wanted != 0, r->err, ""));
		break;
	case PASS_NONE:
	case PASS_ENDED:
	case PASS_EXCLUDED:
		break;
	}
}

static void say_sum(const struct rules_run *run)
{
	if (run->has_never)
		msg_warn("adj -1000: if no killable process remains when memory runs out, the "
			 "kernel panics");
	if (run->has_heirs)
		msg_warn("children forked %s inherit a negative adj, unless the rule has "
			 "'children'",
			 run->is_dry_run ? "later would" : "from now on");
	if (msg_verbosity >= 0)
		wrap_prose_print(run->cx->out, "",
				 "%zu %s%s changed, %zu had the adj of the rules, %zu changed by "
				 "others",
				 run->n_written, run->n_written == 1 ? "process" : "processes",
				 run->is_dry_run ? " would be" : "", run->n_kept, run->n_changed);
}

/* The records are read and written under one lock, which protect uses too. */
static void apply_with_records(struct rules_run *run, struct pass *p, struct records *records)
{
	int lock = run->is_dry_run ? -EPERM : saved_adj_lock(true);
	int err = lock < 0 && !run->is_dry_run ? lock : records_load(records, p->proc);

	/* Without them every difference would count as new, and be changed. */
	if (err && err != -EBADF) {
		msg_error("nothing was changed: cannot use /run/oomctl: %s",
			  err == -EBUSY ? "another run holds the lock" : strerror(-err));
		run->status = ST_BROKEN;
		if (lock >= 0)
			close(lock);
		return;
	}
	if (err)
		msg_warn("/run/oomctl/rules is damaged, or users other than root can write to it: "
			 "earlier changes by others are not recognized");
	if (lock >= 0)
		dead_state_remove(p->proc);
	p->records = records;
	err = pass_all(p, take_result, run);
	if (err)
		run->status = processes_say_unreadable(err);
	if (records->n_refused)
		msg_warn("%zu processes have no record: later changes by others are not "
			 "recognized",
			 records->n_refused);
	err = run->is_dry_run ? 0 : records_save(records, p->proc);
	if (err) {
		msg_error("cannot write /run/oomctl/rules: %s: later changes by others are not "
			  "recognized",
			  saved_adj_error(err));
		run->status = status_worse(run->status, ST_MISSED);
	}
	if (lock >= 0)
		close(lock);
	say_sum(run);
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct apply_options *o = options;
	struct command_reader reader = { 0 };
	struct rules_run r = { .cx = cx, .is_dry_run = o->is_dry_run };
	struct records records;
	struct rule_files files;
	struct pass *p;

	(void)a;
	if (geteuid() != 0) {
		msg_error("only root can apply rules; '" PROGRAM_NAME
			  " rules' shows what they match");
		return ST_DENIED;
	}
	r.status = processes_load_bpf(&o->scan, cx, BPF_TASKS_CLASSES, 0);
	if (r.status != ST_OK)
		return r.status;
	if (privilege_keep_writing(cx->privilege)) {
		msg_error("cannot drop capabilities");
		return ST_BROKEN;
	}
	r.status = files_check_dirs(&o->files);
	if (r.status != ST_OK)
		return r.status;
	r.status = files_load(&o->files, &files);
	if (r.status == ST_BROKEN)
		return r.status;
	r.status = r.status == ST_OK ? ST_OK : ST_MISSED;
	r.files = &files;
	r.has_sys_resource = privilege_has_sys_resource();
	p = mem_alloc(1, sizeof(*p));
	p->proc = procfs_open();
	p->set = &files.set;
	p->is_dry_run = o->is_dry_run;
	p->enforces = o->enforces;
	p->keeps_records = r.status != ST_OK;
	p->privilege = cx->privilege;
	p->reader = &reader;
	p->has_workers = true;
	p->program = o->scan.program;
	p->is_scanned = true;
	mem_check(records_init(&records, RECORDS_MAX));
	if (p->proc < 0)
		r.status = processes_say_unreadable(p->proc);
	else
		apply_with_records(&r, p, &records);
	command_close(&reader);
	records_free(&records);
	if (p->proc >= 0)
		close(p->proc);
	pass_free(p);
	free(p);
	rule_files_free(&files);
	return r.status;
}

const struct cmd cmd_apply = {
	.name = "apply",
	.synopsis = "[OPTION]...",
	.summary = "Apply the standing rules once to all processes",
	.opts = opts,
	.shared = { { &files_group, offsetof(struct apply_options, files) },
		    { &processes_scan_group, offsetof(struct apply_options, scan) } },
	.options_size = sizeof(struct apply_options),
	.flags = CMD_OWN | CMD_WHOLE, /* only root, with its own capabilities */
	.run = run,
};
