/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view: which processes are shown, and in which order. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/top/internal.h"
#include "sys/cgroup/path.h"

/* At most about so many cgroups are read again at a refresh. */
#define GROUPS_AGAIN 200

static bool has_filter(const struct top *t)
{
	return t->has_uid || t->has_group || *t->filter;
}

/* Whether the name contains the text, whatever the case. */
static bool has_text(const struct live_task *p, const char *text)
{
	char name[4 * TASK_NAME_MAX + 1];

	text_escape(name, sizeof(name), p->task.name, strlen(p->task.name), 0);
	return strcasestr(name, text) != NULL;
}

/* A path means the cgroup and those below it, anything else a unit or container. */
static bool is_in_group(struct top *t, struct live_task *p)
{
	char path[CGROUP_PATH_MAX];

	if (live_read_unit(&t->live, p, path))
		return false;
	if (*t->group == '/')
		return cgroup_path_is_below(path, t->group);
	return cgroup_path_has_unit(path, t->group) || strcasestr(p->unit, t->group);
}

/* New processes, and in turn the others, which can move to another cgroup. */
static void read_groups(struct top *t)
{
	size_t step = t->live.n / GROUPS_AGAIN + 1;

	for (size_t i = 0; i < t->live.n; i++) {
		uint32_t row = t->live.rows[i];
		struct live_task *p = &t->live.tasks[row];

		if (!p->has_unit || row % step == t->live.refresh % step)
			t->is_in_group[row] = is_in_group(t, p);
	}
}

static bool is_wanted(const struct top *t, uint32_t row)
{
	const struct live_task *p = &t->live.tasks[row];

	if (p->task.unkillable == UNKILLABLE_KTHREAD || p->task.unkillable == UNKILLABLE_NO_MM)
		return false;
	if (t->has_uid && p->task.uid != t->uid)
		return false;
	if (t->has_group && !t->is_in_group[row])
		return false;
	return !*t->filter || has_text(p, t->filter);
}

static void choose(struct top *t)
{
	bool all = !has_filter(t);

	if (t->has_group)
		read_groups(t);
	/* Killable ones come first; without a filter none of them need be looked at. */
	t->n_shown = all ? t->live.n_killable : 0;
	memcpy(t->shown, t->live.rows, t->n_shown * sizeof(*t->shown));
	for (size_t i = t->n_shown; i < t->live.n; i++)
		if (is_wanted(t, t->live.rows[i]))
			t->shown[t->n_shown++] = t->live.rows[i];
}

static uint64_t number_key(const struct top *t, uint32_t row)
{
	const struct task *task = &t->live.tasks[row].task;

	switch (t->sort) {
	case LAYOUT_PID:
		return (uint64_t)task->pid;
	case LAYOUT_USER:
		return task->uid;
	case LAYOUT_ADJ:
		return order_key(task->adj, true);
	case LAYOUT_RSS:
		return order_key((int64_t)task->rss, true);
	case LAYOUT_SWAP:
		return order_key((int64_t)task->swap, true);
	default:
		return order_key(t->live.sorted[row].growth_pages, true);
	}
}

static void sort(struct top *t)
{
	if (t->sort == LAYOUT_PLACE)
		return;
	for (size_t i = 0; i < t->n_shown; i++) {
		uint32_t row = t->shown[i];

		if (t->sort == LAYOUT_NAME)
			order_text_keys(t->live.tasks[row].task.name, &t->keys[row],
					&t->low_keys[row]);
		else
			t->keys[row] = number_key(t, row);
	}
	if (t->sort == LAYOUT_NAME)
		order_sort(t->shown, t->spare, t->low_keys, t->n_shown);
	order_sort(t->shown, t->spare, t->keys, t->n_shown);
}

static void arrange(struct top *t)
{
	for (size_t i = 0; i < t->n_shown; i++)
		t->tree.parents[t->shown[i]] =
			live_find(&t->live, t->live.tasks[t->shown[i]].task.ppid);
	order_as_tree(&t->tree, t->shown, t->n_shown, t->live.room);
}

static void set_cursor(struct top *t, size_t position)
{
	t->cursor = t->n_shown && position >= t->n_shown ? t->n_shown - 1 : position;
	if (!t->n_shown)
		t->cursor = 0;
	t->cursor_pid = t->n_shown ? t->live.tasks[t->shown[t->cursor]].task.pid : 0;
	if (t->cursor < t->first)
		t->first = t->cursor;
	if (t->page && t->cursor >= t->first + t->page)
		t->first = t->cursor - t->page + 1;
	if (t->first && t->first + t->page > t->n_shown)
		t->first = t->n_shown > t->page ? t->n_shown - t->page : 0;
}

void view_update(struct top *t)
{
	uint32_t row;
	size_t at;

	choose(t);
	sort(t);
	if (t->is_tree)
		arrange(t);
	/* The cursor stays at its process; if that has exited, at the position. */
	row = t->cursor_pid ? live_find(&t->live, t->cursor_pid) : ORDER_NONE;
	at = t->cursor;
	for (size_t i = 0; row != ORDER_NONE && i < t->n_shown; i++) {
		if (t->shown[i] != row)
			continue;
		at = i;
		break;
	}
	set_cursor(t, at);
}

size_t view_count_tagged(const struct top *t)
{
	size_t n = 0;

	/* Mostly there are none, and it takes long to look at all processes. */
	for (size_t i = 0; t->has_tags && i < t->live.n; i++)
		n += t->live.tasks[t->live.rows[i]].is_tagged;
	return n;
}

struct live_task *view_current(const struct top *t)
{
	return t->n_shown ? &t->live.tasks[t->shown[t->cursor]] : NULL;
}

void view_go(struct top *t, size_t position)
{
	set_cursor(t, position);
}

bool view_search(struct top *t)
{
	for (size_t i = 1; i <= t->n_shown; i++) {
		size_t at = (t->cursor + i) % t->n_shown;

		if (has_text(&t->live.tasks[t->shown[at]], t->search)) {
			set_cursor(t, at);
			return true;
		}
	}
	return false;
}
