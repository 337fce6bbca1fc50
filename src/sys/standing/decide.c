/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decide: which rule decides for a process: its own, or that of the match which forked it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/adj/adj_file.h"
#include "sys/adj/mm_sharers.h"
#include "sys/standing/internal.h"
#include "sys/standing/lineage.h"

int decide_compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return x < y ? -1 : x > y;
}

size_t decide_find_index(const struct pass *p, pid_t pid)
{
	const pid_t *found =
		p->n_pids ? bsearch(&pid, p->pids, p->n_pids, sizeof(pid), decide_compare_pids)
			  : NULL;

	return found ? (size_t)(found - p->pids) : DECIDE_NOWHERE;
}

/* A process that this pass has met, and that existed before it: its PID was not reused. */
static const struct pass_seen *find_seen(const struct pass *p, pid_t pid)
{
	size_t at = decide_find_index(p, pid);
	struct identity now;

	if (at == DECIDE_NOWHERE || !p->seen[at].is_known || identity_read(p->proc, pid, &now) ||
	    !identity_is_settled(&now, p->clock) || now.ppid != p->seen[at].ppid)
		return NULL;
	return &p->seen[at];
}

/* Finds what the parent of p->facts matches. 0, or why that is unknown; rule is the one then. */
static int find_parent(struct pass *p, struct pass_seen *parent)
{
	const struct pass_seen *seen = find_seen(p, p->facts.ref.ppid);
	size_t rule = MATCH_NONE;
	int err;

	if (seen) {
		*parent = *seen;
		return 0;
	}
	err = facts_open(&p->parent, p->proc, p->facts.ref.ppid, p->reader);
	if (!err)
		rule = match_last(p->set, p->set->n, &p->parent, &err);
	facts_close(&p->parent);
	*parent = (struct pass_seen){
		.is_known = !err,
		.is_match = true,
		.rule = rule == MATCH_NONE ? PASS_SEEN_NONE : (uint32_t)rule,
	};
	/* Init, or the parent has exited. */
	return err > 0 || err == -ESRCH ? 0 : err;
}

/*
 * Whether the process has the adj of its ancestor, a match, before the rules or by them; or, with
 * or_child, that of a child between them.
 */
static bool has_inherited(const struct pass *p, const struct pass_seen *from, bool or_child)
{
	int adj;

	return adj_file_read_pid(p->facts.ref.dir, 0, &adj) == 0 &&
	       (adj == from->before || adj == from->after ||
		(or_child && adj == p->set->rules[from->rule].rule.children));
}

/*
 * Whether the process of p->facts, which matches own or nothing, was forked by a match of a rule
 * with children. Below such a child, what still has the adj of the match was forked before the
 * child was changed.
 */
static bool is_forked(const struct pass *p, size_t own, const struct pass_seen *parent)
{
	struct identity now;

	if (parent->rule == PASS_SEEN_NONE || !p->set->rules[parent->rule].rule.has_children ||
	    (own != MATCH_NONE && (own != parent->rule || !parent->is_match)) ||
	    (!parent->is_match && !has_inherited(p, parent, false)))
		return false;
	/* The parent is still the same, so its PID was not reused. */
	return identity_read_stat(p->facts.ref.dir, "stat", &now) == 0 &&
	       now.ppid == p->facts.ref.ppid;
}

/*
 * Whether a match of the rule forked the process before: it stays so after its parent has exited,
 * as sessions of a server that is restarted.
 */
static bool was_forked(const struct pass *p, uint32_t id)
{
	const struct record *record;
	uint64_t start;

	if (!p->records || !records_has(p->records, p->facts.ref.pid) ||
	    pidref_read_start(p->proc, &p->facts.ref, &start))
		return false;
	record = records_find(p->records, p->facts.ref.pid, start);
	return record && record->child_of == id;
}

static bool exists(const struct pass *p, pid_t pid, uint64_t start)
{
	struct identity now;

	return identity_read(p->proc, pid, &now) == 0 && now.start == start;
}

/*
 * Whether a match forked the process or an ancestor that has exited, and nothing has changed its
 * adj since. A process that matches the same rule is a child for as long as the match exists: then
 * it is what a daemon left when it forked into the background.
 */
static bool is_descended(const struct pass *p, size_t own, const struct lineage_entry *e)
{
	int64_t tick = 1000000000 / sysconf(_SC_CLK_TCK);
	struct pass_seen from;
	struct identity now;

	if (!e || !e->is_forked || e->is_done || (own != MATCH_NONE && own != e->rule))
		return false;
	from = (struct pass_seen){ .rule = e->rule, .before = e->before, .after = e->after };
	/* One that was started after the event is another process. */
	return has_inherited(p, &from, true) &&
	       identity_read_stat(p->facts.ref.dir, "stat", &now) == 0 &&
	       (int64_t)now.start * tick <= e->since_ns &&
	       (own == MATCH_NONE || exists(p, e->match, e->match_start));
}

bool decide_shares_memory(const struct pass *p)
{
	pid_t pid = p->facts.ref.pid, ppid = p->facts.ref.ppid;
	const struct lineage_entry *e = p->lineage ? lineage_find(p->lineage, pid) : NULL;

	return (ppid > 1 && mm_sharers_compare(pid, ppid) == 1) ||
	       (e && e->is_forked && exists(p, e->match, e->match_start) &&
		mm_sharers_compare(pid, e->match) == 1);
}

int decide_rule(struct pass *p, struct decision *d)
{
	const struct lineage_entry *e;
	int err;

	d->match = d->rule = match_last(p->set, p->set->n, &p->facts, &err);
	d->is_child = false;
	d->parent = (struct pass_seen){ .rule = PASS_SEEN_NONE };
	if (err || !p->set->has_children || p->facts.ref.ppid < 1 ||
	    (d->match != MATCH_NONE && !p->set->rules[d->match].rule.has_children))
		return err;
	err = find_parent(p, &d->parent);
	/* Only a rule with children is of interest. */
	if (err &&
	    (d->parent.rule == PASS_SEEN_NONE || p->set->rules[d->parent.rule].rule.has_children)) {
		if (d->parent.rule != PASS_SEEN_NONE)
			d->rule = d->parent.rule;
		return err;
	}
	d->is_child = !err && is_forked(p, d->match, &d->parent);
	if (d->is_child)
		d->rule = d->parent.rule;
	else if (d->match != MATCH_NONE)
		d->is_child = was_forked(p, p->set->rules[d->match].id);
	e = !d->is_child && p->lineage ? lineage_find(p->lineage, p->facts.ref.pid) : NULL;
	if (is_descended(p, d->match, e)) {
		d->is_child = true;
		d->rule = e->rule;
	}
	return 0;
}

/* Keeps the record of a process that has the adj of its rule. false: it has none, or another. */
static bool keep_record(const struct pass *p, const struct class *class, struct record *record)
{
	if (!p->is_dry_run && p->records &&
	    (!record || record->seen != record->value || record->child_of ||
	     record->program != class->program))
		return false;
	if (record)
		record->is_used = true;
	return true;
}

bool decide_by_class(struct pass *p, size_t nth, struct pass_result *r)
{
	const struct prog_row *row = p->has_classes ? p->classes.rows[nth] : NULL;
	const struct class *class = p->has_classes ? classes_find(&p->classes, nth) : NULL;
	const struct standing_rule *rule;
	struct record *record = NULL;

	if (!class || !class->n_matches || p->set->has_children || row->pid == 1 ||
	    row->pid == getpid() || row->ppid == getpid())
		return false;
	*r = (struct pass_result){ .pid = row->pid,
				   .ppid = row->ppid,
				   .uid = row->uid,
				   .rule = class->matches[0] };
	memcpy(r->name, class->key.name, sizeof(class->key.name));
	rule = &p->set->rules[r->rule].rule;
	if (standing_has_value(rule, false)) {
		r->start = row->start_ns / (1000000000U / (uint64_t)sysconf(_SC_CLK_TCK));
		r->before = r->after = row->adj;
		r->wanted = standing_value(rule, false, r->before);
		if (p->records)
			record = records_find(p->records, row->pid, r->start);
		r->is_recorded = record;
		if ((record && record->value != r->before) ||
		    (r->wanted != r->before && !p->is_dry_run) || !keep_record(p, class, record))
			return false;
		r->outcome = r->wanted == r->before ? PASS_KEPT : PASS_WRITTEN;
		r->after = r->wanted;
	}
	for (size_t i = 0; p->n_matches && i < class->n_matches; i++)
		p->n_matches[class->matches[i]]++;
	return true;
}
