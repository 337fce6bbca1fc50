/* SPDX-License-Identifier: GPL-2.0-or-later */
/* input: what the keys do in the list, in a prompt and in a pane. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/msg.h"
#include "base/num.h"
#include "base/text.h"
#include "cmd/top/internal.h"
#include "oom/rules/adj.h"
#include "sys/cgroup/path.h"
#include "sys/proc/user.h"

/* By which a key changes adj. */
#define STEP 100

/* Ctrl-U, as in a shell. */
#define CLEAR_KEY ('u' & 31)

/* What s changes to. */
static const enum layout_column next_sort[LAYOUT_N] = {
	[LAYOUT_PLACE] = LAYOUT_PID,   [LAYOUT_PID] = LAYOUT_USER,     [LAYOUT_USER] = LAYOUT_NAME,
	[LAYOUT_NAME] = LAYOUT_ADJ,    [LAYOUT_ADJ] = LAYOUT_RSS,      [LAYOUT_RSS] = LAYOUT_SWAP,
	[LAYOUT_SWAP] = LAYOUT_GROWTH, [LAYOUT_GROWTH] = LAYOUT_PLACE,
};

static bool add_target(const struct top *t, const struct live_task *p, struct identity *targets,
		       size_t *n, size_t *n_young)
{
	if (*n == CHANGE_TARGETS)
		return false;
	if (live_identify(&t->live, p, &targets[*n]))
		++*n;
	else
		++*n_young;
	return true;
}

/* The tagged processes, also those that are not shown, or the one at the cursor. */
static bool find_targets(struct top *t, struct identity *targets, size_t *n)
{
	const struct live_task *current = view_current(t);
	size_t n_young = 0;
	bool fits = true, has_tags = false;

	*n = 0;
	for (size_t i = 0; fits && i < t->live.n; i++) {
		const struct live_task *p = &t->live.tasks[t->live.rows[i]];

		if (!p->is_tagged)
			continue;
		has_tags = true;
		fits = add_target(t, p, targets, n, &n_young);
	}
	if (!has_tags && current)
		add_target(t, current, targets, n, &n_young);
	if (!fits)
		loop_say(t, true, "At most %d processes can be changed at once", CHANGE_TARGETS);
	else if (n_young)
		loop_say(t, true, "%s just started: try again after the next refresh",
			 n_young == 1 ? "A process has" : "Some processes have");
	else if (!*n)
		loop_say(t, true, "There is no process to change");
	return fits && !n_young && *n;
}

static void ask(struct top *t, enum change_kind kind, int value, const struct identity *targets,
		size_t n)
{
	int err = change_ask(&t->change, kind, value, targets, n);

	if (err == -EBUSY)
		loop_say(t, true, "The last change is not done yet");
	else if (err)
		loop_say(t, true, "The process that makes changes has ended: %s", strerror(-err));
	else if (n > 1)
		loop_say(t, false, "Changing %zu processes...", n);
	else if (kind != CHANGE_EXPLAIN)
		loop_say(t, false, "Changing...");
}

static void change(struct top *t, enum change_kind kind, int value)
{
	struct identity targets[CHANGE_TARGETS];
	size_t n;

	if (find_targets(t, targets, &n))
		ask(t, kind, value, targets, n);
}

static void explain(struct top *t)
{
	const struct live_task *p = view_current(t);
	size_t width = curses_columns();
	struct identity id;

	if (!p)
		return;
	live_identify(&t->live, p, &id);
	ask(t, CHANGE_EXPLAIN, width < 1000 ? (int)width : 1000, &id, 1);
}

static void show_help(struct top *t)
{
	size_t at = 0;

	t->pane[0] = '\0';
	for (const struct keys_row *r = keys_table; r->action != KEYS_NONE; r++)
		at += (size_t)snprintf(t->pane + at, sizeof(t->pane) - at, "  %-9s  %s\n", r->label,
				       r->help);
	snprintf(t->pane + at, sizeof(t->pane) - at,
		 "\nChanges are those of set, protect and unprotect, for\n"
		 "the tagged processes, or else the one at the cursor.\n"
		 "|: mark at which the kernel kills.  *: tagged.\n"
		 "Arrows: moved up or down in the kill order.\n"
		 "+/60s: growth in that time.  See " PROGRAM_NAME "(8).\n");
	draw_open_pane(t, "Keys");
}

void input_answer(struct top *t, enum change_kind kind, enum status status, const char *text)
{
	size_t at = 0, n_lines = 0;

	/* Without the program's name at the beginning of errors. */
	for (const char *p = text; *p;) {
		size_t len = strcspn(p, "\n"), skip = sizeof(PROGRAM_NAME ": ") - 1;

		if (len < skip || strncmp(p, PROGRAM_NAME ": ", skip) != 0)
			skip = 0;
		if (at + len + 2 > sizeof(t->pane))
			break;
		memcpy(t->pane + at, p + skip, len - skip);
		at += len - skip;
		t->pane[at++] = '\n';
		n_lines++;
		p += len + (p[len] == '\n');
	}
	t->pane[at] = '\0';
	/* A pane would take the keys of a prompt. */
	if (t->mode == TOP_PROMPT && kind == CHANGE_EXPLAIN && status == ST_OK) {
		loop_say(t, false, "The explanation is there: press e again");
	} else if (t->mode == TOP_PROMPT) {
		loop_say(t, status != ST_OK, "%s", at ? t->pane : "");
	} else if (kind == CHANGE_EXPLAIN && status == ST_OK) {
		t->message[0] = '\0';
		draw_open_pane(t, t->live.cgroup ? "Explanation for the whole machine"
						 : "Explanation");
	} else if (n_lines > 6) {
		t->message[0] = '\0';
		draw_open_pane(t, "Changes");
	} else {
		loop_say(t, status != ST_OK, "%s",
			 at       ? t->pane
			 : status ? "It was not changed"
				  : "Unchanged");
	}
}

static void begin_prompt(struct top *t, enum keys_action action, const char *text)
{
	t->mode = TOP_PROMPT;
	t->prompt_action = action;
	snprintf(t->input, sizeof(t->input), "%s", text);
	t->is_input_old = *text != '\0';
}

static void toggle_tag(struct top *t)
{
	struct live_task *p = view_current(t);

	if (!p)
		return;
	p->is_tagged = !p->is_tagged;
	t->has_tags = true;
	view_go(t, t->cursor + 1);
}

static void remove_tags(struct top *t)
{
	for (size_t i = 0; i < t->live.n; i++)
		t->live.tasks[t->live.rows[i]].is_tagged = false;
	t->has_tags = false;
}

static void take_list_key(struct top *t, enum keys_action action)
{
	size_t at = t->cursor, page = t->page ? t->page : 1;

	switch (action) {
	case KEYS_UP:
		view_go(t, at ? at - 1 : 0);
		break;
	case KEYS_DOWN:
		view_go(t, at + 1);
		break;
	case KEYS_PAGE_UP:
		view_go(t, at > page ? at - page : 0);
		break;
	case KEYS_PAGE_DOWN:
		view_go(t, at + page);
		break;
	case KEYS_HOME:
		view_go(t, 0);
		break;
	case KEYS_END:
		view_go(t, t->n_shown);
		break;
	case KEYS_SEARCH:
		begin_prompt(t, action, "");
		break;
	case KEYS_FILTER:
		begin_prompt(t, action, t->filter);
		break;
	case KEYS_USER:
		begin_prompt(t, action, t->has_uid ? t->user : "");
		break;
	case KEYS_GROUP:
		begin_prompt(t, action, t->has_group ? t->group : "");
		break;
	case KEYS_NUMBER:
		if (find_targets(t, t->targets, &t->n_targets))
			begin_prompt(t, action, "");
		break;
	case KEYS_SORT:
		t->sort = next_sort[t->sort];
		view_update(t);
		loop_say(t, false, "Sorted by %s", layout_headings[t->sort].name);
		break;
	case KEYS_TREE:
		t->is_tree = !t->is_tree;
		view_update(t);
		break;
	case KEYS_TAG:
		toggle_tag(t);
		break;
	case KEYS_UNTAG:
		remove_tags(t);
		break;
	case KEYS_MORE:
		change(t, CHANGE_BY, STEP);
		break;
	case KEYS_LESS:
		change(t, CHANGE_BY, -STEP);
		break;
	case KEYS_PROTECT:
		change(t, CHANGE_PROTECT, 0);
		break;
	case KEYS_UNPROTECT:
		change(t, CHANGE_UNPROTECT, 0);
		break;
	case KEYS_UNDO:
		ask(t, CHANGE_UNDO, 0, NULL, 0);
		break;
	case KEYS_EXPLAIN:
		explain(t);
		break;
	case KEYS_HELP:
		show_help(t);
		break;
	case KEYS_REDRAW:
		curses_redraw();
		break;
	case KEYS_QUIT:
		t->must_end = true;
		break;
	default:
		break;
	}
}

/* Shows what the filters leave, from the first on if the process at the cursor is not among it. */
static void filter_again(struct top *t)
{
	pid_t before = t->cursor_pid;

	view_update(t);
	if (t->cursor_pid != before)
		view_go(t, 0);
}

static void set_user(struct top *t)
{
	uid_t uid = 0;

	if (*t->input && user_find(t->input, &uid)) {
		loop_say(t, true, "There is no user %s", t->input);
		return;
	}
	t->has_uid = *t->input != '\0';
	t->uid = uid;
	memcpy(t->user, t->input, sizeof(t->user));
	filter_again(t);
}

static void set_group(struct top *t)
{
	t->has_group = *t->input != '\0';
	snprintf(t->group, sizeof(t->group), "%s", cgroup_path_strip_mount(t->input));
	/* All are compared again. */
	for (size_t i = 0; i < t->live.n; i++)
		t->live.tasks[t->live.rows[i]].has_unit = false;
	filter_again(t);
	if (t->has_group && !t->n_shown)
		loop_say(t, true, "No process is in %s", t->group);
}

static void set_number(struct top *t)
{
	int64_t adj;

	if (!*t->input)
		return;
	if (num_parse(t->input, ADJ_NEVER, ADJ_MAX, &adj))
		loop_say(t, true, "adj must be %d to %d, not '%s'", ADJ_NEVER, ADJ_MAX, t->input);
	else
		ask(t, CHANGE_SET, (int)adj, t->targets, t->n_targets);
}

static void end_prompt(struct top *t)
{
	t->mode = TOP_LIST;
	switch (t->prompt_action) {
	case KEYS_SEARCH:
		/* An empty text repeats the last search. */
		if (*t->input)
			memcpy(t->search, t->input, sizeof(t->search));
		if (*t->search && !view_search(t))
			loop_say(t, true, "No name has %s", t->search);
		break;
	case KEYS_FILTER:
		memcpy(t->filter, t->input, sizeof(t->filter));
		filter_again(t);
		if (*t->filter && !t->n_shown)
			loop_say(t, true, "No name has %s", t->filter);
		break;
	case KEYS_USER:
		set_user(t);
		break;
	case KEYS_GROUP:
		set_group(t);
		break;
	default:
		set_number(t);
	}
}

/* Removes the last character. */
static void erase(char *text)
{
	size_t len = strlen(text);

	while (len && (text[len - 1] & 0xc0) == 0x80)
		len--;
	if (len)
		len--;
	text[len] = '\0';
}

static void take_prompt_key(struct top *t, int key)
{
	bool is_character = key < CURSES_NO_CHARACTER && text_is_printable((uint32_t)key);
	char bytes[MB_LEN_MAX];
	mbstate_t state = { 0 };
	size_t n, len;

	/* Other keys keep the old text, to be edited. */
	if (key == CLEAR_KEY || (t->is_input_old && is_character))
		t->input[0] = '\0';
	t->is_input_old = false;
	len = strlen(t->input);

	if (key == CURSES_ENTER) {
		end_prompt(t);
	} else if (key == CURSES_ESCAPE) {
		t->mode = TOP_LIST;
	} else if (key == CURSES_BACKSPACE) {
		erase(t->input);
	} else if (is_character) {
		n = wcrtomb(bytes, (wchar_t)key, &state);
		if (n != (size_t)-1 && len + n < sizeof(t->input)) {
			memcpy(t->input + len, bytes, n);
			t->input[len + n] = '\0';
		}
	}
}

static void take_pane_key(struct top *t, int key)
{
	size_t page = curses_rows() > 2 ? curses_rows() - 2 : 1;
	size_t last = t->pane_lines > page ? t->pane_lines - page : 0;
	enum keys_action action = keys_find(key);

	if (action == KEYS_UP && t->pane_first)
		t->pane_first--;
	else if (action == KEYS_DOWN)
		t->pane_first++;
	else if (action == KEYS_PAGE_UP)
		t->pane_first = t->pane_first > page ? t->pane_first - page : 0;
	else if (action == KEYS_PAGE_DOWN || key == ' ')
		t->pane_first += page;
	else if (action == KEYS_HOME)
		t->pane_first = 0;
	else if (action == KEYS_END)
		t->pane_first = last;
	else if (action == KEYS_REDRAW)
		curses_redraw();
	else if (action != KEYS_UP)
		t->mode = TOP_LIST;
	if (t->pane_first > last)
		t->pane_first = last;
}

void input_take(struct top *t, int key)
{
	t->message[0] = '\0';
	if (t->mode == TOP_PROMPT)
		take_prompt_key(t, key);
	else if (t->mode == TOP_PANE)
		take_pane_key(t, key);
	else
		take_list_key(t, keys_find(key));
}
