/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report: gathers the lines of a log into reports, which host and caller distinguish. */
#include "oom/report/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_IDLE      4096 /* lines between two lines of one report */
#define MAX_IDLE_DONE 256
#define MIN_INDENT    16 /* no prefix of journalctl is shorter, and few texts are indented more */

struct report_parser *report_begin(const struct report_options *options)
{
	struct report_parser *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->options = *options;
	dmesg_json_clear(&p->member);
	return p;
}

static int read_single(struct report_parser *p, struct report *r, const struct slice *s)
{
	size_t rows = r->n_rows;
	int used;

	if (s->len && *s->p != '[' && (read_header_line(r, s) || read_memory_line(r, s)))
		return 1;
	used = read_table_line(r, s, p->options.keeps_text);
	p->n_rows += r->n_rows - rows;
	return used ? used : read_memory_stats(r, s);
}

/*
 * Mem-Info and memory.stat are records of several lines; newlines are #012 in rsyslog's files, \x0a
 * in /dev/kmsg. In any other record such a text is part of a name, even of a long one of a cgroup.
 */
static int read_facts(struct report_parser *p, struct report *r, struct slice s)
{
	static const char *const newlines[] = { "\n", "#012", "\\x0a", NULL };
	int used = 0, one;
	const char *stop;
	size_t which;

	while ((stop = slice_find_any(&s, newlines, &which))) {
		struct slice single = { s.p, (size_t)(stop - s.p) };

		if (!read_memory_is_numbers(&single))
			break;
		one = read_single(p, r, &single);
		if (one < 0)
			return one;
		used |= one;
		slice_skip(&s, single.len + strlen(newlines[which]));
		while (slice_skip_text(&s, " "))
			;
	}
	one = read_single(p, r, &s);
	return one < 0 ? one : used | one;
}

/* 1: the line was used, 0: not, or -ENOMEM. */
static int read_line(struct report_parser *p, const struct logline *l)
{
	/* A report whose first line is missing begins with one of these. */
	static const char *const begins[] = {
		"Mem-Info:",      "Tasks state (memory", "Task in /",
		"memory: usage ", "Memory cgroup stats", "oom-kill:constraint=",
		"[ pid ]",        "[  pid  ]",           NULL
	};
	struct slice s = { l->text, l->len };
	struct open_report *o = open_reports_find(p, l);
	struct kill_line kill;
	int used;

	if (read_kill_line(&s, &kill))
		return assign_kill_line(p, o, l, &kill);
	if (slice_find(&s, "oom-killer")) {
		struct report *r = open_reports_new(l);
		bool is_request = r && read_header_request(r, &s, l->has_prefix);

		if (is_request && (o = open_reports_add(p, l))) {
			report_free(o->r);
			o->r = p->last = r;
			return 1;
		}
		free(r);
		if (!r || is_request)
			return -ENOMEM;
	}
	if ((!o || o->is_done) && slice_starts_any(&s, begins)) {
		o = open_reports_add(p, l);
		if (!o)
			return -ENOMEM;
	}
	if (!o || o->is_done)
		return 0;
	used = read_facts(p, o->r, s);
	/* One report may fill the table; those before it wait no longer. */
	while (used > 0 && p->n_rows > REPORT_MAX_ROWS && p->n_open > 1)
		open_reports_emit_first(p);
	return used;
}

static void count_idle(struct report_parser *p)
{
	for (size_t i = 0; i < p->n_open; i++)
		if (p->open[i].is_open &&
		    ++p->open[i].idle > (p->open[i].is_done ? MAX_IDLE_DONE : MAX_IDLE))
			p->open[i].is_open = false;
}

static int add_line(struct report_parser *p, const struct logline *l)
{
	int used;
	struct open_report *o;

	if (!l->len)
		return 0;
	used = read_line(p, l);
	p->is_used |= used > 0;
	o = open_reports_find(p, l);
	if (used > 0 && o) {
		p->last = o->r;
		o->idle = 0;
	}
	count_idle(p);
	return used < 0 ? used : 0;
}

static int add_held(struct report_parser *p)
{
	if (!p->held.is_there)
		return 0;
	p->held.is_there = false;
	return add_line(p, &p->held.line);
}

/* Appends the rest of a wrapped line to the line that is held. */
static bool append_rest(struct report_parser *p, const struct logline *l)
{
	struct held_line *h = &p->held;

	if (!h->is_there || l->has_prefix || h->line.len + l->len + 1 >= sizeof(h->text) ||
	    !unwrap_is_rest(p, l))
		return false;
	while (h->line.len && h->text[h->line.len - 1] == ' ')
		h->line.len--;
	if (h->line.len)
		h->text[h->line.len++] = ' ';
	memcpy(h->text + h->line.len, l->text, l->len);
	h->line.len += l->len;
	return true;
}

/* Adds a line, or holds it until it is known whether it was wrapped. */
static int hold_or_add(struct report_parser *p, const struct logline *l)
{
	struct held_line *h = &p->held;
	int err, own;

	if (append_rest(p, l))
		return 0;
	err = add_held(p);
	if (!l->has_prefix || l->len >= sizeof(h->text) || !unwrap_may_continue(p, l)) {
		own = add_line(p, l);
		return own ? own : err;
	}
	h->line = *l;
	memcpy(h->text, l->text, l->len);
	h->line.text = h->text;
	h->is_there = true;
	return err;
}

/* "[123B blob data]": journalctl does not show a message with odd bytes. */
static bool is_hidden(const struct logline *l)
{
	static const char end[] = "B blob data]";
	struct slice s = { l->text, l->len };
	int64_t size;

	return slice_skip_text(&s, "[") && slice_read_number(&s, &size) &&
	       s.len == sizeof(end) - 1 && slice_starts(&s, end);
}

size_t report_hidden(const struct report_parser *p)
{
	return p->n_hidden;
}

/*
 * The further lines of a message are its author's. journalctl indents them by the length of the
 * prefix. A line of the kernel has "kernel:" before it, or is used for a report.
 */
static int add_or_drop(struct report_parser *p, const struct logline *l, size_t indent)
{
	bool is_deep = indent >= MIN_INDENT && indent > p->indent;
	int err;

	if ((is_deep && p->is_of_other) || (!l->has_prefix && p->is_foreign))
		return 0;
	if (l->has_prefix && !is_deep) {
		p->indent = indent;
		p->is_foreign = l->is_foreign;
		p->is_of_other = l->is_foreign || !l->has_tag;
	}
	if (l->is_foreign)
		return 0;
	if (l->has_tag && is_hidden(l)) {
		p->n_hidden++;
		return 0;
	}
	p->is_used = false;
	err = hold_or_add(p, l);
	if (l->has_prefix && (p->is_used || p->held.is_there))
		p->is_of_other = false;
	return err;
}

int report_feed(struct report_parser *p, const char *line, size_t len)
{
	struct logline l;
	size_t indent = 0;
	int err = 0;

	if (journal_entry_end(&p->entry, line, len, &l))
		err = add_or_drop(p, &l, 0);
	if (err || journal_entry_take(&p->entry, line, len))
		return err;
	switch (dmesg_json_read_line(&p->member, line, len, &l, p->scratch)) {
	case DMESG_JSON_PART:
		return 0;
	case DMESG_JSON_NONE:
		logline_strip(line, len, &l, p->scratch);
		while (indent < len && line[indent] == ' ')
			indent++;
		break;
	case DMESG_JSON_LINE:
		break;
	}
	return add_or_drop(p, &l, indent);
}

void report_feed_rest(struct report_parser *p, size_t n)
{
	journal_entry_skip(&p->entry, n);
}

void report_begin_file(struct report_parser *p, const char *text, size_t len)
{
	p->entry.is_export = journal_entry_is_export(text, len);
}

enum report_wants report_wants(const struct report_parser *p)
{
	bool is_inside = p->held.is_there || p->entry.is_export || p->entry.form != JOURNAL_NONE;
	enum report_wants wants = is_inside ? REPORT_WANTS_ALL : REPORT_WANTS_ENTRIES;

	for (size_t i = 0; i < p->n_open; i++) {
		if (!p->open[i].is_open)
			continue;
		if (!p->open[i].is_done)
			return REPORT_WANTS_ALL;
		if (wants == REPORT_WANTS_ENTRIES)
			wants = REPORT_WANTS_NOTES;
	}
	return wants;
}

void report_skip(struct report_parser *p)
{
	/* A deep line after it may be of an entry that was not seen. */
	p->indent = 0;
	p->is_of_other = true;
	p->is_foreign = false;
	count_idle(p);
}

bool report_is_note(const char *line, size_t len)
{
	return memmem(line, len, "oom_reaper", 10) || memmem(line, len, "Kernel panic", 12);
}

bool report_is_entry(const char *line, size_t len)
{
	static const char *const texts[] = { "oom-killer",
					     "oom-kill:",
					     "ill process ",
					     "Killed process ",
					     "no killable processes",
					     "memory.oom.group",
					     "panic_on_oom",
					     "B blob data]",
					     NULL };
	struct slice s = { line, len };

	for (size_t i = 0; texts[i]; i++)
		if (slice_find(&s, texts[i]))
			return true;
	return false;
}

void report_flush(struct report_parser *p)
{
	struct logline l;

	if (journal_entry_end(&p->entry, NULL, 0, &l))
		add_or_drop(p, &l, 0);
	p->entry.is_export = p->entry.is_binary = p->is_of_other = p->is_foreign = false;
	add_held(p);
	while (p->n_open)
		open_reports_emit_first(p);
}

void report_end(struct report_parser *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n_open; i++)
		report_free(p->open[i].r);
	free(p);
}

const struct report_kill *report_victim(const struct report *r)
{
	for (size_t i = 0; i < r->n_kills; i++)
		if (r->kills[i].role == REPORT_VICTIM)
			return &r->kills[i];
	return NULL;
}

int64_t report_resident_kib(const struct report_kill *k)
{
	if (k->anon_kib == REPORT_ABSENT || k->file_kib == REPORT_ABSENT)
		return REPORT_ABSENT;
	return report_add(report_add(k->anon_kib, k->file_kib), k->shmem_kib);
}

int64_t report_add(int64_t a, int64_t b)
{
	if (a == REPORT_ABSENT || b == REPORT_ABSENT)
		return a == REPORT_ABSENT ? b : a;
	a += b;
	return a > REPORT_MAX ? REPORT_MAX : a < -REPORT_MAX ? -REPORT_MAX : a;
}

int64_t report_find_count(const struct report_count *counts, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(counts[i].name, name) == 0)
			return counts[i].value;
	return REPORT_ABSENT;
}
