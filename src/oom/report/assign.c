/* SPDX-License-Identifier: GPL-2.0-or-later */
/* assign: which report a line about a victim belongs to, and what it changes there. */
#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "oom/report/internal.h"

#define MAX_REAPED 512 /* a reaper's line is compared with the last victims only */

static struct report_kill *add_kill(struct report *r, const struct report_kill *kill,
				    const struct logline *l)
{
	struct report_kill *k;

	if (r->n_kills == REPORT_MAX_KILLS) {
		r->n_kills_dropped++;
		return &r->kills[r->n_kills - 1];
	}
	if (array_grow(&r->kills, &r->kills_room, r->n_kills + 1))
		return NULL;
	k = &r->kills[r->n_kills++];
	*k = *kill;
	k->time = l->time;
	for (size_t i = 0; i + 1 < r->n_kills; i++)
		if (r->kills[i].pid == k->pid && r->kills[i].is_killed)
			k->is_repeated = true;
	return k;
}

int assign_add_kill(struct report *r, const struct logline *l)
{
	struct report_kill kill;

	report_kill_clear(&kill);
	kill.is_killed = r->is_sure = true;
	return add_kill(r, &kill, l) ? 0 : -ENOMEM;
}

static void set_cause(struct report *r, const struct kill_line *k)
{
	r->is_sure = true;
	r->is_allocating |= k->is_allocating;
	if (r->kind == REPORT_UNKNOWN || k->kind == REPORT_MEMCG)
		r->kind = k->kind;
}

/* "Kill process" names the chosen process; the next line names the one that is killed. */
static int add_chosen(struct report_parser *p, struct open_report *o, const struct logline *l,
		      const struct kill_line *k)
{
	if (k->kind == REPORT_UNKNOWN)
		return 0;
	if (!o || o->is_done || o->r->n_kills)
		o = open_reports_add(p, l);
	if (!o || !add_kill(o->r, &k->kill, l))
		return -ENOMEM;
	set_cause(o->r, k);
	return 1;
}

static void merge_kill(struct report_kill *into, const struct report_kill *from)
{
	struct report_kill chosen = *into;

	*into = *from;
	into->time = chosen.time;
	into->score = chosen.score;
	if (chosen.pid != from->pid) {
		into->chosen_pid = chosen.pid;
		memcpy(into->chosen_name, chosen.name, sizeof(into->chosen_name));
	} else if (!*into->name) {
		memcpy(into->name, chosen.name, sizeof(into->name));
	}
}

static int add_killed(struct report_parser *p, struct open_report *o, const struct logline *l,
		      const struct kill_line *k)
{
	struct report_kill *last = o && o->r->n_kills ? &o->r->kills[o->r->n_kills - 1] : NULL,
			   *new, kill;

	if (o && last && !last->is_killed && last->role == REPORT_VICTIM) {
		merge_kill(last, &k->kill);
	} else if (last && last->pid == k->kill.pid && last->reaped && !o->r->has_header &&
		   !o->r->has_table && last->total_vm_kib == REPORT_ABSENT) {
		/* In a log with the newest line first, the reaper's line was read before. */
		new = last;
		kill = k->kill;
		kill.reaped = last->reaped;
		kill.left_kib = last->left_kib;
		*last = kill;
		if (open_reports_keep_line(p, l, false))
			return -ENOMEM;
	} else {
		bool is_member = o && o->is_done && o->r->is_group;

		if (!is_member && (!o || o->is_done)) {
			/* Without a cause, only the numbers prove that the kernel wrote it. */
			if (k->kind == REPORT_UNKNOWN && k->kill.total_vm_kib == REPORT_ABSENT)
				return 0;
			o = open_reports_add(p, l);
			if (open_reports_keep_line(p, l, true))
				return -ENOMEM;
		}
		new = o ? add_kill(o->r, &k->kill, l) : NULL;
		if (!new)
			return -ENOMEM;
		new->role = is_member ? REPORT_GROUP : REPORT_VICTIM;
	}
	set_cause(o->r, k);
	if (*k->text)
		text_copy(o->r->container, sizeof(o->r->container), k->text, strlen(k->text));
	o->r->is_openvz |= k->is_openvz;
	o->is_done = true;
	return 1;
}

/* A victim whose other lines are missing. */
static int add_reaped(struct report_parser *p, struct open_report *o, const struct logline *l,
		      const struct kill_line *k)
{
	struct report_kill *kill;

	if (o && !o->is_done && o->r->n_kills)
		return 0;
	if (!o || o->is_done)
		o = open_reports_add(p, l);
	kill = o ? add_kill(o->r, &k->kill, l) : NULL;
	if (!kill || open_reports_keep_line(p, l, true))
		return -ENOMEM;
	kill->is_killed = o->r->is_sure = o->is_done = true;
	kill->reaped = k->type == KILL_REAPED ? REPORT_REAPED : REPORT_STUCK;
	return 1;
}

static int set_reaped(struct report_parser *p, struct open_report *o, const struct logline *l,
		      const struct kill_line *k)
{
	struct seen_victim seen;

	for (size_t i = p->n_open; i-- > 0;) {
		struct report *r = p->open[i].r;

		for (size_t n = r->n_kills; n-- > 0 && r->n_kills - n <= MAX_REAPED;) {
			struct report_kill *kill = &r->kills[n];

			if (kill->pid != k->kill.pid)
				continue;
			open_reports_note(p, r, kill, &seen);
			if (!open_reports_is_kill_of(p, &seen, l->host, &l->time))
				continue;
			if (kill->reaped)
				return 1;
			kill->reaped = k->type == KILL_REAPED ? REPORT_REAPED : REPORT_STUCK;
			kill->left_kib = k->kill.left_kib;
			return 1;
		}
	}
	for (size_t i = 0; i < REPORT_RECENT && i < p->n_recent; i++)
		if (p->recent[i].pid == k->kill.pid &&
		    open_reports_is_kill_of(p, &p->recent[i], l->host, &l->time))
			return 1;
	return add_reaped(p, o, l, k);
}

static int set_end(struct report_parser *p, struct open_report *o, const struct logline *l,
		   const struct kill_line *k)
{
	/* In a log whose newest line is first a panic comes before its reason. */
	bool is_reason = o && *o->r->panic && k->type == KILL_NONE_KILLABLE && !o->r->n_kills &&
			 !o->r->has_header && !o->r->has_table;
	bool is_new = !is_reason && (!o || o->r->n_kills || *o->r->panic ||
				     (o->is_done && k->type != KILL_PANIC));

	if (is_new)
		o = open_reports_add(p, l);
	if (!o || ((is_new || is_reason) && open_reports_keep_line(p, l, is_new)))
		return -ENOMEM;
	o->r->is_sure = o->is_done = true;
	if (k->type == KILL_PANIC)
		text_copy(o->r->panic, sizeof(o->r->panic), k->text, strlen(k->text));
	/* out_of_memory() panics with the last text only if no process is killable. */
	if (k->type == KILL_NONE_KILLABLE || strstr(k->text, "no killable") ||
	    strstr(k->text, "deadlocked on memory"))
		o->r->has_no_victim = true;
	return 1;
}

static int add_group(struct report_parser *p, struct open_report *o, const struct logline *l,
		     const struct kill_line *k)
{
	if (!o || !o->is_done || o->r->is_group)
		o = open_reports_add(p, l);
	if (!o)
		return -ENOMEM;
	o->r->is_sure = o->r->is_group = o->is_done = true;
	memcpy(o->r->group_memcg, k->text, sizeof(o->r->group_memcg));
	return 1;
}

int assign_kill_line(struct report_parser *p, struct open_report *o, const struct logline *l,
		     const struct kill_line *k)
{
	struct report_kill *sharer;

	switch (k->type) {
	case KILL_CHOSEN:
		return add_chosen(p, o, l, k);
	case KILL_KILLED:
		return add_killed(p, o, l, k);
	case KILL_SHARER:
		if (!o || !o->r->n_kills)
			return 0;
		sharer = add_kill(o->r, &k->kill, l);
		if (!sharer)
			return -ENOMEM;
		sharer->role = REPORT_SHARER;
		sharer->is_killed = true;
		return 1;
	case KILL_GROUP:
		return add_group(p, o, l, k);
	case KILL_REAPED:
	case KILL_STUCK:
		return set_reaped(p, o, l, k);
	case KILL_NONE_KILLABLE:
	case KILL_PANIC:
		return set_end(p, o, l, k);
	case KILL_NONE:
		break;
	}
	return 0;
}
