/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table: the rows of processes: finds them by PID, and sorts them in kill order. */
#include <string.h>

#include "sys/live/internal.h"
#include "sys/scan/snapshot.h"

/* For this many refreshes a process is marked as moved. */
#define SHOWN_MOVED 3

/* Above those of any machine, and twice it is below the bits of the reason in a key. */
#define MAX_POINTS (1LL << 57)

/* Where the reason is in a key. */
#define KEY_REASON 60

static uint32_t *find_link(const struct live *l, pid_t pid)
{
	uint32_t *link = &l->heads[(size_t)pid & l->hash_mask];

	while (*link != ORDER_NONE && l->tasks[*link].task.pid != pid)
		link = &l->next[*link];
	return link;
}

uint32_t live_find(const struct live *l, pid_t pid)
{
	return *find_link(l, pid);
}

void table_begin(struct live *l, int64_t now_ms)
{
	l->refresh++;
	l->growth.refresh = l->refresh;
	l->times_ms[l->refresh % LIVE_TIMES] = now_ms;
	l->n_before = l->n;
	l->n = l->n_killable = l->n_moving = 0;
	l->n_missing = l->n_unseen = l->n_seen = 0;
	l->sees_init = l->is_dying = false;
}

/* A free row for a new process, or ORDER_NONE. */
static uint32_t take_free(struct live *l, pid_t pid)
{
	uint32_t row = l->free_row, *head = &l->heads[(size_t)pid & l->hash_mask];

	if (row == ORDER_NONE)
		return row;
	l->free_row = l->next[row];
	l->next[row] = *head;
	*head = row;
	return row;
}

uint32_t table_take(struct live *l, pid_t pid, uint64_t start_ticks, bool *is_new)
{
	uint32_t row = live_find(l, pid);

	l->n_seen++;
	l->sees_init |= pid == 1;
	if (row != ORDER_NONE && l->seen[row] == l->refresh)
		return ORDER_NONE; /* found twice */
	/* Or another process has the PID now. */
	*is_new = row == ORDER_NONE || l->tasks[row].task.start_ticks != start_ticks;
	if (row == ORDER_NONE)
		row = take_free(l, pid);
	if (row == ORDER_NONE) {
		l->n_missing++;
		return row;
	}
	if (*is_new) {
		memset(&l->tasks[row], 0, sizeof(l->tasks[row]));
		memset(&l->sorted[row], 0, sizeof(l->sorted[row]));
		memset(&l->ranks[row], 0, sizeof(l->ranks[row]));
		l->tasks[row].task.pid = pid;
	}
	l->seen[row] = l->refresh;
	l->n++;
	return row;
}

/* While they are in the cache. */
static void set_keys(struct live *l, uint32_t row, const struct task *t, bool is_new)
{
	enum rules_tie tie = l->cgroup ? l->rules->tie_memcg : l->rules->tie_global;
	uint64_t age = task_has(t, TASK_FORK_ID) ? t->fork_id : t->start_ticks, key;
	int64_t points = t->points < MAX_POINTS ? t->points : MAX_POINTS;

	if (points < -MAX_POINTS)
		points = -MAX_POINTS;
	if (tie == TIE_LAST)
		age = ~age;
	/* Unkillable ones last, in the order of their reasons. */
	key = (uint64_t)t->unkillable << KEY_REASON | (uint64_t)(MAX_POINTS - points);
	l->ranks[row].is_moving = is_new || key != l->keys[row] || age != l->ages[row];
	if (l->ranks[row].is_moving)
		l->moving[l->n_moving++] = row;
	l->ages[row] = age;
	l->keys[row] = key;
}

static void set_growth(struct live *l, uint32_t row, int64_t pages, uint32_t ago)
{
	struct live_sorted *s = &l->sorted[row];
	int64_t ms =
		l->times_ms[l->refresh % LIVE_TIMES] - l->times_ms[(l->refresh - ago) % LIVE_TIMES];

	l->ranks[row].has_growth = pages != 0;
	s->growth_pages = pages;
	s->pages_per_s = ms > 0 ? (double)pages * 1000 / (double)ms : 0;
}

void table_update(struct live *l, uint32_t row, bool is_new)
{
	struct task *t = &l->tasks[row].task;
	bool is_stat = l->rss == RSS_STAT && task_has(t, TASK_RSS_STAT);
	int64_t pages;
	uint32_t ago;

	if (rules_points(l->rules, l->rss, t, &l->machine.totals, &t->points))
		t->points = t->score;
	t->has |= TASK_POINTS;
	l->sorted[row].points = t->points;
	pages = growth_add(&l->growth, row, is_new,
			   (is_stat ? t->rss_stat : t->rss) + t->swap +
				   rules_table_pages(l->rules, t, l->machine.totals.page_size),
			   &ago);
	set_growth(l, row, pages, ago);
	l->n_killable += t->unkillable == KILLABLE;
	l->is_dying |= t->is_dying && t->unkillable == KILLABLE;
	set_keys(l, row, t, is_new);
}

void table_keep(struct live *l, uint32_t row, pid_t pid)
{
	struct live_rank *rank = &l->ranks[row];
	int64_t pages;
	uint32_t ago;

	l->n_seen++;
	l->n++;
	l->sees_init |= pid == 1;
	l->seen[row] = l->refresh;
	pages = growth_keep(&l->growth, row, &ago);
	if (pages || rank->has_growth)
		set_growth(l, row, pages, ago);
	l->n_killable += l->keys[row] >> KEY_REASON == KILLABLE;
	rank->is_moving = false;
}

/* Frees the rows that were not found. Returns how many others are in order, at the beginning. */
static size_t remove_ended(struct live *l)
{
	size_t kept = 0;

	/* New ones would be moving. */
	if (!l->n_moving && l->n == l->n_before)
		return l->n;
	for (size_t i = 0; i < l->n_before; i++) {
		uint32_t row = l->rows[i], *link;

		if (l->seen[row] == l->refresh) {
			if (!l->ranks[row].is_moving)
				l->rows[kept++] = row;
			continue;
		}
		link = find_link(l, l->tasks[row].task.pid);
		if (*link == row)
			*link = l->next[row];
		l->tasks[row].task.pid = 0;
		l->next[row] = l->free_row;
		l->free_row = row;
	}
	return kept;
}

/* Equal points are in the order of age. */
static bool is_before(const struct live *l, uint32_t a, uint32_t b)
{
	return l->keys[a] != l->keys[b] ? l->keys[a] < l->keys[b] : l->ages[a] < l->ages[b];
}

/* Sorts those that move, which are few, and merges them with the others, from the end. */
static void sort(struct live *l, size_t kept)
{
	size_t n = l->n_moving;

	order_sort(l->moving, l->spare, l->ages, n);
	order_sort(l->moving, l->spare, l->keys, n);
	for (size_t at = l->n; n; at--)
		if (kept && is_before(l, l->moving[n - 1], l->rows[kept - 1]))
			l->rows[at - 1] = l->rows[--kept];
		else
			l->rows[at - 1] = l->moving[--n];
}

/* Marks what changed its place among the processes that were there before. */
static void mark_moved(struct live *l)
{
	uint32_t n = 0;

	memset(l->places, 0, (l->n_before + 1) * sizeof(*l->places));
	for (size_t i = 0; i < l->n; i++) {
		uint32_t was = l->ranks[l->rows[i]].place;

		if (was && i < l->n_killable)
			l->places[was] = 1;
	}
	for (size_t i = 1; i <= l->n_before; i++)
		l->places[i] += l->places[i - 1];
	for (size_t i = 0; i < l->n; i++) {
		struct live_rank *r = &l->ranks[l->rows[i]];
		uint32_t was = i < l->n_killable ? l->places[r->place] : 0;

		if (r->moved_for && --r->moved_for == 0)
			r->moved = 0;
		r->place = i < l->n_killable ? (uint32_t)i + 1 : 0;
		if (!was || was == ++n)
			continue;
		r->moved = n < was ? 1 : -1;
		r->moved_for = SHOWN_MOVED;
	}
}

void table_finish(struct live *l)
{
	sort(l, remove_ended(l));
	mark_moved(l);
}
