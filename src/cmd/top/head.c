/* SPDX-License-Identifier: GPL-2.0-or-later */
/* head: the lines above the list: memory, the victim, when memory is full, what is shown. */
#include <string.h>

#include "base/text.h"
#include "cmd/predict/text.h"
#include "cmd/top/internal.h"
#include "ui/format.h"
#include "ui/wrap.h"

/* Of a name in a line that does not fit; the kernel keeps 15 bytes. With a note after it. */
#define NAME_COLUMNS  15
#define NOTED_COLUMNS 8

static void put_bar(size_t row, const char *name, uint64_t used, uint64_t mark, uint64_t total,
		    const char *text)
{
	size_t width = curses_columns(), cells = width / 3, len = wrap_width(text) + 8;
	char line[DRAW_LINE_MAX], bar[4 * 128];

	if (cells > 100)
		cells = 100;
	if (cells + len > width)
		cells = width > len + 8 ? width - len : 8;
	layout_bar(bar, sizeof(bar), used, mark, total, cells, text_is_utf8());
	snprintf(line, sizeof(line), "%-4s [%s] %s", name, bar, text);
	draw_line(row, used >= mark ? CURSES_BAD : CURSES_PLAIN, line);
}

static void format_percent(char buf[16], int hundredths)
{
	if (hundredths < 0)
		snprintf(buf, 16, "-");
	else
		snprintf(buf, 16, "%d.%02d%%", hundredths / 100, hundredths % 100);
}

void head_draw_memory(const struct top *t, size_t row)
{
	const struct memory *m = &t->live.memory;
	char used[FORMAT_TEXT_MAX], total[FORMAT_TEXT_MAX], mark[FORMAT_TEXT_MAX], text[256];
	char some[16], full[16], pressure[64] = "";

	snprintf(text, sizeof(text), "%s of %s, kills from %s",
		 format_format((int64_t)m->used_bytes, used),
		 format_format((int64_t)m->total_bytes, total),
		 format_format((int64_t)m->mark_bytes, mark));
	put_bar(row, "Mem", m->used_bytes, m->mark_bytes, m->total_bytes, text);
	format_percent(some, m->some_percent_hundredths);
	format_percent(full, m->full_percent_hundredths);
	if (m->some_percent_hundredths >= 0)
		snprintf(pressure, sizeof(pressure), "PSI some %s, full %s", some, full);
	if (!m->swap_total_bytes) {
		snprintf(text, sizeof(text), "No swap. %s", pressure);
		draw_line(row + 1, CURSES_PLAIN, text);
		return;
	}
	snprintf(text, sizeof(text), "%s of %s. %s",
		 format_format((int64_t)m->swap_used_bytes, used),
		 format_format((int64_t)m->swap_total_bytes, total), pressure);
	put_bar(row + 1, "Swap", m->swap_used_bytes, m->swap_total_bytes, m->swap_total_bytes,
		text);
}

/*
 * "Victim: PID (NAME)..., certain" or "close: ...". Anyone can choose a name that is long when it
 * is escaped: names are cut before the rest of the line is.
 */
static void say_victim(const struct top *t, char *line, size_t size, size_t columns)
{
	const struct live_victim *v = &t->live.victim;
	char name[DRAW_NAME_MAX], rival[DRAW_NAME_MAX], cut[DRAW_NAME_MAX], more[64] = "";
	char gap[FORMAT_TEXT_MAX];
	size_t at;

	draw_name(&v->task, name);
	wrap_cut(cut, sizeof(cut), name, columns, false);
	if (v->n_killed > 1)
		snprintf(more, sizeof(more), " and %zu %s", v->n_killed - 1,
			 t->live.cgroup ? "more" : "sharing its memory");
	at = (size_t)snprintf(line, size, "Victim: %d (%s)%s, ", (int)v->task.pid, cut, more);
	if (v->doubt == DOUBT_NONE) {
		snprintf(line + at, size - at, "certain");
	} else if (v->has_rival && v->doubt <= DOUBT_ORDER) {
		draw_name(&v->rival, rival);
		wrap_cut(cut, sizeof(cut), rival, columns, false);
		format_format(rules_points_bytes(t->live.rules, v->task.points - v->rival.points,
						 &t->live.machine.totals),
			      gap);
		snprintf(line + at, size - at, "close: %d (%s) is %s behind, %s", (int)v->rival.pid,
			 cut, gap, predict_text_reason(v->doubt));
	} else {
		snprintf(line + at, size - at, "close: %s", predict_text_reason(v->doubt));
	}
}

void head_draw_victim(const struct top *t, size_t row)
{
	const struct live_victim *v = &t->live.victim;
	const char *effect;
	char line[1536];

	predict_text_decided_by(&t->live.machine, t->live.cgroup ? &t->live.top.memcg : NULL,
				&effect);
	if (effect) {
		draw_line(row, CURSES_WARN, effect);
		return;
	}
	if (!v->is_known) {
		draw_line(row, CURSES_WARN, "Victim: none, no visible process is killable");
		return;
	}
	say_victim(t, line, sizeof(line), DRAW_NAME_MAX);
	if (wrap_width(line) > curses_columns())
		say_victim(t, line, sizeof(line), v->n_killed > 1 ? NOTED_COLUMNS : NAME_COLUMNS);
	draw_line(row, v->doubt == DOUBT_NONE ? CURSES_BOLD : CURSES_WARN, line);
}

void head_draw_later(const struct top *t, size_t row)
{
	const struct live_later *later = &t->live.later;
	char line[512], at[LAYOUT_TIME_MAX], min[LAYOUT_TIME_MAX], max[LAYOUT_TIME_MAX];
	char victim[4 * TASK_NAME_MAX + 64] = "";
	size_t len;

	layout_time(at, later->at.seconds);
	layout_time(min, later->at.min_s);
	layout_time(max, later->at.max_s);
	if (later->has_victim) {
		snprintf(victim, sizeof(victim), ": kills %d (", (int)later->pid);
		len = strlen(victim);
		text_escape(victim + len, sizeof(victim) - len - 16, later->name,
			    strlen(later->name), 0);
		strcat(victim, later->is_sure ? ")" : ")?");
	}
	snprintf(line, sizeof(line), "Full in %s (%s to %s)%s", at, min, max, victim);
	draw_line(row, CURSES_BAD, line);
}

bool head_find_choice(const struct top *t, char *line, size_t size)
{
	char name[TOP_TEXT_MAX + 16] = "", user[TOP_TEXT_MAX + 16] = "",
				 group[TOP_TEXT_MAX + 16] = "", by[32] = "", tags[48] = "";
	size_t n_tagged = view_count_tagged(t);

	if (*t->filter)
		snprintf(name, sizeof(name), ", name has %s", t->filter);
	if (t->has_uid)
		snprintf(user, sizeof(user), ", user %s", t->user);
	if (t->has_group)
		snprintf(group, sizeof(group), ", in %s", t->group);
	if (t->sort != LAYOUT_PLACE)
		snprintf(by, sizeof(by), ", by %s", layout_headings[t->sort].name);
	if (n_tagged)
		snprintf(tags, sizeof(tags), ", %zu tagged", n_tagged);
	if (!*name && !*user && !*group && !*by && !*tags && !t->is_tree)
		return false;
	snprintf(line, size, "Shown: %zu of %zu%s%s%s%s%s%s", t->n_shown, t->live.n, tags, name,
		 user, group, by, t->is_tree ? ", as a tree" : "");
	return true;
}

bool head_find_note(const struct top *t, char *line, size_t size)
{
	const struct live *l = &t->live;

	if (t->error)
		snprintf(line, size, "Not refreshed: %s", strerror(-t->error));
	else if (l->n_missing)
		snprintf(line, size, "The table is full: %zu more %s not shown", l->n_missing,
			 l->n_missing == 1 ? "process is" : "processes are");
	else if (l->n_unseen)
		snprintf(line, size, "%zu more %s not visible here", l->n_unseen,
			 l->n_unseen == 1 ? "process is" : "processes are");
	else
		return false;
	return true;
}
