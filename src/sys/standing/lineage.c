/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lineage: which processes were forked by a match of a rule with children. */
#include "sys/standing/lineage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int lineage_init(struct lineage *l, size_t most)
{
	size_t n = 16;

	while (n < 2 * most)
		n *= 2;
	*l = (struct lineage){ .places = calloc(n, sizeof(*l->places)), .n_places = n };
	return l->places ? 0 : -ENOMEM;
}

void lineage_free(struct lineage *l)
{
	free(l->places);
	*l = (struct lineage){ .places = NULL };
}

void lineage_clear(struct lineage *l)
{
	if (l->n)
		memset(l->places, 0, l->n_places * sizeof(*l->places));
	l->n = l->n_refused = 0;
}

/* Where the search for a PID begins: neighbours in the table are not neighbours by number. */
static size_t home(const struct lineage *l, pid_t pid)
{
	return (size_t)((uint32_t)pid * 2654435761U) & (l->n_places - 1);
}

static size_t next(const struct lineage *l, size_t at)
{
	return (at + 1) & (l->n_places - 1);
}

/* The place of a PID, or the empty one where it would be. */
static struct lineage_entry *place_of(const struct lineage *l, pid_t pid)
{
	size_t at = home(l, pid);

	while (l->places[at].pid && l->places[at].pid != pid)
		at = next(l, at);
	return &l->places[at];
}

const struct lineage_entry *lineage_find(const struct lineage *l, pid_t pid)
{
	const struct lineage_entry *e = l->n ? place_of(l, pid) : NULL;

	return e && e->pid ? e : NULL;
}

/* Empties a place, and moves those after it that would not be found otherwise. */
static void empty(struct lineage *l, size_t hole)
{
	for (size_t at = next(l, hole); l->places[at].pid; at = next(l, at)) {
		size_t from_home = (at - home(l, l->places[at].pid)) & (l->n_places - 1);
		size_t from_hole = (at - hole) & (l->n_places - 1);

		if (from_home < from_hole)
			continue;
		l->places[hole] = l->places[at];
		hole = at;
	}
	l->places[hole].pid = 0;
	l->n--;
}

static void forget(struct lineage *l, pid_t pid)
{
	struct lineage_entry *e = l->n ? place_of(l, pid) : NULL;

	if (e && e->pid)
		empty(l, (size_t)(e - l->places));
}

static void put(struct lineage *l, const struct lineage_entry *e)
{
	struct lineage_entry *place = place_of(l, e->pid);

	if (!place->pid && 2 * l->n >= l->n_places) {
		l->n_refused++;
		return;
	}
	l->n += !place->pid;
	*place = *e;
}

bool lineage_fork(struct lineage *l, pid_t child, pid_t parent, int64_t since_ns)
{
	const struct lineage_entry *from = lineage_find(l, parent);
	struct lineage_entry e;

	if (!from) {
		forget(l, child);
		return false;
	}
	e = *from;
	if (from->is_match) {
		e.match = parent;
		e.match_start = from->start;
	}
	e.pid = child;
	e.is_forked = true;
	e.is_match = e.is_done = false;
	e.since_ns = since_ns;
	put(l, &e);
	return true;
}

/* The process matches the rule, which has children. */
static void note_match(struct lineage *l, const struct pass_result *r)
{
	const struct lineage_entry *known = lineage_find(l, r->pid);
	struct lineage_entry e = known ? *known : (struct lineage_entry){ .pid = r->pid };

	if (e.rule != (uint32_t)r->rule)
		e.is_forked = false;
	if (!e.is_match || e.rule != (uint32_t)r->rule || e.start != r->start ||
	    r->before != r->after || r->after != e.after) {
		e.before = (int16_t)r->before;
		e.after = (int16_t)r->after;
	}
	e.rule = (uint32_t)r->rule;
	e.start = r->start;
	e.is_match = e.is_done = true;
	put(l, &e);
}

void lineage_note(struct lineage *l, const struct match_set *s, const struct pass_result *r,
		  bool is_event)
{
	struct lineage_entry *e;

	switch (r->outcome) {
	case PASS_ENDED:
	case PASS_UNKNOWN:
	case PASS_EXCLUDED:
		return;
	default:
		break;
	}
	if (r->rule != MATCH_NONE && !r->is_child && s->rules[r->rule].rule.has_children) {
		note_match(l, r);
		return;
	}
	e = l->n ? place_of(l, r->pid) : NULL;
	if (!e || !e->pid)
		return;
	/* Another rule decides, or the process is no match any more. */
	if ((r->rule != MATCH_NONE && !r->is_child) || (is_event && !e->is_forked)) {
		forget(l, r->pid);
		return;
	}
	if (is_event)
		e->is_match = false;
	e->is_done |= r->is_child && (r->outcome == PASS_WRITTEN || r->outcome == PASS_KEPT);
}

void lineage_sweep(struct lineage *l, int proc, int64_t until_ns)
{
	struct identity now;

	for (size_t i = 0; l->n && i < l->n_places; i++)
		while (l->places[i].pid && l->places[i].since_ns < until_ns &&
		       identity_read(proc, l->places[i].pid, &now) == -ESRCH)
			empty(l, i);
}
