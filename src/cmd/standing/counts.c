/* SPDX-License-Identifier: GPL-2.0-or-later */
/* counts: how many processes each standing rule concerns now. */
#include "cmd/standing/counts.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/shared/processes.h"
#include "sys/proc/procfs.h"
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

enum status counts_read(const struct rule_files *r, struct counts *counts, size_t *n_unknown)
{
	struct counting c = { .counts = counts };
	struct command_reader reader = { 0 };
	struct pass *p = mem_alloc(1, sizeof(*p));
	struct records records;
	int err;

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
	*n_unknown = c.n_unknown;
	if (c.n_unknown)
		msg_warn("%zu %s could not be compared with all rules: %s", c.n_unknown,
			 c.n_unknown == 1 ? "process" : "processes", match_error(c.err));
	if (p->proc >= 0)
		close(p->proc);
	command_close(&reader);
	records_free(&records);
	free(p->n_matches);
	pass_free(p);
	free(p);
	return err ? processes_say_unreadable(err) : ST_OK;
}
