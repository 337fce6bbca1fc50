/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report: collects the lines of a log into reports, which are distinguished by host and caller. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "oom/logline/kernel_text.h"
#include "oom/report/internal.h"

#define MAX_IDLE      4096 /* lines between two lines of one report */
#define MAX_IDLE_DONE 256
#define MAX_REVERSED  4194304 /* bytes of a report in a log with the newest line first */
#define MIN_INDENT    16 /* journalctl has no shorter prefix, and few texts are indented more */

struct report_parser *report_begin(const struct report_options *options)
{
	struct report_parser *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->options = *options;
	p->candidate_pid = p->other.pid = REPORT_ABSENT;
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
 * in /dev/kmsg. In any other record such text is part of a name, also of a long cgroup name.
 */
static int read_facts(struct report_parser *p, struct report *r, struct slice s)
{
	static const char *const newlines[] = { "\n", "#012", "\\x0a", NULL };
	int used = 0, one;
	const char *stop;
	size_t which;

	/* A row has none. */
	while (!slice_starts(&s, "[") && (stop = slice_find_any(&s, newlines, &which))) {
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
	/* A report without its first line begins with one of these. */
	static const char *const begins[] = { "Mem-Info:",
					      "Tasks state (memory",
					      "Task in /",
					      "memory: usage ",
					      "memory+swap",
					      "Memory cgroup stats",
					      "oom-kill:constraint=",
					      "[ pid ]",
					      "[  pid  ]",
					      "active_anon:",
					      "Node 0 ",
					      "lowmem_reserve[]:",
					      "Free swap",
					      "Total swap = ",
					      NULL };
	struct slice s = l->s;
	struct open_report *o = open_reports_find(p, l);
	struct kill_line kill;
	int used;

	if (open_reports_is_reversed(p, o, l)) {
		p->is_reversed = true;
		open_reports_drop(p, o);
		return open_reports_keep_line(p, l, false) ? -ENOMEM : 1;
	}
	if (read_kill_line(&s, &kill))
		return assign_kill_line(p, o, l, &kill);
	if (slice_find(&s, " invoked oom") || slice_starts(&s, "oom-killer: ")) {
		struct report *r = open_reports_new(l);
		bool is_request = r && read_header_request(r, &s, l->has_prefix,
							   l->time.uptime_usec != REPORT_ABSENT);

		if (is_request && (o = open_reports_add(p, l))) {
			report_free(o->r);
			o->r = p->last = r;
			return 1;
		}
		free(r);
		if (!r || is_request)
			return -ENOMEM;
	}
	if ((!o || o->is_done) && (slice_starts_any(&s, begins) || read_table_is_bare(&s))) {
		o = open_reports_add(p, l);
		if (!o)
			return -ENOMEM;
	}
	if (!o || o->is_done)
		return 0;
	used = read_facts(p, o->r, s);
	/* One report can fill the table; earlier ones stop waiting. */
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

static int add_line(struct report_parser *p, const struct logline *l);

/* Reads the kept lines again, the last one first. */
static int replay(struct report_parser *p)
{
	struct kept_line *lines = p->lines;
	char *texts = p->texts;
	size_t n = p->n_lines;
	int err = 0;

	p->is_reversed = false;
	p->is_replaying = true;
	p->lines = NULL;
	p->texts = NULL;
	p->n_lines = p->lines_room = p->n_texts = p->texts_room = 0;
	for (; n-- > 0 && !err;) {
		lines[n].line.s.p = texts + lines[n].at;
		err = add_line(p, &lines[n].line);
	}
	p->is_replaying = false;
	free(lines);
	free(texts);
	return err;
}

static int add_line(struct report_parser *p, const struct logline *l)
{
	int used;
	struct open_report *o;
	const char *glued;

	if (!l->s.len)
		return 0;
	if (p->is_reversed && slice_find(&l->s, "Killed process ") && (used = replay(p)))
		return used;
	if (p->is_reversed) {
		bool is_last = slice_find(&l->s, " invoked oom") || p->n_texts > MAX_REVERSED;

		used = open_reports_keep_line(p, l, false);
		return used || !is_last ? used : replay(p);
	}
	/* Two records in one line. */
	glued = memchr("OM", *l->s.p, 2) ? slice_find(&l->s, " sacrifice child Killed process ")
					 : NULL;
	if (glued) {
		struct logline first = *l, second = *l;

		first.s.len = (size_t)(glued - l->s.p) + strlen(" sacrifice child");
		slice_skip(&second.s, first.s.len + 1);
		used = add_line(p, &first);
		return used ? used : add_line(p, &second);
	}
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

/* Whether two programs wrote the same line of the kernel to the log, one behind the other. */
static bool is_repeated(struct report_parser *p, const struct logline *l)
{
	struct previous_line *last = &p->previous;
	bool is_same = l->has_prefix && l->s.len && l->s.len == last->len &&
		       l->time.uptime_usec == last->uptime_usec &&
		       memcmp(l->s.p, last->text, last->len) == 0 &&
		       strcmp(l->host, last->host) == 0;

	last->len = l->s.len <= sizeof(last->text) ? l->s.len : 0;
	memcpy(last->text, l->s.p, last->len);
	memcpy(last->host, l->host, sizeof(last->host));
	last->uptime_usec = l->time.uptime_usec;
	return is_same;
}

/* Adds a line, or holds it until it is known whether it was wrapped. */
static int hold_or_add(struct report_parser *p, const struct logline *l)
{
	bool is_known;
	int err, own;

	if (is_repeated(p, l) || unwrap_append(p, l))
		return 0;
	err = add_held(p);
	is_known = unwrap_may_continue(p, l);
	if (!l->has_prefix || l->s.len >= sizeof(p->held.text) ||
	    (!is_known && !unwrap_may_be_cut(p, l))) {
		own = add_line(p, l);
		return own ? own : err;
	}
	unwrap_hold(p, l, is_known);
	return err;
}

/* "[123B blob data]": journalctl does not show messages with unprintable bytes. */
static bool is_hidden(const struct logline *l)
{
	static const char end[] = "B blob data]";
	struct slice s = l->s;
	int64_t size;

	return slice_skip_text(&s, "[") && slice_read_number(&s, &size) &&
	       s.len == sizeof(end) - 1 && slice_starts(&s, end);
}

size_t report_hidden(const struct report_parser *p)
{
	return p->n_hidden;
}

/*
 * Further lines of a message have its author. journalctl indents them by the length of the prefix.
 * A line of the kernel has "kernel:" before it, or is used for a report.
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
	/*
	 * If other lines of the host name programs, a message without a program is not the
	 * kernel's.
	 */
	if (l->has_tag)
		memcpy(p->tagged, l->host, sizeof(p->tagged));
	/* The kernel's line before it is complete, and its report comes first. */
	err = l->is_foreign ? add_held(p) : 0;
	if (!err && (l->is_foreign || !l->has_tag || slice_starts(&l->s, "lowmem") ||
		     slice_starts(&l->s, "send sigkill ")))
		err = killer_take(p, l);
	if (err)
		return err < 0 ? err : 0;
	if (l->is_foreign || (l->is_untagged && strcmp(p->tagged, l->host) == 0))
		return 0;
	if (l->has_tag && is_hidden(l)) {
		p->n_hidden++;
		return 0;
	}
	p->is_used = false;
	err = hold_or_add(p, l);
	p->is_used |= p->held.is_there && p->held.is_known;
	p->n_used += p->is_used;
	if (l->has_prefix && p->is_used)
		p->is_of_other = false;
	return err;
}

/* dmesg -H prints a time once per minute, and otherwise how much later a line is. */
static void set_clock(struct report_parser *p, struct logline *l)
{
	if (l->is_minute) {
		p->minute = l->time;
		p->since_usec = 0;
	} else if (l->delta_usec != TIMESTAMP_ABSENT && p->minute.has_date) {
		p->since_usec += l->delta_usec;
		if (p->since_usec >= 60000000)
			p->minute.has_date = false;
		else
			timestamp_add_seconds(&p->minute, (int)(p->since_usec / 1000000), &l->time);
	}
}

int report_feed(struct report_parser *p, const char *line, size_t len)
{
	struct logline l;
	int err = 0;

	p->raw.len = 0;
	/* In the values that the export format counts, it is data. */
	if (!p->entry.is_binary && len && line[len - 1] == '\r')
		len--;
	if (entry_end(&p->entry, line, len, &l))
		err = add_or_drop(p, &l, 0);
	if (err)
		return err;
	if (entry_take(&p->entry, line, len))
		return p->entry.is_done && entry_end(&p->entry, NULL, 0, &l) ? add_or_drop(p, &l, 0)
									     : 0;
	p->raw = (struct slice){ line, len };
	p->length = len;
	logline_strip(line, len, &l, &p->logline);
	set_clock(p, &l);
	return add_or_drop(p, &l, slice_count_blanks(&(struct slice){ line, len }, 0));
}

void report_feed_rest(struct report_parser *p, size_t n)
{
	entry_skip(&p->entry, n);
}

void report_begin_file(struct report_parser *p, const char *text, size_t len)
{
	p->n_files++;
	p->previous.len = p->width = p->n_widths = 0;
	p->candidate_pid = REPORT_ABSENT;
	p->candidate[0] = '\0';
	entry_begin_file(&p->entry, text, len);
	unwrap_find_width(p, text, len);
}

bool report_wants_lines(const struct report_parser *p)
{
	bool wants = p->is_reversed || p->held.is_there || p->entry.file != ENTRY_NONE ||
		     p->entry.form != ENTRY_NONE;

	for (size_t i = 0; i < p->n_open; i++)
		wants |= p->open[i].is_open && !p->open[i].is_done;
	return wants;
}

void report_skip(struct report_parser *p)
{
	/* A deeply indented line after it can belong to an entry that was skipped. */
	p->indent = 0;
	p->is_of_other = true;
	p->is_foreign = p->minute.has_date = false;
	for (size_t i = 0; i < p->n_open; i++)
		p->open[i].is_open &= !p->open[i].is_done;
}

bool report_is_entry(const char *line, size_t len)
{
	static const char *const texts[] = { " invoked oom",
					     "oom-killer: ",
					     "oom-kill:",
					     "ill process ",
					     "illed process ",
					     "invoked\xc2\xa0oom",
					     "ill\xc2\xa0process",
					     "illed\xc2\xa0process",
					     "_adj name",
					     "no killable processes",
					     "memory.oom.group",
					     "oom_reaper: ",
					     "Kernel panic - ",
					     "B blob data]",
					     " SIGTERM to ",
					     " SIGKILL to ",
					     "send sigkill to ",
					     "Killed /",
					     "Marked /",
					     "Kill '",
					     "Killing '",
					     "OOMKilled",
					     "System OOM encountered",
					     "TaskOOM event ",
					     "/tasks/oom {",
					     "container oom ",
					     "\"oom\"",
					     NULL };
	struct slice s = { line, len };

	for (size_t i = 0; texts[i]; i++)
		if (slice_find(&s, texts[i]))
			return true;
	/* From its first entry on, a log in this form is read whole. */
	return slice_starts(&s, "__CURSOR=");
}

bool report_is_first(const char *line, size_t len)
{
	struct slice s = { line, len };
	const char *tag = slice_find(&s, " kernel: "),
		   *verb = slice_find(&s, " invoked oom-killer");

	/*
	 * Indented lines and fields belong to an entry; a time with "+" is relative to the previous
	 * line.
	 */
	return verb && *line != ' ' && !entry_is_field(line, len) &&
	       (tag || slice_starts(&s, "[")) && !slice_find(&s, "[  +") && !slice_find(&s, "[ +");
}

void report_flush(struct report_parser *p)
{
	struct logline l;

	if (entry_end(&p->entry, NULL, 0, &l))
		add_or_drop(p, &l, 0);
	p->entry.file = ENTRY_NONE;
	p->entry.is_binary = p->is_of_other = p->is_foreign = false;
	p->minute.has_date = false;
	p->tagged[0] = '\0';
	add_held(p);
	if (p->is_reversed)
		replay(p);
	while (p->n_open)
		open_reports_emit_first(p);
}

void report_end(struct report_parser *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n_open; i++)
		report_free(p->open[i].r);
	free(p->lines);
	free(p->texts);
	free(p);
}

const struct report_kill *report_victim(const struct report *r)
{
	for (size_t i = 0; i < r->n_kills; i++)
		if (r->kills[i].role == REPORT_VICTIM)
			return &r->kills[i];
	return NULL;
}

const char *report_result(const struct report *r, const struct report_kill *k)
{
	if (k && k->role == REPORT_GROUP)
		return "group";
	if (k && k->role == REPORT_SHARER)
		return "shared";
	if (k)
		return k->is_killed ? "killed" : "chosen";
	if (*r->panic)
		return "panic";
	return r->has_no_victim ? "none" : NULL;
}

int64_t report_resident_kib(const struct report_kill *k)
{
	if (k->anon_kib == REPORT_ABSENT)
		return k->rss_kib;
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
