/* SPDX-License-Identifier: GPL-2.0-or-later */
/* assign: which report a line about a victim belongs to, and what it changes there. */
#include "oom/report/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_REAPED 512 /* of the latest victims, those that a reaper's line is compared with */

static struct report_kill *add_kill(struct report *r, const struct report_kill *kill,
				    const struct logline *l)
{
	struct report_kill *k;
	size_t room = r->kills_room ? 2 * r->kills_room : 4;

	if (r->n_kills == REPORT_MAX_KILLS) {
		r->n_kills_dropped++;
		return &r->kills[r->n_kills - 1];
	}
	if (r->n_kills == r->kills_room) {
		k = reallocarray(r->kills, room, sizeof(*k));
		if (!k)
			return NULL;
		r->kills = k;
		r->kills_room = room;
	}
	k = &r->kills[r->n_kills++];
	*k = *kill;
	k->time = l->time;
	for (size_t i = 0; i + 1 < r->n_kills; i++)
		if (r->kills[i].pid == k->pid && r->kills[i].is_killed)
			k->is_repeated = true;
	return k;
}

static void take_cause(struct report *r, const struct kill_words *k)
{
	r->is_sure = true;
	r->is_allocating |= k->is_allocating;
	if (r->kind == REPORT_UNKNOWN || k->kind == REPORT_MEMCG)
		r->kind = k->kind;
}

/* "Kill process": who was chosen. What dies in the end is told by the line behind it. */
static int take_chosen(struct report_parser *p, struct slot *s, const struct logline *l,
		       const struct kill_words *k)
{
	if (k->kind == REPORT_UNKNOWN)
		return 0;
	if (!s || s->is_done || s->r->n_kills)
		s = report_add_slot(p, l);
	if (!s || !add_kill(s->r, &k->kill, l))
		return -ENOMEM;
	take_cause(s->r, k);
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
		slice_copy(into->chosen_name, sizeof(into->chosen_name), chosen.name,
			   strlen(chosen.name));
	} else if (!*into->name) {
		slice_copy(into->name, sizeof(into->name), chosen.name, strlen(chosen.name));
	}
}

static int take_killed(struct report_parser *p, struct slot *s, const struct logline *l,
		       const struct kill_words *k)
{
	struct report_kill *last = s && s->r->n_kills ? &s->r->kills[s->r->n_kills - 1] : NULL,
			   *new;

	if (s && last && !last->is_killed && last->role == REPORT_VICTIM) {
		merge_kill(last, &k->kill);
	} else {
		bool is_member = s && s->is_done && s->r->is_group;

		if (!is_member && (!s || s->is_done)) {
			/*
			 * Without its cause only the kernel's own figures tell that the words are
			 * its own.
			 */
			if (k->kind == REPORT_UNKNOWN && k->kill.total_vm_kib == REPORT_ABSENT)
				return 0;
			s = report_add_slot(p, l);
		}
		new = s ? add_kill(s->r, &k->kill, l) : NULL;
		if (!new)
			return -ENOMEM;
		new->role = is_member ? REPORT_GROUP : REPORT_VICTIM;
	}
	take_cause(s->r, k);
	s->is_done = true;
	return 1;
}

static int take_reaped(struct report_parser *p, const struct kill_words *k)
{
	for (size_t i = p->n_slots; i-- > 0;) {
		struct report *r = p->slots[i].r;

		for (size_t n = r->n_kills; n-- > 0 && r->n_kills - n <= MAX_REAPED;) {
			struct report_kill *kill = &r->kills[n];

			if (kill->pid != k->kill.pid || kill->reaped ||
			    strcmp(kill->name, k->kill.name) != 0)
				continue;
			kill->reaped = k->line == KILL_REAPED ? REPORT_REAPED : REPORT_STUCK;
			kill->left_kib = k->kill.left_kib;
			return 1;
		}
	}
	return 0;
}

static int take_end(struct report_parser *p, struct slot *s, const struct logline *l,
		    const struct kill_words *k)
{
	if (!s || s->r->n_kills || *s->r->panic || (s->is_done && k->line != KILL_PANIC))
		s = report_add_slot(p, l);
	if (!s)
		return -ENOMEM;
	s->r->is_sure = s->is_done = true;
	if (k->line == KILL_PANIC)
		slice_copy(s->r->panic, sizeof(s->r->panic), k->text, strlen(k->text));
	if (k->line == KILL_NOBODY || strstr(k->text, "no killable"))
		s->r->has_no_victim = true;
	return 1;
}

static int take_group(struct report_parser *p, struct slot *s, const struct logline *l,
		      const struct kill_words *k)
{
	if (!s || !s->is_done || s->r->is_group)
		s = report_add_slot(p, l);
	if (!s)
		return -ENOMEM;
	s->r->is_sure = s->r->is_group = s->is_done = true;
	slice_copy(s->r->group_memcg, sizeof(s->r->group_memcg), k->text, strlen(k->text));
	return 1;
}

int report_take_kill(struct report_parser *p, struct slot *s, const struct logline *l,
		     const struct kill_words *k)
{
	struct report_kill *sharer;

	switch (k->line) {
	case KILL_CHOSEN:
		return take_chosen(p, s, l, k);
	case KILL_KILLED:
		return take_killed(p, s, l, k);
	case KILL_SHARER:
		if (!s || !s->r->n_kills)
			return 0;
		sharer = add_kill(s->r, &k->kill, l);
		if (!sharer)
			return -ENOMEM;
		sharer->role = REPORT_SHARER;
		sharer->is_killed = true;
		return 1;
	case KILL_GROUP:
		return take_group(p, s, l, k);
	case KILL_REAPED:
	case KILL_STUCK:
		return take_reaped(p, k);
	case KILL_NOBODY:
	case KILL_PANIC:
		return take_end(p, s, l, k);
	case KILL_NONE:
		break;
	}
	return 0;
}
