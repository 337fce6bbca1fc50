/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pass: applies the rules, to one process or to all. */
#include "sys/standing/pass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "oom/rules/adj.h"
#include "sys/adj/adj_file.h"
#include "sys/proc/procfs.h"
#include "sys/standing/internal.h"

#define MAX_ANCESTORS 64

/* On an old kernel, the nearest adj that the file can hold. */
static int on_scale(const struct adj_file *f, int adj)
{
	return f->is_old ? adj_from_old(adj_to_old(adj, 0)) : adj;
}

static int read_adj(const struct adj_file *f, int *adj)
{
	int err = adj_file_read(f, adj);

	if (!err && f->is_old)
		*adj = adj_from_old(*adj);
	return err;
}

static void fail(struct pass_result *r, int err)
{
	r->outcome = err == -ESRCH ? PASS_ENDED : PASS_FAILED;
	r->err = err;
}

int pass_read(const struct pidref *ref, int *adj)
{
	struct adj_file f = { .fd = -1 };
	int err = adj_file_open(ref->dir, 0, false, &f);

	if (!err)
		err = read_adj(&f, adj);
	adj_file_close(&f);
	return err;
}

/* A plain write first: one with the capability also lowers the floor of the process. */
int pass_write(struct pass *p, const struct pidref *ref, int wanted, int *after)
{
	struct adj_file f = { .fd = -1 };
	int err = adj_file_open(ref->dir, 0, true, &f), value;

	value = f.is_old ? adj_to_old(wanted, 0) : wanted;
	if (!err)
		err = adj_file_write(&f, value, NULL);
	if (err == -EACCES && f.fd >= 0 && p->privilege && privilege_may_raise(p->privilege))
		err = adj_file_write(&f, value, p->privilege);
	if (!err)
		err = read_adj(&f, after);
	adj_file_close(&f);
	return err;
}

/* The process is compared again, so that little time is between that and the write. */
static void change(struct pass *p, const struct decision *d, struct pass_result *r,
		   const struct identity *id)
{
	struct decision again;
	int err;

	if (p->is_dry_run) {
		r->outcome = PASS_WRITTEN;
		r->after = r->wanted;
		return;
	}
	facts_close(&p->facts);
	err = facts_open(&p->facts, p->proc, r->pid, p->reader);
	if (err > 0 || (!err && !pidref_is(&p->facts.ref, id)))
		err = -ESRCH;
	if (!err)
		err = decide_rule(p, &again);
	if (!err && (again.rule != d->rule || again.is_child != d->is_child))
		err = -ESRCH;
	if (!err)
		err = pass_write(p, &p->facts.ref, r->wanted, &r->after);
	if (err)
		fail(r, err);
	else
		r->outcome = PASS_WRITTEN;
}

/*
 * Whether the process has executed another program since, as a child of systemd does after it has
 * set OOMScoreAdjust=: a value that was set before that is no change of what the rules gave. A
 * child got its value when it was forked.
 */
static bool is_new_program(struct pass *p, const struct decision *d, const struct record *record)
{
	uint32_t program;

	if (d->is_child)
		return false;
	program = p->is_exec ? 0 : match_hash_program(&p->facts);
	return p->is_exec || (program && record->program && program != record->program);
}

/*
 * A child that shares memory keeps the adj of the match. Its record has the adj that it was not
 * given as the one that was reported. start: 0: it cannot have a record.
 */
static void leave_shared(struct pass *p, const struct decision *d, struct pass_result *r,
			 uint64_t start, struct record *record)
{
	r->outcome = PASS_SHARED;
	if (p->is_quiet_about_shared)
		return;
	r->is_new = !record || record->value != r->before || record->seen != r->wanted;
	if (record)
		record->is_used = true;
	if (!r->is_new || p->is_dry_run || !start ||
	    !records_put(p->records, r->pid, start, r->before, p->set->rules[d->rule].id,
			 match_hash_program(&p->facts)))
		return;
	records_see(p->records, records_find(p->records, r->pid, start), r->wanted);
}

/* Decides by the record what to do, does it, and updates the record. */
static void act(struct pass *p, const struct decision *d, struct pass_result *r)
{
	const struct standing_rule *rule = &p->set->rules[d->rule].rule;
	bool enforces = p->enforces || (rule->is_enforced && !d->is_child);
	struct record *record = NULL;
	struct identity id;
	uint64_t start = 0;
	int err = pidref_identify(&p->facts.ref, &id), last;
	bool has_start;

	if (err) {
		fail(r, err);
		return;
	}
	start = r->start = id.start;
	/* Without it, a change by others is not recognized. */
	has_start = p->records && identity_start_to_host(p->proc, &start) == 0;
	if (has_start)
		record = records_find(p->records, r->pid, start);
	if (record && record->value != r->before && is_new_program(p, d, record))
		record = NULL;
	/* Writing the adj of one changes that of both. */
	if (d->is_child && r->wanted != r->before && decide_shares_memory(p)) {
		leave_shared(p, d, r, has_start ? start : 0, record);
		return;
	}
	r->is_recorded = record && record->value == r->before;
	last = record ? record->value : 0;
	switch (standing_plan(r->wanted, r->before, record ? &last : NULL, enforces)) {
	case STANDING_KEEP:
		r->outcome = PASS_KEPT;
		break;
	case STANDING_WRITE:
		change(p, d, r, &id);
		break;
	case STANDING_RESPECT:
		r->outcome = PASS_CHANGED;
		r->is_new = record->seen != r->before;
		break;
	}
	if (record)
		record->is_used = true;
	if (p->is_dry_run || !has_start)
		return;
	if (r->outcome == PASS_KEPT || r->outcome == PASS_WRITTEN)
		records_put(p->records, r->pid, start, r->after,
			    d->is_child ? p->set->rules[d->rule].id : 0,
			    match_hash_program(&p->facts));
	else if (r->outcome == PASS_CHANGED)
		records_see(p->records, record, r->before);
}

static void count_matches(struct pass *p, size_t last)
{
	int err = 0;

	for (size_t at = last; at != MATCH_NONE; at = match_last(p->set, at, &p->facts, &err))
		p->n_matches[at] += !err;
}

/* What cannot be read of a process that has ended, or is a zombie, is no error. */
static bool has_ended(const struct pass *p)
{
	struct pidref now = { .dir = -1 };
	struct identity id;
	bool result = identity_read_stat(p->facts.ref.dir, "stat", &id) == -ESRCH ||
		      pidref_open(p->proc, p->facts.ref.pid, &now) == -ESRCH ||
		      now.unkillable != KILLABLE;

	pidref_close(&now);
	return result;
}

/* facts are open. */
static void apply(struct pass *p, struct pass_result *r, struct decision *d)
{
	const struct standing_rule *rule;
	struct identity id;
	struct adj_file f;
	int err = decide_rule(p, d);

	r->rule = d->rule;
	r->is_child = d->is_child;
	if (err) {
		r->outcome = err == -ESRCH || err == -EAGAIN || has_ended(p) ? PASS_ENDED
									     : PASS_UNKNOWN;
		r->err = err;
		return;
	}
	if (p->n_matches)
		count_matches(p, d->match);
	rule = d->rule == MATCH_NONE ? NULL : &p->set->rules[d->rule].rule;
	if (!rule || (!standing_has_value(rule, d->is_child) && !p->set->has_children))
		return;
	err = adj_file_open(p->facts.ref.dir, 0, false, &f);
	if (!err)
		err = read_adj(&f, &r->before);
	r->after = r->before;
	if (!err && rule->has_children && (err = pidref_identify(&p->facts.ref, &id)) == 0)
		r->start = id.start;
	if (!err && standing_has_value(rule, d->is_child)) {
		r->wanted = on_scale(&f, standing_value(rule, d->is_child, r->before));
		adj_file_close(&f);
		act(p, d, r);
	} else {
		adj_file_close(&f);
	}
	if (err)
		fail(r, err);
}

static void run(struct pass *p, pid_t pid, struct pass_result *r, struct decision *d)
{
	int err = facts_open(&p->facts, p->proc, pid, p->reader);
	const struct pidref *ref = &p->facts.ref;

	*r = (struct pass_result){ .pid = pid, .rule = MATCH_NONE };
	*d = (struct decision){ MATCH_NONE, MATCH_NONE, false, { .rule = PASS_SEEN_NONE } };
	if (!err && ref->is_thread) {
		pid = ref->pid;
		facts_close(&p->facts);
		err = facts_open(&p->facts, p->proc, pid, p->reader);
	}
	r->pid = ref->pid;
	r->ppid = ref->ppid;
	r->uid = ref->uid;
	memcpy(r->name, ref->name, sizeof(r->name));
	if (!err) {
		apply(p, r, d);
	} else {
		r->err = err < 0 ? err : 0;
		r->outcome = err > 0 ? PASS_EXCLUDED : err == -ESRCH ? PASS_ENDED : PASS_UNKNOWN;
	}
	facts_close(&p->facts);
	if (p->records && (r->outcome == PASS_UNKNOWN || r->outcome == PASS_FAILED))
		records_keep(p->records, r->pid);
}

void pass_process(struct pass *p, pid_t pid, struct pass_result *r)
{
	struct decision d;

	p->n_pids = 0;
	run(p, pid, r, &d);
}

static int add_pid(void *pass, pid_t pid)
{
	struct pass *p = pass;

	if (array_grow(&p->pids, &p->pids_room, p->n_pids + 1))
		return -ENOMEM;
	p->pids[p->n_pids++] = pid;
	return 0;
}

/* The nth process was surveyed, and matches nothing: whether nothing above it matters either. */
static bool is_unconcerned(const struct pass *p, size_t nth)
{
	size_t parent;

	if (p->surveyed[nth].kind != SURVEY_NONE)
		return false;
	if (!p->set->has_children || p->surveyed[nth].ppid < 1)
		return true;
	parent = decide_find_index(p, p->surveyed[nth].ppid);
	return parent != DECIDE_NOWHERE && p->seen[parent].is_known &&
	       p->seen[parent].rule == PASS_SEEN_NONE;
}

/* Keeps what its children ask about. */
static void remember(struct pass *p, size_t nth, const struct pass_result *r,
		     const struct decision *d)
{
	struct pass_seen *seen = &p->seen[nth];

	if (r->outcome == PASS_ENDED || r->outcome == PASS_UNKNOWN)
		return;
	if (d->match != MATCH_NONE) {
		seen->is_match = true;
		seen->rule = (uint32_t)d->match;
		seen->before = (int16_t)r->before;
		seen->after = (int16_t)r->after;
	} else {
		*seen = d->parent;
		seen->is_match = false;
	}
	seen->is_done = seen->is_known = true;
	seen->ppid = r->ppid;
}

static void take_process(struct pass *p, size_t nth,
			 void (*found)(void *arg, const struct pass_result *r), void *arg)
{
	struct pass_seen *seen = &p->seen[nth];
	struct pass_result r;
	struct decision d;

	*seen = (struct pass_seen){ .is_done = true, .rule = PASS_SEEN_NONE };
	if (p->surveyed[nth].kind == SURVEY_SKIP || is_unconcerned(p, nth)) {
		seen->is_known = true;
		seen->ppid = p->surveyed[nth].ppid;
		return;
	}
	if (decide_by_class(p, nth, &r)) {
		if (found)
			found(arg, &r);
		seen->is_known = true;
		return;
	}
	run(p, p->pids[nth], &r, &d);
	if (found && r.outcome != PASS_ENDED && r.outcome != PASS_EXCLUDED)
		found(arg, &r);
	remember(p, nth, &r, &d);
}

/* The oldest ancestor that was not yet looked at, or the process itself. */
static size_t find_first(const struct pass *p, size_t nth)
{
	for (size_t depth = 0; p->set->has_children && depth < MAX_ANCESTORS; depth++) {
		size_t parent = decide_find_index(p, p->surveyed[nth].ppid);

		if (parent == DECIDE_NOWHERE || p->seen[parent].is_done)
			break;
		nth = parent;
	}
	return nth;
}

static int reserve(struct pass *p, size_t n)
{
	int err = array_grow(&p->pids, &p->pids_room, n);

	if (!err)
		err = array_grow(&p->surveyed, &p->surveyed_room, n);
	return err ? err : array_grow(&p->seen, &p->seen_room, n);
}

/* Lists and surveys all processes by the program. 0 or a negative errno. */
static int survey_classes(struct pass *p)
{
	struct classes *c = &p->classes;
	enum classes_flags flags = (p->n_matches ? CLASSES_COUNT : 0) |
				   (p->has_workers ? CLASSES_WORKERS : 0) |
				   (p->is_scanned ? CLASSES_SCANNED : 0);
	int err = p->program ? classes_reserve(c, p->program->room) : -ENOENT;

	if (!err)
		err = classes_read(c, p->program, p->proc, p->set, flags);
	p->is_scanned = false;
	if (!err)
		err = reserve(p, c->n_rows);
	for (size_t i = 0; !err && i < c->n_rows; i++) {
		p->pids[i] = c->rows[i]->pid;
		p->surveyed[i] = classes_result(c, i);
	}
	p->has_classes = !err;
	p->classes_error = p->program ? err : 0;
	p->n_pids = err ? 0 : c->n_rows;
	return err;
}

static int survey_proc(struct pass *p)
{
	int err = procfs_each(p->proc, add_pid, p, NULL);

	if (!err)
		err = reserve(p, p->n_pids);
	if (err || !p->n_pids)
		return err;
	qsort(p->pids, p->n_pids, sizeof(*p->pids), decide_compare_pids);
	survey_run(p->proc, p->set, p->pids, p->n_pids, p->has_workers, p->surveyed);
	return 0;
}

/* Parents come before their children, whose PIDs can be lower. 0, or a negative errno. */
static int run_all(struct pass *p, void (*found)(void *arg, const struct pass_result *r), void *arg)
{
	int err = survey_classes(p);

	if (err)
		err = survey_proc(p);
	if (err || !p->n_pids)
		return err;
	memset(p->seen, 0, p->n_pids * sizeof(*p->seen));
	for (size_t i = 0; i < p->n_pids; i++)
		while (!p->seen[i].is_done)
			take_process(p, find_first(p, i), found, arg);
	return 0;
}

int pass_all(struct pass *p, void (*found)(void *arg, const struct pass_result *r), void *arg)
{
	int64_t clock = identity_clock();
	int err;

	if (clock < 0)
		return (int)clock;
	p->clock = clock;
	p->n_pids = 0;
	/* Names of containers can change. */
	memset(&p->facts.names, 0, sizeof(p->facts.names));
	memset(&p->parent.names, 0, sizeof(p->parent.names));
	if (p->records)
		records_begin_pass(p->records);
	err = run_all(p, found, arg);
	if (p->records && !err && !p->is_dry_run && !p->keeps_records)
		records_end_pass(p->records);
	return err;
}

int pass_reserve(struct pass *p, size_t n)
{
	int err = reserve(p, n);

	return err || !p->program ? err : classes_reserve(&p->classes, p->program->room);
}

void pass_free(struct pass *p)
{
	classes_free(&p->classes);
	free(p->seen);
	free(p->pids);
	free(p->surveyed);
	p->seen = NULL;
	p->pids = NULL;
	p->surveyed = NULL;
	p->n_pids = p->pids_room = p->seen_room = p->surveyed_room = 0;
}
