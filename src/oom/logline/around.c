/* SPDX-License-Identifier: GPL-2.0-or-later */
/* around: what documents, exports and collectors put around a line of a log. */
#include "oom/logline/around.h"

#include <ctype.h>

#include "base/text.h"
#include "oom/logline/kernel_text.h"

#define MAX_TAG  64 /* bytes of a tag of HTML */
#define MAX_TASK 48 /* bytes of a process between the time and the text */

/* Skips text that begins a string or a cell, which ends with the same sign. */
static bool open_quote(struct logline *l, const char *text)
{
	if (!slice_skip_text(&l->s, text))
		return false;
	l->quote = text[strlen(text) - 1];
	return true;
}

bool around_skip_mark(struct logline *l)
{
	static const char *const quotes[] = { "|", "\"", "'", "`", NULL };
	static const char *const marks[] = { "> ", ">", "#", "*", "//", "+ ", "- ", NULL };

	if (slice_skip_text(&l->s, ": "))
		return true;
	for (size_t i = 0; !l->has_prefix && quotes[i]; i++)
		if (open_quote(l, quotes[i]))
			return true;
	/* "#45-Ubuntu" is the rest of a wrapped line. */
	if (slice_at(&l->s, 0) == '#' && slice_is_digit(slice_at(&l->s, 1)))
		return false;
	for (size_t i = 0; !l->has_prefix && marks[i]; i++)
		if (slice_skip_text(&l->s, marks[i]))
			return true;
	return false;
}

/* The value of a label that names a host, in {host="web1", job="kern"}. */
static void read_labels(struct logline *l, const struct slice *labels)
{
	static const char *const keys[] = { "host=\"", "hostname=\"", "node=\"", "instance=\"",
					    NULL };
	size_t which;
	const char *at = slice_find_any(labels, keys, &which), *end;
	struct slice value;

	if (!at || *l->host)
		return;
	value = slice_from(labels, at + strlen(keys[which]));
	end = memchr(value.p, '"', value.len);
	if (end)
		text_copy(l->host, sizeof(l->host), value.p, (size_t)(end - value.p));
}

static bool is_host(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)p[i]) && !strchr("._-", p[i]))
			return false;
	return len && !slice_is_digit(*p) && !logline_is_kernel_tag(p, len);
}

/* A field of CSV, which may be a string: the text, or one before it, such as a host. */
static bool skip_field(struct logline *l)
{
	bool is_string;
	const char *end;
	size_t n;

	slice_skip_text(&l->s, "\"");
	if (!slice_skip_text(&l->s, ","))
		return false;
	is_string = slice_skip_text(&l->s, "\"");
	end = memchr(l->s.p, is_string ? '"' : ',', l->s.len);
	n = end ? (size_t)(end - l->s.p) : 0;
	/* Only the text has blanks. */
	if (!n || memchr(l->s.p, ' ', n) || *l->s.p == '[' || kernel_text_is_fixed(&l->s) ||
	    kernel_text_is_named(&l->s) || (!is_string && logline_is_kernel_tag(l->s.p, n))) {
		l->quote = is_string ? '"' : l->quote;
		return true;
	}
	if (!*l->host && is_host(l->s.p, n))
		text_copy(l->host, sizeof(l->host), l->s.p, n);
	slice_skip(&l->s, n);
	return true;
}

bool around_is_address(const char *p, size_t len)
{
	size_t colons = 0;

	for (size_t i = 0; i < len; i++) {
		colons += p[i] == ':';
		if (!isxdigit((unsigned char)p[i]) && !strchr(":.", p[i]))
			return false;
	}
	return colons > 1 && p[len - 1] != ':';
}

size_t around_count_host(const char **p, size_t len)
{
	const char *colon = memrchr(*p, ':', len), *end = *p + len;
	bool is_bracketed;

	if (!colon || colon + 1 == end || end - colon > 6)
		return len;
	for (const char *c = colon + 1; c < end; c++)
		if (!isdigit((unsigned char)*c))
			return len;
	len = (size_t)(colon - *p);
	is_bracketed = len > 2 && **p == '[' && colon[-1] == ']' &&
		       around_is_address(*p + 1, len - 2);
	if (is_bracketed) {
		++*p;
		return len - 2;
	}
	/* An address of IPv6 has further colons. */
	return memchr(*p, ':', len) ? (size_t)(end - *p) : len;
}

/* "  1000   312   312 I lowmemorykiller: ", with or without the user; the kernel has 0. */
static bool skip_logcat(struct logline *l)
{
	struct slice rest = l->s;
	int64_t ids[3];
	size_t n = 0, len;
	bool is_kernel;

	slice_skip_blanks(&rest);
	/* "root" */
	if (slice_at(&rest, 0) >= 'a')
		slice_skip(&rest, slice_count_word(&rest, 0));
	for (slice_skip_blanks(&rest); n < 3 && slice_read_number(&rest, &ids[n]); n++)
		slice_skip_blanks(&rest);
	if (n < 2 || rest.len < 4 || !strchr("VDIWEF", *rest.p) || rest.p[1] != ' ')
		return false;
	slice_skip(&rest, 2);
	len = 0;
	while (len < rest.len && rest.p[len] != ':')
		len++;
	if (len == rest.len)
		return false;
	is_kernel = ids[n - 1] == 0 && ids[n - 2] == 0;
	l->is_foreign |= !is_kernel;
	if (!is_kernel)
		text_copy(l->program, sizeof(l->program), rest.p, strcspn(rest.p, ": "));
	slice_skip(&rest, len + 1);
	l->s = rest;
	l->has_tag = l->has_prefix = true;
	return true;
}

/* "In(05) vcpu-5 - Guest: <6>[...": what a guest's kernel wrote to the log of its hypervisor */
static bool skip_guest(struct logline *l)
{
	static const char guest[] = " Guest: <";
	struct slice begin = { l->s.p, l->s.len < MAX_TAG ? l->s.len : MAX_TAG };
	const char *at = slice_find(&begin, guest);

	if (at)
		l->s = slice_from(&l->s, at + sizeof(guest) - 2);
	return at;
}

bool around_skip_note(struct logline *l)
{
	const char *end;

	if (!l->time.has_date && l->time.epoch_usec == TIMESTAMP_ABSENT)
		return false;
	if (l->time.has_date && (l->time.has_year ? skip_guest(l) : skip_logcat(l)))
		return true;
	if (l->s.len > 9 && l->s.p[8] == ' ' && strchr("FP", l->s.p[7]) &&
	    (slice_starts(&l->s, "stdout ") || slice_starts(&l->s, "stderr "))) {
		slice_skip(&l->s, 9);
		return true;
	}
	end = slice_starts(&l->s, "##[") ? memchr(l->s.p, ']', l->s.len < 16 ? l->s.len : 16)
					 : NULL;
	if (!end && slice_starts(&l->s, "{") && (end = slice_find(&l->s, "\"} ")))
		read_labels(l, &(struct slice){ l->s.p, (size_t)(++end - l->s.p) });
	if (!end && slice_starts(&l->s, "{} "))
		end = l->s.p + 1;
	if (end)
		slice_skip(&l->s, (size_t)(end + 1 - l->s.p));
	return end || skip_field(l);
}

bool around_skip_tag(struct logline *l)
{
	char first = slice_at(&l->s, 1) == '/' ? slice_at(&l->s, 2) : slice_at(&l->s, 1);
	const char *end;

	if (!slice_starts(&l->s, "<") || !islower((unsigned char)first))
		return false;
	end = memchr(l->s.p, '>', l->s.len < MAX_TAG ? l->s.len : MAX_TAG);
	if (!end)
		return false;
	slice_skip(&l->s, (size_t)(end + 1 - l->s.p));
	l->is_html = true;
	return true;
}

bool around_read_facility(struct logline *l)
{
	struct slice rest = l->s;
	bool is_kernel = slice_starts(&rest, "kern ") || slice_starts(&rest, "kern:");

	while (rest.len && islower((unsigned char)*rest.p))
		slice_skip(&rest, 1);
	if (rest.len == l->s.len || l->s.len - rest.len > 8)
		return false;
	slice_skip_blanks(&rest);
	if (!slice_skip_text(&rest, ":"))
		return false;
	/* "kern: warning: " of talosctl */
	if (is_kernel)
		slice_skip_text(&rest, " ");
	if (!rest.len || !islower((unsigned char)*rest.p))
		return false;
	while (rest.len && islower((unsigned char)*rest.p))
		slice_skip(&rest, 1);
	slice_skip_blanks(&rest);
	if (!slice_starts(&rest, ": "))
		return false;
	l->is_foreign |= !is_kernel;
	slice_skip(&l->s, l->s.len - rest.len + 1);
	l->has_prefix = true;
	return true;
}

bool around_is_facility(const struct slice *s, size_t n)
{
	static const char *const levels[] = { "emerg",   "alert",  "crit", "err",   "warn",
					      "warning", "notice", "info", "debug", NULL };
	struct slice level = { s->p, n };
	const char *dot = memrchr(s->p, '.', n);

	if (dot)
		slice_skip(&level, (size_t)(dot + 1 - s->p));
	for (size_t i = 0; levels[i]; i++)
		if (level.len == strlen(levels[i]) && slice_starts(&level, levels[i]))
			return true;
	return false;
}

/* "[3: nginx: 1204]", "(CPU:3-pid:1204:nginx)": a processor, a colon and the process */
static bool skip_processor(struct slice *s)
{
	char close = slice_at(s, 0) == '(' ? ')' : ']';
	struct slice rest = slice_from(s, s->p + 1);
	const char *end;

	if (!strchr("([", *s->p))
		return false;
	end = memchr(s->p, close, s->len < MAX_TASK ? s->len : MAX_TASK);
	if (!end)
		return false;
	slice_skip_text(&rest, "CPU:");
	if (!slice_count_digits(&rest, 0) ||
	    !strchr(close == ')' ? "-" : ":", slice_at(&rest, slice_count_digits(&rest, 0))))
		return false;
	*s = slice_from(s, end + 1);
	return true;
}

bool around_skip_task(struct logline *l)
{
	struct slice rest = l->s;
	const char *end;

	if (l->time.uptime_usec == TIMESTAMP_ABSENT)
		return false;
	if (skip_processor(&l->s))
		return true;
	end = memchr(rest.p, ']', rest.len < MAX_TASK ? rest.len : MAX_TASK);
	slice_skip_text(&rest, "-");
	if (!slice_skip_text(&rest, "(") || !end)
		return false;
	slice_skip(&rest, slice_count_digits(&rest, 0));
	if (!slice_skip_text(&rest, ")[") || !slice_count_digits(&rest, 0))
		return false;
	l->s = slice_from(&l->s, end + 1);
	return true;
}

void around_read_before(struct logline *l, const char *end)
{
	static const char separators[] = "\",;|> \t";
	struct slice rest = { l->s.p, (size_t)(end - l->s.p) };
	struct timestamp found;
	size_t n = 0;

	if (l->time.has_date)
		return;
	for (; rest.len && !n; slice_skip(&rest, n ? n : 1)) {
		timestamp_clear(&found);
		if (rest.p == l->s.p || strchr(separators, rest.p[-1]))
			n = timestamp_parse(rest.p, rest.len, &found);
		if (n && !found.has_date)
			n = 0;
	}
	if (!n)
		return;
	timestamp_keep_clock(&found, &l->time);
	l->time = found;
}

/* "<br>", "</td>" at the end. */
static bool trim_tag(struct slice *s)
{
	const char *begin = slice_ends(s, ">") ? memrchr(s->p, '<', s->len) : NULL;
	struct slice tag;

	if (!begin)
		return false;
	tag = slice_from(s, begin);
	if (!slice_starts(&tag, "</") && !slice_starts(&tag, "<br"))
		return false;
	s->len -= tag.len;
	return true;
}

void around_trim(struct logline *l)
{
	bool is_row = slice_starts(&l->s, "[");
	const char *end = NULL;

	while ((!is_row || l->is_html) && trim_tag(&l->s))
		;
	if (l->quote && l->quote != '|')
		end = memrchr(l->s.p, l->quote, l->s.len);
	else if (l->quote && slice_ends(&l->s, "|"))
		end = l->s.p + l->s.len - 1;
	if (end)
		l->s.len = (size_t)(end - l->s.p);
	/* A newline of a string in the source of a program. */
	if (end && slice_ends(&l->s, "\\n"))
		l->s.len -= 2;
	/* A row may end with a name that ends so. */
	while (l->s.len && (!is_row || (end && l->quote == '|')) &&
	       strchr(" \t", l->s.p[l->s.len - 1]))
		l->s.len--;
}
