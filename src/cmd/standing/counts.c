/* SPDX-License-Identifier: GPL-2.0-or-later */
/* counts: how many processes each standing rule concerns now. */
#include "cmd/standing/counts.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/shared/processes.h"
#include "sys/proc/procfs.h"
#include "sys/scan/hidden.h"
#include "sys/standing/pass.h"

struct counting {
	struct counts *counts;
	size_t n_unknown;
	int err; /* of the first one */
};

static void count(void *arg, const struct pass_result *r)
{
	struct counting *c = arg;
	struct counts *row = r->rule == MATCH_NONE ? NULL : &c->counts[r->rule];

	if (r->outcome == PASS_UNKNOWN || r->outcome == PASS_FAILED) {
		c->err = c->n_unknown++ ? c->err : r->err;
		return;
	}
	if (!row)
		return;
	row->decides += !r->is_child;
	row->forked += r->is_child;
	row->differ += r->outcome == PASS_WRITTEN;
	row->changed += r->outcome == PASS_CHANGED;
}

/* With hidepid=1, hidden processes are listed, but cannot be read. */
static void say_missing(const struct counting *c, size_t n_hidden, struct counts_missing *missing)
{
	missing->are_hidden = n_hidden > 0;
	missing->n = n_hidden > c->n_unknown ? n_hidden : c->n_unknown;
	if (n_hidden)
		msg_warn("%zu more %s not visible here, so it is unknown what the rules match",
			 n_hidden, n_hidden == 1 ? "process is" : "processes are");
	else if (c->n_unknown)
		msg_warn("%zu %s could not be compared with all rules: %s", c->n_unknown,
			 c->n_unknown == 1 ? "process" : "processes", match_error(c->err));
}

enum status counts_read(const struct ctx *cx, struct scan_options *scan, const struct rule_files *r,
			struct counts *counts, struct counts_missing *missing)
{
	enum status st = processes_load_bpf(scan, cx, BPF_TASKS_CLASSES, 0);
	struct counting c = { .counts = counts };
	struct command_reader reader = { 0 };
	struct records records;
	struct pass *p;
	int err;

	if (st != ST_OK)
		return st;
	p = mem_alloc(1, sizeof(*p));
	p->program = scan->program;
	p->is_scanned = true;
	p->proc = procfs_open();
	p->set = &r->set;
	p->is_dry_run = true;
	p->reader = &reader;
	p->has_workers = true;
	p->n_matches = mem_alloc(r->set.n, sizeof(*p->n_matches));
	mem_check(records_init(&records, RECORDS_MAX));
	err = p->proc < 0 ? p->proc : 0;
	if (!err && records_load(&records, p->proc) == 0)
		p->records = &records;
	if (!err)
		err = pass_all(p, count, &c);
	for (size_t i = 0; i < r->set.n; i++)
		counts[i].matches = p->n_matches[i];
	say_missing(&c, err ? 0 : hidden_count_here(p->proc), missing);
	if (p->proc >= 0)
		close(p->proc);
	command_close(&reader);
	records_free(&records);
	free(p->n_matches);
	pass_free(p);
	free(p);
	processes_scan_free(scan);
	return err ? processes_say_unreadable(err) : ST_OK;
}
