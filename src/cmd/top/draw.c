/* SPDX-License-Identifier: GPL-2.0-or-later */
/* draw: the screen: the lines above the list, the list, kills, messages; or a pane. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/top/internal.h"
#include "sys/proc/user.h"
#include "ui/format.h"
#include "ui/wrap.h"

/* Fewer have no room for the first columns. */
#define MIN_COLUMNS 20

/* At each so many refreshes the unit of a process is read again. */
#define UNIT_EACH 8

void draw_line(size_t row, enum curses_style style, const char *text)
{
	char line[DRAW_LINE_MAX];

	wrap_cut(line, sizeof(line), text, curses_columns(), false);
	curses_put(row, style, line);
}

void draw_name(const struct task *task, char name[DRAW_NAME_MAX])
{
	text_escape(name, DRAW_NAME_MAX, task->name, strlen(task->name), 0);
}

/* The columns of a text, SIZE_MAX if they must be computed: most texts are ASCII. */
static size_t plain_width(const char *text)
{
	size_t n = 0;

	for (; text[n]; n++)
		if ((unsigned char)text[n] >= 0x80)
			return SIZE_MAX;
	return n;
}

/* Appends a cell of so many columns to a line. */
static size_t add_cell(char *line, size_t at, const char *text, size_t width, bool is_right)
{
	size_t shown = plain_width(text), len, blanks;
	char cut[512];

	if (shown > width) {
		wrap_cut(cut, sizeof(cut), text, width, false);
		text = cut;
		shown = wrap_width(cut);
	}
	len = strlen(text);
	blanks = shown < width ? width - shown : 0;
	if (at + len + blanks + 2 > DRAW_LINE_MAX)
		return at;
	line[at++] = ' ';
	if (is_right)
		memset(line + at, ' ', blanks);
	memcpy(line + at + (is_right ? blanks : 0), text, len);
	if (!is_right)
		memset(line + at + len, ' ', blanks);
	at += len + blanks;
	line[at] = '\0';
	return at;
}

static void format_growth(const struct top *t, uint32_t row, char buf[FORMAT_TEXT_MAX])
{
	int64_t pages = t->live.sorted[row].growth_pages;
	int64_t bytes = pages * (int64_t)t->live.machine.totals.page_size;

	buf[0] = '\0';
	if (bytes > 0)
		*buf++ = '+';
	if (bytes)
		format_format(bytes, buf);
}

/* The text of one cell. */
static void format_cell(struct top *t, uint32_t row, enum layout_column column, size_t width,
			char *buf, size_t size)
{
	struct live_task *p = &t->live.tasks[row];
	const struct task *task = &p->task;
	int64_t page = (int64_t)t->live.machine.totals.page_size;
	char number[FORMAT_TEXT_MAX + 1], name[DRAW_NAME_MAX];
	const char *user;
	size_t indent;

	switch (column) {
	case LAYOUT_PLACE:
		if (t->live.ranks[row].place)
			snprintf(buf, size, "%u", t->live.ranks[row].place);
		else
			snprintf(buf, size, "-");
		break;
	case LAYOUT_PID:
		snprintf(buf, size, "%d", (int)task->pid);
		break;
	case LAYOUT_USER:
		user = user_cached_name(&t->user_names, task->uid);
		if (user)
			text_escape(buf, size, user, strlen(user), 0);
		else
			snprintf(buf, size, "%u", task->uid);
		break;
	case LAYOUT_NAME:
		draw_name(task, name);
		/* However deep it is, the beginning of the name is shown. */
		indent = t->is_tree ? 2U * t->tree.depths[row] : 0;
		if (indent > width / 2)
			indent = width / 2;
		snprintf(buf, size, "%*s%s", (int)indent, "", name);
		break;
	case LAYOUT_ADJ:
		snprintf(buf, size, "%d", task->adj);
		break;
	case LAYOUT_POINTS:
		if (t->live.ranks[row].place)
			snprintf(buf, size, "%s",
				 format_format(rules_points_bytes(t->live.rules, task->points,
								  &t->live.machine.totals),
					       number));
		else
			snprintf(buf, size, "-");
		break;
	case LAYOUT_RSS:
		snprintf(buf, size, "%s", format_format((int64_t)task->rss * page, number));
		break;
	case LAYOUT_SWAP:
		snprintf(buf, size, "%s", format_format((int64_t)task->swap * page, number));
		break;
	case LAYOUT_GROWTH:
		format_growth(t, row, number);
		snprintf(buf, size, "%s", number);
		break;
	default:
		/* A process seldom changes its cgroup. */
		if (!p->has_unit || (row + t->live.refresh) % UNIT_EACH == 0)
			live_read_unit(&t->live, p, NULL);
		text_escape(buf, size, p->unit, strlen(p->unit), 0);
	}
}

static void draw_heading(const struct top *t, const struct layout_columns *l, size_t row)
{
	char line[DRAW_LINE_MAX] = "  ", growth[32];
	size_t at = LAYOUT_MARKS;

	snprintf(growth, sizeof(growth), "+/%llds", (long long)((t->live.window_ms + 500) / 1000));
	for (size_t c = 0; c < LAYOUT_N; c++) {
		const char *text = layout_headings[c].heading;

		if (!l->widths[c])
			continue;
		if (c == LAYOUT_GROWTH && t->live.window_ms)
			text = growth;
		at = add_cell(line, at, text, l->widths[c], layout_headings[c].is_number);
	}
	draw_line(row, CURSES_REVERSE, line);
}

static void draw_process(struct top *t, const struct layout_columns *l, uint32_t row, size_t at_row,
			 bool is_current)
{
	const struct live_task *p = &t->live.tasks[row];
	int moved = t->live.ranks[row].moved;
	bool is_victim = t->live.victim.is_known && t->live.victim.task.pid == p->task.pid;
	const char *up = text_is_utf8() ? "\u2191" : "^", *down = text_is_utf8() ? "\u2193" : "v";
	char line[DRAW_LINE_MAX], cell[512];
	enum curses_style style;
	size_t at;

	at = (size_t)snprintf(line, sizeof(line), "%s%s", p->is_tagged ? "*" : " ",
			      moved > 0   ? up
			      : moved < 0 ? down
					  : " ");
	for (size_t c = 0; c < LAYOUT_N; c++) {
		if (!l->widths[c])
			continue;
		format_cell(t, row, (enum layout_column)c, l->widths[c], cell, sizeof(cell));
		at = add_cell(line, at, cell, l->widths[c], layout_headings[c].is_number);
	}
	style = is_current     ? CURSES_REVERSE
		: p->is_tagged ? CURSES_GOOD
		: is_victim    ? CURSES_BAD
			       : CURSES_PLAIN;
	/* It fits: the columns do. */
	if (at <= LAYOUT_MARKS || curses_columns() < MIN_COLUMNS) {
		draw_line(at_row, style, line);
		return;
	}
	curses_put(at_row, style, line);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		n++;
	return n;
}

/* Line nth of a text, without its newline. */
static void copy_line(const char *text, size_t nth, char *line, size_t size)
{
	for (; nth && *text; nth--) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	text_copy(line, size, text, strcspn(text, "\n"));
}

static const char *prompt_of(const struct top *t)
{
	switch (t->prompt_action) {
	case KEYS_SEARCH:
		return "Search name: ";
	case KEYS_FILTER:
		return "Filter by name (empty: all): ";
	case KEYS_USER:
		return "User (empty: all): ";
	case KEYS_GROUP:
		return "Cgroup or unit (empty: all): ";
	default:
		return "adj, -1000 to 1000: ";
	}
}

/* Returns its columns. */
static size_t find_prompt(const struct top *t, char *line, size_t size)
{
	size_t n_tagged = t->prompt_action == KEYS_NUMBER ? view_count_tagged(t) : 0;

	if (n_tagged)
		snprintf(line, size, "%zu tagged: adj, -1000 to 1000: ", n_tagged);
	else
		snprintf(line, size, "%s", prompt_of(t));
	return wrap_width(line);
}

/* Messages or the prompt or the keys, from row on. Sets where the cursor is. */
static void draw_bottom(const struct top *t, size_t row, size_t n, size_t *cursor_row,
			size_t *cursor_column)
{
	char line[DRAW_LINE_MAX], end[4 * TOP_TEXT_MAX];

	if (t->mode == TOP_PROMPT) {
		size_t used = find_prompt(t, line, sizeof(line)), columns = curses_columns();

		/* The end of a long text, and the cursor after it. */
		wrap_cut(end, sizeof(end), t->input, columns > used + 1 ? columns - used - 1 : 1,
			 true);
		strcat(line, end);
		draw_line(row + n - 1, CURSES_BOLD, line);
		*cursor_row = row + n - 1;
		*cursor_column = wrap_width(line);
		if (*cursor_column >= curses_columns())
			*cursor_column = curses_columns() - 1;
		return;
	}
	for (size_t i = 0; i < n && *t->message; i++) {
		copy_line(t->message, i, line, sizeof(line));
		draw_line(row + i, t->is_bad ? CURSES_BAD : CURSES_GOOD, line);
	}
	if (!*t->message) {
		keys_hint(line, sizeof(line), curses_columns());
		draw_line(row + n - 1, CURSES_PLAIN, line);
	}
}

static void draw_list(struct top *t, size_t *cursor_row, size_t *cursor_column)
{
	size_t n_kills = t->kills.n < KILLS_FOLLOW_MAX ? t->kills.n : KILLS_FOLLOW_MAX, row = 0;
	bool has_later = t->live.later.at.is_growing, has_note, has_choice;
	char note[160], choice[4 * TOP_TEXT_MAX + 160];
	struct layout_columns columns;
	struct layout_rows rows;

	has_note = head_find_note(t, note, sizeof(note));
	has_choice = head_find_choice(t, choice, sizeof(choice));
	layout_rows(curses_rows(), 3U + has_later + has_note + has_choice, n_kills,
		    count_lines(t->message), &rows);
	layout_columns(curses_columns(), t->live.memory.swap_total_bytes > 0, &columns);
	if (t->page != rows.list) {
		t->page = rows.list;
		view_go(t, t->cursor);
	}
	/* What has no room is left out from the end. */
	if (rows.head >= 2)
		head_draw_memory(t, row);
	row += rows.head >= 2 ? 2 : 0;
	if (rows.head > row)
		head_draw_victim(t, row++);
	if (rows.head > row && has_later)
		head_draw_later(t, row++);
	if (rows.head > row && has_note)
		draw_line(row++, CURSES_WARN, note);
	if (rows.head > row && has_choice)
		draw_line(row++, CURSES_BOLD, choice);
	row = rows.head;
	draw_heading(t, &columns, row++);
	for (size_t i = 0; i < rows.list; i++, row++) {
		if (t->first + i < t->n_shown)
			draw_process(t, &columns, t->shown[t->first + i], row,
				     t->first + i == t->cursor);
		else
			draw_line(row, CURSES_PLAIN, "");
	}
	for (size_t i = 0; i < rows.kills; i++, row++)
		draw_line(row, CURSES_BAD, kills_follow_text(&t->kills, i, rows.kills));
	draw_bottom(t, row, rows.message, cursor_row, cursor_column);
}

static void draw_pane(const struct top *t)
{
	char line[DRAW_LINE_MAX];
	size_t rows = curses_rows();

	snprintf(line, sizeof(line), "%s (lines %zu to %zu of %zu; q or Esc: back)", t->pane_title,
		 t->pane_first + 1,
		 t->pane_first + rows - 1 < t->pane_lines ? t->pane_first + rows - 1
							  : t->pane_lines,
		 t->pane_lines);
	draw_line(0, CURSES_REVERSE, line);
	for (size_t i = 1; i < rows; i++) {
		copy_line(t->pane, t->pane_first + i - 1, line, sizeof(line));
		draw_line(i, CURSES_PLAIN, t->pane_first + i - 1 < t->pane_lines ? line : "");
	}
}

void draw_open_pane(struct top *t, const char *title)
{
	t->mode = TOP_PANE;
	t->pane_title = title;
	t->pane_first = 0;
	t->pane_lines = 0;
	for (const char *p = t->pane; *p; p += strcspn(p, "\n"), p += *p == '\n')
		t->pane_lines++;
}

void draw_all(struct top *t)
{
	size_t cursor_row = curses_rows() - 1, cursor_column = SIZE_MAX;

	if (t->mode == TOP_PANE)
		draw_pane(t);
	else
		draw_list(t, &cursor_row, &cursor_column);
	curses_show(cursor_row, cursor_column);
}
