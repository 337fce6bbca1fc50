/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unwrap: finds lines that mail, a terminal or a shell wrapped. */
#include <ctype.h>
#include <stdio.h>

#include "oom/logline/kernel_text.h"
#include "oom/report/internal.h"

#define COMM_MAX 15 /* bytes of a process's name */

#define MAX_SAMPLE 65536 /* bytes at the beginning of a log that are looked at */
#define MIN_BREAKS 3     /* that are enough to tell who wrapped it */

void unwrap_find_width(struct report_parser *p, const char *text, size_t len)
{
	const char *end = text + (len < MAX_SAMPLE ? len : MAX_SAMPLE), *stop;
	size_t before = 0, n = 0, n_widest = 0, n_records = 0, width = 0;
	struct logline l;

	for (; text < end; text = stop + 1) {
		stop = memchr(text, '\n', (size_t)(end - text));
		stop = stop ? stop : end;
		logline_strip(text, (size_t)(stop - text), &l, &p->logline);
		n_records += l.has_prefix;
		/* Lines without a prefix are the rest of the line before. */
		if (before && l.s.len && !l.has_prefix) {
			n++;
			n_widest = before > width ? 1 : n_widest + (before == width);
			width = before > width ? before : width;
		}
		before = l.has_prefix || (before && l.s.len)
				 ? (size_t)(stop - text) - (stop > text && stop[-1] == '\r')
				 : 0;
	}
	p->is_wrapped = n >= MIN_BREAKS && n_records >= MIN_BREAKS;
	if (n == MIN_BREAKS - 1 && n_widest == n)
		p->is_wrapped = n_records > n;
	p->terminal = p->is_wrapped && n_widest * 10 >= n * 8 ? width : 0;
}

/* Whether a line of this length fills a terminal, which breaks lines inside words. */
static bool is_full(const struct report_parser *p, size_t length)
{
	static const size_t widths[] = { 80, 100, 120, 132, 160, 200 };

	if (p->is_wrapped)
		return p->terminal && length == p->terminal;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
		if (length == widths[i])
			return true;
	return p->n_widths > 0 && length == p->width;
}

bool unwrap_may_be_cut(const struct report_parser *p, const struct logline *l)
{
	/* The first word of a line may be a name. */
	return l->s.len <= COMM_MAX || is_full(p, p->length) ||
	       (p->is_wrapped && slice_starts(&l->s, "["));
}

bool unwrap_may_continue(struct report_parser *p, const struct logline *l)
{
	static const char *const begins[] = { "CPU: ",
					      "Node ",
					      "active_anon:",
					      "oom_reaper: ",
					      "Out of memory",
					      "Memory cgroup out of memory",
					      "Killed process",
					      "Kill process",
					      "oom-kill:",
					      "Out of Memory",
					      "Task in",
					      "Tasks in",
					      "Memory cgroup stats for",
					      "memory: usage",
					      "memory+swap: usage",
					      "swap: usage",
					      "kmem: usage",
					      "No available memory",
					      NULL };
	struct slice s = l->s;
	struct open_report *o = slice_starts(&s, "[") ? open_reports_find(p, l) : NULL;
	bool is_cut;

	if (o && read_table_is_row(o->r, &s, &is_cut))
		return is_cut;
	if (!s.len || slice_ends(&s, " invoked") || slice_find(&s, " invoked oom-killer") ||
	    slice_find(&s, " free:") || kernel_text_has_verb(&s, " cpuset=") ||
	    slice_starts_any(&s, begins))
		return true;
	if (*s.p != '[')
		return isupper((unsigned char)*s.p) && slice_find(&s, "kB (");
	return slice_find(&s, " pid ") && !slice_ends(&s, " name");
}

/* "free_cma:0kB", "26*512kB", "(UMEH)", "= 30176kB" */
static bool is_amount(const struct slice *s)
{
	struct slice rest;
	size_t n = 0;

	if (slice_starts(s, "(") || slice_starts(s, "= "))
		return true;
	while (n < s->len && isdigit((unsigned char)s->p[n]))
		n++;
	rest = slice_from(s, s->p + n);
	if (n && rest.len)
		return *rest.p == '*' || slice_starts(&rest, " (");
	while (n < s->len && (isalpha((unsigned char)s->p[n]) || strchr("_()-", s->p[n])))
		n++;
	return n && n + 1 < s->len && strchr(":=", s->p[n]) &&
	       (isdigit((unsigned char)s->p[n + 1]) || s->p[n + 1] == ' ');
}

/* A line that lacks its end, or has a mark of a shell or mail at its break. */
static bool is_cut(const struct slice *s)
{
	static const char *const chosen[] = { "Kill process ", "kill process ", NULL };
	size_t which;

	if (slice_find(s, " invoked oom"))
		return !slice_find(s, "adj=");
	if (slice_find(s, "Killed process "))
		return !slice_find(s, "oom_score_adj:") && !slice_ends(s, "kB") &&
		       !slice_ends(s, ")") && !slice_ends(s, ".");
	if (slice_find_any(s, chosen, &which))
		return !slice_find(s, "child") && !slice_find(s, " sharing");
	return (slice_starts(s, "oom-kill:") && !slice_find(s, ",uid=")) ||
	       (slice_starts(s, "Tasks in /") && !slice_ends(s, " set")) ||
	       (slice_find(s, "OOM victim ") && !slice_ends(s, " task")) ||
	       (slice_starts(s, "Out of memory and no") && !slice_find(s, "processes")) ||
	       (slice_starts(s, "Task in") && !slice_find(s, " limit of /")) ||
	       slice_ends(s, "Memory cgroup stats for") || slice_ends(s, ", failcnt") ||
	       slice_ends(s, "ut of memory:") || slice_ends(s, "\\") || slice_ends(s, "=");
}

/* Whether a heading was broken between two columns, not inside one. */
static bool is_whole_column(const struct slice *s)
{
	static const char names[] = " ] uid tgid total_vm rss nr_ptes nr_pmds pgtables_bytes "
				    "swapents oom_score_adj cpu oom_adj rss_anon rss_file "
				    "rss_shmem ";
	char word[24];
	size_t n = 0;

	while (n < s->len && n < sizeof(word) - 3 && s->p[s->len - 1 - n] != ' ')
		n++;
	snprintf(word, sizeof(word), " %.*s ", (int)n, s->p + s->len - n);
	return !n || strstr(names, word) != NULL;
}

/* Whether the rest of a line begins with words of the kernel. */
static bool is_key(const struct slice *s)
{
	static const char *const begins[] = { "invoked oom-killer",
					      "oom-killer:",
					      "oom-kill:",
					      "gfp_mask=",
					      "nodemask=",
					      "order=",
					      "oom_adj=",
					      "oom_score_adj=",
					      "process ",
					      "score ",
					      "or sacrifice",
					      "total-vm:",
					      "now anon-rss:",
					      "anon-rss:",
					      "file-rss:",
					      "shmem-rss:",
					      "UID:",
					      "pgtables:",
					      "oom_score_adj:",
					      "cpuset=",
					      "mems_allowed=",
					      NULL };

	return slice_starts_any(s, begins);
}

static bool is_inside_word(const struct report_parser *p, const struct slice *rest)
{
	const struct slice *held = &p->held.line.s;

	if (p->terminal)
		return true;
	/* Mail breaks behind a comma or before a key, and rows before their names. */
	return is_full(p, p->held.length) && !slice_ends(held, ",") && !is_key(rest) &&
	       (!slice_starts(held, "[") || isalpha((unsigned char)held->p[held->len - 1]));
}

/* "Task in /a killed as a result of limit of /system.sl", "ice": a line lacks the end of a path. */
static bool is_path_cut(const struct slice *held, const struct slice *rest)
{
	return slice_starts(held, "Task in /") && slice_find(held, " limit of /") &&
	       slice_count_word(rest, 0) == rest->len && !kernel_text_is_fixed(rest);
}

static bool has_blank_before(const struct slice *held, const struct slice *rest)
{
	if (is_path_cut(held, rest))
		return false;
	/* "oom_score_adj=10", "0" */
	if (slice_find(held, " invoked oom") && slice_count_digits(rest, 0) == rest->len)
		return false;
	if (slice_starts(held, "oom-kill:") || slice_ends(held, "="))
		return false;
	if (slice_starts(held, "[") && slice_find(held, " pid "))
		return is_whole_column(held) && !slice_starts(rest, "_");
	/* The names of flags have no blanks. */
	return !slice_find(held, "gfp_mask=") || !slice_find(held, "(") || slice_find(held, ")");
}

static bool is_rest(const struct report_parser *p, const struct logline *l)
{
	struct slice s = l->s, held = p->held.line.s;

	if (!s.len)
		return false;
	if (p->terminal)
		return is_full(p, p->held.length);
	if (is_key(&s) || is_cut(&held) ||
	    (slice_find(&held, " invoked oom") && slice_count_digits(&s, 0) == s.len))
		return true;
	if (is_full(p, p->held.length) && !kernel_text_is_fixed(&s))
		return true;
	if (slice_starts(&held, "CPU: "))
		return slice_find(&held, "omm: ") && !slice_find(&held, " #");
	/* The name at the end of a row may have blanks. */
	if (slice_starts(&held, "["))
		return p->held.is_known || s.len < COMM_MAX;
	return is_path_cut(&held, &s) || (held.len && is_amount(&s));
}

bool unwrap_append(struct report_parser *p, const struct logline *l)
{
	struct held_line *h = &p->held;
	bool is_inside, has_blank;
	struct slice rest;

	if (!h->is_there || l->has_prefix ||
	    h->line.s.len + h->n_blanks + p->raw.len + l->s.len + 1 >= sizeof(h->text) ||
	    !is_rest(p, l))
		return false;
	is_inside = is_inside_word(p, &l->s);
	has_blank = !is_inside && has_blank_before(&h->line.s, &l->s);
	p->n_widths = h->length == p->width ? p->n_widths + 1 : 0;
	p->width = h->length;
	h->length = p->length;
	while (!is_inside && h->line.s.len && strchr(" \\=", h->text[h->line.s.len - 1]))
		h->line.s.len--;
	for (; is_inside && h->n_blanks; h->n_blanks--)
		h->text[h->line.s.len++] = ' ';
	if (h->line.s.len && has_blank)
		h->text[h->line.s.len++] = ' ';
	/* What looks like a prefix is text; mail's marks are not. */
	rest = is_inside && p->raw.len && !strchr(">|", *p->raw.p) ? p->raw : l->s;
	memcpy(h->text + h->line.s.len, rest.p, rest.len);
	h->line.s.len += rest.len;
	return true;
}

/* Blanks at the end of a line that its text lacks. */
static size_t count_trimmed(const struct slice *line, const struct slice *text)
{
	size_t n = 0, kept = 0;

	while (n < line->len && line->p[line->len - 1 - n] == ' ')
		n++;
	while (kept < text->len && text->p[text->len - 1 - kept] == ' ')
		kept++;
	return n > kept ? n - kept : 0;
}

void unwrap_hold(struct report_parser *p, const struct logline *l, bool is_known)
{
	struct held_line *h = &p->held;

	h->line = *l;
	memcpy(h->text, l->s.p, l->s.len);
	h->line.s.p = h->text;
	h->length = p->length;
	h->n_blanks = count_trimmed(&p->raw, &l->s);
	h->is_there = true;
	h->is_known = is_known;
}
