/* SPDX-License-Identifier: GPL-2.0-or-later */
/* entry: assembles a message and its fields from lines. */
#include "oom/logline/entry.h"

#include <ctype.h>
#include <errno.h>
#include <strings.h>

#include "base/text.h"
#include "oom/logline/entry_field.h"
#include "oom/logline/kernel_text.h"
#include "oom/logline/json.h"

#define NAME_MAX_LEN   64
#define VERBOSE_INDENT 4
#define SIZE_BYTES     8           /* little-endian, before a binary value */
#define MAX_SIZE       (768 << 20) /* of a field: DATA_SIZE_MAX of journald */

/* The length of a field's name; 0: there is none. */
static size_t count_name(const struct slice *s)
{
	size_t n = 0;

	while (n < s->len &&
	       (slice_is_digit(s->p[n]) || s->p[n] == '_' || (s->p[n] >= 'A' && s->p[n] <= 'Z')))
		n++;
	return n < NAME_MAX_LEN ? n : 0;
}

/* NAME=VALUE */
static bool is_field(const struct slice *s)
{
	size_t n = count_name(s);

	return n && slice_at(s, n) == '=';
}

/* The first field of an entry of the journal's export format. */
static bool is_cursor(const struct slice *s)
{
	return slice_starts(s, "__CURSOR=") || slice_starts(s, "__REALTIME_TIMESTAMP=");
}

/* A line of an entry of the export format; in it a binary value has its NAME alone before it. */
static bool is_export_line(const struct slice *s)
{
	return is_field(s) || (s->len && count_name(s) == s->len);
}

/* "{" or "[" alone */
static bool is_opening(const struct slice *s)
{
	return s->len && strchr("{[", *s->p) && 1 + slice_count_blanks(s, 1) == s->len;
}

/* "Sun 2026-11-29 04:47:42.123456 UTC [s=5;i=1;b=7;m=2;t=6;x=9]" */
static bool is_heading(const struct slice *s, struct timestamp *time)
{
	struct slice cursor = *s;

	if (!slice_ends(s, "]"))
		return false;
	timestamp_clear(time);
	slice_skip(&cursor, timestamp_parse(s->p, s->len, time));
	if (!time->has_date || !slice_skip_text(&cursor, " [s="))
		return false;
	while (cursor.len > 1 &&
	       (isxdigit((unsigned char)*cursor.p) || strchr("=;imtx", *cursor.p)))
		slice_skip(&cursor, 1);
	return cursor.len == 1;
}

void entry_begin_file(struct entry *e, const char *text, size_t len)
{
	struct slice s = { text, len }, line;
	const char *newline = memchr(text, '\n', len);
	struct timestamp time;
	bool is_windows;

	/* "-- Logs begin at Mon 2020-09-07 08:24:10 UTC, end at ... --" of older versions */
	if (newline && slice_starts(&s, "-- ")) {
		s = slice_from(&s, newline + 1);
		newline = memchr(s.p, '\n', s.len);
	}
	line = (struct slice){ s.p, newline ? (size_t)(newline - s.p) : s.len };
	is_windows = slice_ends(&line, "\r");
	line.len -= is_windows;
	e->file = ENTRY_NONE;
	e->is_first = true;
	/* The first entry can lack its beginning. */
	if (is_cursor(&line) ||
	    (is_field(&line) && slice_find(&s, is_windows ? "\n\r\n__CURSOR=" : "\n\n__CURSOR=")))
		e->file = ENTRY_EXPORT;
	else if (is_heading(&line, &time))
		e->file = ENTRY_VERBOSE;
	else if (newline && is_opening(&line))
		e->file = ENTRY_JSON;
}

static void begin(struct entry *e, enum entry_form form)
{
	enum entry_form file = e->file;

	memset(e, 0, offsetof(struct entry, message));
	timestamp_clear(&e->time);
	e->file = file;
	e->form = form;
}

static void append(struct entry *e, const char *text, size_t len)
{
	size_t room = sizeof(e->message) - e->len;

	len = len < room ? len : room;
	memcpy(e->message + e->len, text, len);
	e->len += len;
}

static void take_byte(struct entry *e, char c)
{
	if (e->n_size < SIZE_BYTES) {
		e->left |= (uint64_t)(unsigned char)c << 8 * e->n_size++;
		/* Only a word in capitals in another log: its lines must not be lost. */
		if (e->n_size == SIZE_BYTES && e->left > MAX_SIZE) {
			e->is_binary = false;
			e->is_broken = true;
		}
	} else if (e->left) {
		e->left--;
		if (e->is_message)
			append(e, &c, 1);
	} else {
		e->is_binary = false; /* the newline after the value */
	}
}

void entry_skip(struct entry *e, size_t n)
{
	for (; e->is_binary && n; n--)
		take_byte(e, '?');
}

/* NAME=VALUE; in the export format a binary value follows NAME alone. */
static bool take_field(struct entry *e, struct slice s)
{
	char name[NAME_MAX_LEN], value[64];
	size_t n = count_name(&s);

	if (!n || (n < s.len && s.p[n] != '=') || (n == s.len && e->form != ENTRY_EXPORT))
		return false;
	text_copy(name, sizeof(name), s.p, n);
	e->is_binary = n == s.len;
	e->n_size = 0;
	e->left = 0;
	e->is_message = strcmp(name, "MESSAGE") == 0;
	if (e->is_message)
		e->len = 0;
	if (e->is_binary)
		return true;
	slice_skip(&s, n + 1);
	text_copy(value, sizeof(value), s.p, s.len);
	if (e->is_message)
		append(e, s.p, s.len);
	else
		entry_field_put(e, name, value);
	return true;
}

/* The members of JSON in a line. */
static void take_members(struct entry *e, struct slice s)
{
	static const char docker_event[] = "container oom ";
	char name[JSON_NAME], value[LOGLINE_MAX];
	int n;

	while ((n = json_next(&s, name, value, sizeof(value))) >= 0) {
		bool is_state = (strcmp(name, "reason") == 0 && strcmp(value, "OOMKilled") == 0) ||
				(strcmp(name, "OOMKilled") == 0 && strcmp(value, "true") == 0);
		bool is_event = (strcmp(name, "status") == 0 || strcmp(name, "Action") == 0) &&
				strcmp(value, "oom") == 0;

		e->is_journal |= strncmp(name, "__", 2) == 0 ||
				 (!e->is_line && strcmp(name, "MESSAGE") == 0);
		/* The state of a container has no message, and neither has docker's event. */
		if (is_state && !e->len) {
			append(e, "reason: OOMKilled", strlen("reason: OOMKilled"));
		} else if (strcmp(name, "reason") == 0 && strcmp(value, "OOMKilling") == 0) {
			e->is_event = true;
		} else if (is_event && !e->len) {
			append(e, docker_event, sizeof(docker_event) - 1);
		} else if (strcasecmp(name, "id") == 0 && e->len == sizeof(docker_event) - 1 &&
			   memcmp(e->message, docker_event, e->len) == 0) {
			append(e, value, (size_t)n);
		} else if (entry_field_find(name) != FIELD_MESSAGE) {
			entry_field_put(e, name, value);
		} else if (!e->len) {
			append(e, value, (size_t)n);
		} else {
			e->is_broken |= e->is_dmesg; /* several records in one line */
		}
	}
	e->is_broken |= n == -EINVAL;
}

static bool take_heading(struct entry *e, const struct slice *s)
{
	struct timestamp found;

	if (!is_heading(s, &found))
		return false;
	begin(e, ENTRY_VERBOSE);
	e->time = found;
	return true;
}

/* "NAME": */
static bool is_member(const struct slice *s)
{
	const char *quote = slice_starts(s, "\"") ? memchr(s->p + 1, '"', s->len - 1) : NULL;
	struct slice rest;

	if (!quote)
		return false;
	rest = slice_from(s, quote + 1);
	slice_skip_blanks(&rest);
	return slice_starts(&rest, ":");
}

static bool is_object(struct slice s)
{
	slice_skip_text(&s, "[");
	if (!slice_skip_text(&s, "{"))
		return false;
	slice_skip_blanks(&s);
	return !s.len || *s.p == '"' || *s.p == '\r';
}

/* Moves s to the object in "[0] kernel: [1716704260.123, {" of Fluent Bit, and takes the time. */
static bool skip_fluent(struct slice *s, struct timestamp *time)
{
	const char *object = slice_starts(s, "[") ? slice_find(s, ", {\"") : NULL;
	const char *open = object ? memrchr(s->p, '[', (size_t)(object - s->p)) : NULL;
	struct slice number;

	if (!open || !slice_find(s, "\"=>"))
		return false;
	number = (struct slice){ open + 1, (size_t)(object - open - 1) };
	time->epoch_usec = logline_read_uptime(&number);
	*s = slice_from(s, object + 2);
	return true;
}

/* A date and an optional tag before an object, as fluentd writes them. */
static struct slice skip_date(const struct slice *s, struct timestamp *time, struct slice *tag)
{
	struct slice rest = *s, object;
	size_t n = slice_find(s, "{\"") ? timestamp_parse(s->p, s->len, time) : 0;

	slice_skip(&rest, n);
	slice_skip_blanks(&rest);
	object = rest;
	slice_skip(&object, slice_count_word(&object, 0));
	slice_skip_blanks(&object);
	if (!n || !is_object(object))
		return rest;
	*tag = rest;
	return object;
}

static bool take_json(struct entry *e, struct slice s)
{
	struct timestamp time;
	bool is_dated, is_outer = slice_starts(&s, "{") || slice_starts(&s, "}");
	struct slice tag = { 0 };

	timestamp_clear(&time);
	slice_skip_blanks(&s);
	/* An entry without a message ends too. A repeated field has a line per value. */
	if (e->form == ENTRY_JSON && is_outer && *s.p == '{')
		e->form = ENTRY_NONE;
	if (e->form == ENTRY_JSON && (!s.len || strchr("}]", *s.p))) {
		/* An inner object may end before the message. */
		e->is_done = (e->len > 0 || is_outer) && slice_starts(&s, "}");
		return true;
	}
	if (e->form == ENTRY_JSON && *s.p == '"' && !is_member(&s))
		return true;
	/* journalctl -o json-seq and json-sse */
	slice_skip_text(&s, "\x1e");
	slice_skip_text(&s, "data: ");
	if (e->form != ENTRY_JSON && skip_fluent(&s, &time))
		tag.len = 0;
	is_dated = slice_is_digit(slice_at(&s, 0));
	if (is_dated && e->form != ENTRY_JSON)
		s = skip_date(&s, &time, &tag);
	if (e->form != ENTRY_JSON) {
		if (!is_object(s) && !is_member(&s))
			return false;
		begin(e, ENTRY_JSON);
		e->time = time;
		e->is_line = is_object(s);
	}
	take_members(e, s);
	if (tag.len && !slice_starts(&tag, "kern") && e->author == ENTRY_UNKNOWN)
		e->author = ENTRY_PROGRAM;
	while (s.len && strchr(",] \t\r", s.p[s.len - 1]))
		s.len--;
	e->is_line = e->is_line && slice_ends(&s, "}");
	e->is_done = e->is_line;
	return true;
}

/* time="..." level=warn msg="..." */
static bool take_logfmt(struct entry *e, struct slice s)
{
	char name[JSON_NAME], value[LOGLINE_MAX];

	if (!s.len || !islower((unsigned char)*s.p) ||
	    (!slice_find(&s, " msg=\"") && !slice_find(&s, " message=\"")))
		return false;
	begin(e, ENTRY_JSON);
	for (; s.len; slice_skip_blanks(&s)) {
		size_t word = slice_count_word(&s, 0), n;
		const char *equals = memchr(s.p, '=', word);

		if (!equals)
			break;
		text_copy(name, sizeof(name), s.p, (size_t)(equals - s.p));
		slice_skip(&s, (size_t)(equals + 1 - s.p));
		n = slice_count_word(&s, 0);
		if (slice_skip_text(&s, "\"")) {
			if (json_read_string(&s, value, sizeof(value)) < 0)
				break;
		} else {
			text_copy(value, sizeof(value), s.p, n);
			slice_skip(&s, n);
		}
		if (entry_field_find(name) != FIELD_MESSAGE)
			entry_field_put(e, name, value);
		else if (!e->len)
			append(e, value, strlen(value));
	}
	e->is_line = e->is_done = true;
	return true;
}

/* Whether it can be a line of JSON with a member on each line: journalctl breaks no string. */
static bool is_json_line(struct slice s)
{
	static const char *const words[] = { "true", "false", "null", NULL };

	slice_skip_blanks(&s);
	if (!s.len || *s.p == '"')
		return true;
	while (s.len && strchr(", \t\r", s.p[s.len - 1]))
		s.len--;
	for (size_t i = 0; words[i]; i++)
		slice_skip_text(&s, words[i]);
	while (s.len && strchr("{}[]-+.eE0123456789", *s.p))
		slice_skip(&s, 1);
	return !s.len;
}

static bool is_end(const struct entry *e, struct slice s)
{
	switch (e->form) {
	case ENTRY_EXPORT:
		return !e->is_binary && !is_export_line(&s);
	case ENTRY_VERBOSE:
		return slice_at(&s, 0) != ' ' && (s.len || e->file != ENTRY_VERBOSE);
	case ENTRY_JSON:
		if (e->file == ENTRY_JSON)
			return !is_json_line(s);
		slice_skip_blanks(&s);
		return s.len && !strchr("{}[]\"-0123456789", *s.p);
	case ENTRY_NONE:
		break;
	}
	return false;
}

/*
 * If no field shows the author of a message, it is the kernel's only if its source has no such
 * fields.
 */
static bool is_foreign(const struct entry *e)
{
	enum entry_author author = e->transport ? e->transport : e->author;

	if (author == ENTRY_UNKNOWN && e->form != ENTRY_JSON)
		return true;
	return author == ENTRY_PROGRAM || (author == ENTRY_UNKNOWN && e->is_journal);
}

bool entry_end(struct entry *e, const char *line, size_t len, struct logline *l)
{
	if (e->form == ENTRY_NONE ||
	    (line && !e->is_done && !is_end(e, (struct slice){ line, len })))
		return false;
	*l = (struct logline){ .s = { e->message, e->len },
			       .time = e->time,
			       .has_prefix = true,
			       .has_tag = true,
			       .is_foreign = is_foreign(e) || e->is_broken || e->is_event };
	l->is_bare = e->form != ENTRY_JSON || e->is_dmesg || e->transport;
	e->form = ENTRY_NONE;
	l->is_event = e->is_event;
	memcpy(l->caller, e->caller, sizeof(l->caller));
	memcpy(l->program, e->program, sizeof(l->program));
	l->has_tag = l->is_bare && !e->is_dmesg;
	logline_strip_prefix(l);
	/* The message's own date may lack the year. */
	timestamp_add_year(&l->time, e->time.epoch_usec);
	/* The message may have a prefix with a host of its own. */
	if (!*l->host)
		memcpy(l->host, e->host, sizeof(l->host));
	return l->s.len > 0;
}

/* Logs of several forms may be in one file; of a line that has another form none may be lost. */
static void find_form(struct entry *e, const struct slice *s, size_t indent)
{
	struct timestamp time;
	bool is_other = false;

	if (e->form == ENTRY_EXPORT && e->is_binary)
		return;
	if (e->file == ENTRY_EXPORT)
		is_other = s->len && (e->form == ENTRY_EXPORT || e->is_first ? !is_export_line(s)
									     : !is_cursor(s));
	else if (e->file == ENTRY_VERBOSE)
		is_other = s->len && !indent && !slice_starts(s, "-- ") && !is_heading(s, &time);
	else if (e->file == ENTRY_JSON)
		is_other = !is_json_line(*s);
	e->is_first = false;
	if (is_other)
		e->file = ENTRY_NONE;
	if (e->file == ENTRY_NONE && is_cursor(s))
		e->file = ENTRY_EXPORT;
}

bool entry_take(struct entry *e, const char *line, size_t len)
{
	struct slice s = { line, len };
	size_t indent = slice_count_blanks(&s, 0), at = 0;

	e->is_done = false;
	find_form(e, &s, indent);
	if (e->file == ENTRY_EXPORT) {
		if (e->form == ENTRY_NONE && len)
			begin(e, ENTRY_EXPORT);
		for (; e->is_binary && at <= len; at++)
			take_byte(e, at < len ? line[at] : '\n');
		/* A value ends with its line, which may end as on Windows. */
		if (len)
			e->is_broken |= at ? !e->is_binary && at < len + (line[len - 1] != '\r')
					   : !take_field(e, s);
		return true;
	}
	if ((e->form == ENTRY_VERBOSE && indent) ||
	    (e->file == ENTRY_VERBOSE && (indent || !len))) {
		slice_skip(&s, indent);
		if (e->form == ENTRY_NONE) {
			return true;
		} else if (indent == VERBOSE_INDENT) {
			e->is_broken |= !take_field(e, s);
		} else if (e->is_message) {
			append(e, "\n", 1);
			append(e, s.p, s.len);
		}
		return true;
	}
	/* A field without the others of its entry does not show who wrote it. */
	return take_json(e, s) || take_logfmt(e, s) || take_heading(e, &s) ||
	       entry_is_field(line, len);
}

bool entry_is_field(const char *line, size_t len)
{
	struct slice s = { line, len };

	slice_skip_blanks(&s);
	/* A process can have such a name. */
	return is_member(&s) || (is_field(&s) && !kernel_text_is_named(&s));
}
