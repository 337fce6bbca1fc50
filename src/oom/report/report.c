/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report: gathers the lines of a log into reports, told apart by host and caller. */
#include "oom/report/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_IDLE      4096 /* lines of others inside a report */
#define MAX_IDLE_DONE 256

struct report_parser *report_begin(const struct report_options *options)
{
	struct report_parser *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->options = *options;
	dmesg_json_clear(&p->member);
	return p;
}

/* Lines by which a report is recognized whose first line is missing. */
static bool begins_without_head(const struct slice *w)
{
	static const char *const begins[] = {
		"Mem-Info:",           "Tasks state (memory",  "Task in /", "memory: usage ",
		"Memory cgroup stats", "oom-kill:constraint=", "[ pid ]",   "[  pid  ]"
	};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (slice_start(w, begins[i]))
			return true;
	return false;
}

/*
 * Some records hold several lines: as themselves in JSON, as #012 in rsyslog's files, as \x0a in
 * /dev/kmsg.
 */
static const char *find_newline(const struct slice *w, size_t *len)
{
	static const char *const newlines[] = { "\n", "#012", "\\x0a" };
	const char *first = NULL;

	if (!memchr(w->p, '\n', w->len) && !memchr(w->p, '#', w->len) &&
	    !memchr(w->p, '\\', w->len))
		return NULL;
	for (size_t i = 0; i < sizeof(newlines) / sizeof(newlines[0]); i++) {
		const char *at = slice_find(w, newlines[i]);

		if (at && (!first || at < first)) {
			first = at;
			*len = strlen(newlines[i]);
		}
	}
	return first;
}

static int read_piece(struct report_parser *p, struct report *r, const struct slice *w)
{
	size_t rows = r->n_rows;
	int taken;

	if (w->len && *w->p != '[' && (report_read_head(r, w) || report_read_memory(r, w)))
		return 1;
	taken = report_read_table(r, w, p->options.keeps_text);
	p->n_rows += r->n_rows - rows;
	if (taken)
		return taken;
	return report_read_stats(r, w);
}

static int read_facts(struct report_parser *p, struct report *r, struct slice w)
{
	int taken = 0, one;
	const char *stop;
	size_t len = 0;

	while (w.len && *w.p != '[' && taken >= 0 && (stop = find_newline(&w, &len))) {
		struct slice piece = { w.p, (size_t)(stop - w.p) };

		one = read_piece(p, r, &piece);
		taken = one < 0 ? one : taken | one;
		slice_skip(&w, piece.len + len);
		while (w.len && *w.p == ' ')
			slice_skip(&w, 1);
	}
	if (taken < 0)
		return taken;
	one = read_piece(p, r, &w);
	return one < 0 ? one : taken | one;
}

static int take_line(struct report_parser *p, const struct logline *l)
{
	struct slice w = { l->text, l->len };
	struct slot *s = report_find_slot(p, l);
	struct kill_words kill;
	int taken;

	if (report_read_kill(&w, &kill))
		return report_take_kill(p, s, l, &kill);
	if (slice_find(&w, "oom-killer")) {
		struct report *r = report_make(l);
		bool is_head = r && report_read_invoked(r, &w, l->has_prefix);

		if (is_head && (s = report_add_slot(p, l))) {
			report_free(s->r);
			s->r = p->last = r;
			return 1;
		}
		free(r);
		if (!r || is_head)
			return -ENOMEM;
	}
	if ((!s || s->is_done) && begins_without_head(&w)) {
		s = report_add_slot(p, l);
		if (!s)
			return -ENOMEM;
	}
	if (!s || s->is_done)
		return 0;
	taken = read_facts(p, s->r, w);
	/* One report may fill the table; those before it wait no longer. */
	while (taken > 0 && p->n_rows > REPORT_MAX_ROWS && p->n_slots > 1)
		report_emit_first(p);
	return taken;
}

static void count_idle(struct report_parser *p)
{
	for (size_t i = 0; i < p->n_slots; i++)
		if (p->slots[i].is_open &&
		    ++p->slots[i].idle > (p->slots[i].is_done ? MAX_IDLE_DONE : MAX_IDLE))
			p->slots[i].is_open = false;
}

static int take(struct report_parser *p, const struct logline *l)
{
	int taken;
	struct slot *s;

	if (!l->len)
		return 0;
	taken = take_line(p, l);
	s = report_find_slot(p, l);
	if (taken > 0 && s) {
		p->last = s->r;
		s->idle = 0;
	}
	count_idle(p);
	return taken < 0 ? taken : 0;
}

static int take_held(struct report_parser *p)
{
	if (!p->held.is_there)
		return 0;
	p->held.is_there = false;
	return take(p, &p->held.line);
}

int report_feed(struct report_parser *p, const char *line, size_t len)
{
	struct held *h = &p->held;
	struct logline l;
	int err;

	switch (dmesg_json_read_line(&p->member, line, len, &l, p->scratch)) {
	case DMESG_JSON_PART:
		return 0;
	case DMESG_JSON_NONE:
		logline_strip(line, len, &l, p->scratch);
		break;
	case DMESG_JSON_LINE:
		break;
	}
	if (l.is_foreign)
		return 0;
	if (h->is_there && !l.has_prefix && h->line.len + l.len + 1 < sizeof(h->text) &&
	    report_continues(p, &l)) {
		while (h->line.len && h->text[h->line.len - 1] == ' ')
			h->line.len--;
		if (h->line.len)
			h->text[h->line.len++] = ' ';
		memcpy(h->text + h->line.len, l.text, l.len);
		h->line.len += l.len;
		return 0;
	}
	err = take_held(p);
	if (!l.has_prefix || l.len >= sizeof(h->text) || !report_may_be_wrapped(p, &l)) {
		int own = take(p, &l);

		return own ? own : err;
	}
	h->line = l;
	memcpy(h->text, l.text, l.len);
	h->line.text = h->text;
	h->is_there = true;
	return err;
}

enum report_wants report_wants(const struct report_parser *p)
{
	enum report_wants wants = p->held.is_there ? REPORT_WANTS_ALL : REPORT_WANTS_ENTRIES;

	for (size_t i = 0; i < p->n_slots; i++) {
		if (!p->slots[i].is_open)
			continue;
		if (!p->slots[i].is_done)
			return REPORT_WANTS_ALL;
		if (wants == REPORT_WANTS_ENTRIES)
			wants = REPORT_WANTS_NOTES;
	}
	return wants;
}

void report_skip(struct report_parser *p)
{
	count_idle(p);
}

bool report_is_note(const char *line, size_t len)
{
	return memmem(line, len, "oom_reaper", 10) || memmem(line, len, "Kernel panic", 12);
}

bool report_is_entry(const char *line, size_t len)
{
	static const char *const words[] = { "oom-killer",
					     "oom-kill:",
					     "ill process ",
					     "Killed process ",
					     "no killable processes",
					     "memory.oom.group",
					     "panic_on_oom" };
	struct slice w = { line, len };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_find(&w, words[i]))
			return true;
	return false;
}

void report_flush(struct report_parser *p)
{
	take_held(p);
	while (p->n_slots)
		report_emit_first(p);
}

void report_end(struct report_parser *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n_slots; i++)
		report_free(p->slots[i].r);
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
