/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal_entry: puts an entry of journalctl together again, whose fields are separate lines. */
#include "oom/logline/journal_entry.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "oom/logline/internal.h"

#define NAME_MAX_LEN   64
#define VERBOSE_INDENT 4
#define SIZE_BYTES     8 /* little-endian, before a binary value */

bool journal_entry_is_export(const char *text, size_t len)
{
	return len > 2 && memcmp(text, "__", 2) == 0; /* __CURSOR=, __REALTIME_TIMESTAMP= */
}

/* The length of a field's name; 0: it is none. */
static size_t count_name(const struct logline *l)
{
	size_t n = 0;

	while (n < l->len && (cursor_is_digit(l->text[n]) || l->text[n] == '_' ||
			      (l->text[n] >= 'A' && l->text[n] <= 'Z')))
		n++;
	return n < NAME_MAX_LEN ? n : 0;
}

static void begin(struct journal_entry *e, enum journal_form form)
{
	bool is_export = e->is_export;

	memset(e, 0, offsetof(struct journal_entry, message));
	timestamp_clear(&e->time);
	e->is_export = is_export;
	e->form = form;
}

static int64_t to_number(const char *value, size_t len)
{
	char text[20];

	if (!len || len > 18 || !cursor_is_digit(*value))
		return TIMESTAMP_ABSENT;
	text_copy(text, sizeof(text), value, len);
	return strtoll(text, NULL, 10);
}

void journal_entry_put(struct journal_entry *e, const char *name, const char *value, size_t len)
{
	if (strcmp(name, "_TRANSPORT") == 0) {
		e->is_kernel = len == 6 && memcmp(value, "kernel", 6) == 0;
		e->has_transport = true;
	} else if (strcmp(name, "SYSLOG_IDENTIFIER") == 0) {
		if (!e->has_transport)
			e->is_kernel = cursor_is_kernel_tag(value, len);
	} else if (strcmp(name, "_SOURCE_REALTIME_TIMESTAMP") == 0) {
		e->time.epoch_usec = to_number(value, len);
	} else if (strcmp(name, "__REALTIME_TIMESTAMP") == 0) {
		if (e->time.epoch_usec == TIMESTAMP_ABSENT)
			e->time.epoch_usec = to_number(value, len);
	} else if (strcmp(name, "_SOURCE_MONOTONIC_TIMESTAMP") == 0) {
		e->time.uptime_usec = to_number(value, len);
	} else if (strcmp(name, "_HOSTNAME") == 0) {
		text_copy(e->host, sizeof(e->host), value, len);
	}
}

static void append(struct journal_entry *e, const char *text, size_t len)
{
	size_t room = sizeof(e->message) - e->len;

	len = len < room ? len : room;
	memcpy(e->message + e->len, text, len);
	e->len += len;
}

static void take_byte(struct journal_entry *e, char c)
{
	if (e->n_size < SIZE_BYTES) {
		e->left |= (uint64_t)(unsigned char)c << 8 * e->n_size++;
	} else if (e->left) {
		e->left--;
		if (e->is_message)
			append(e, &c, 1);
	} else {
		e->is_binary = false; /* the newline behind the value */
	}
}

void journal_entry_skip(struct journal_entry *e, size_t n)
{
	for (; e->is_binary && n; n--)
		take_byte(e, '?');
}

/* NAME=VALUE; in export a NAME alone has a binary value behind it. */
static bool take_field(struct journal_entry *e, struct logline l)
{
	size_t n = count_name(&l);
	char name[NAME_MAX_LEN];

	if (!n || (n < l.len && l.text[n] != '=') || (n == l.len && e->form != JOURNAL_EXPORT))
		return false;
	text_copy(name, sizeof(name), l.text, n);
	e->is_binary = n == l.len;
	e->n_size = 0;
	e->left = 0;
	e->is_message = strcmp(name, "MESSAGE") == 0;
	if (e->is_message)
		e->len = 0;
	if (e->is_binary)
		return true;
	cursor_skip(&l, n + 1);
	if (e->is_message)
		append(e, l.text, l.len);
	else
		journal_entry_put(e, name, l.text, l.len);
	return true;
}

/* A member of json-pretty: "NAME" : "VALUE", */
static bool take_member(struct journal_entry *e, const struct logline *l)
{
	static const char *const names[] = { "_TRANSPORT",
					     "SYSLOG_IDENTIFIER",
					     "__REALTIME_TIMESTAMP",
					     "_SOURCE_REALTIME_TIMESTAMP",
					     "_SOURCE_MONOTONIC_TIMESTAMP",
					     "_HOSTNAME" };
	char value[64];
	int n = json_member_read(l->text, l->len, "MESSAGE", e->message, sizeof(e->message));

	if (n >= 0)
		e->len = (size_t)n;
	for (size_t i = 0; n < 0 && i < sizeof(names) / sizeof(names[0]); i++)
		if ((n = json_member_read(l->text, l->len, names[i], value, sizeof(value))) >= 0)
			journal_entry_put(e, names[i], value, (size_t)n);
	/* Numbers are the bytes of a value that is no text. */
	return (l->len > 1 && *l->text == '"' &&
		(l->text[1] == '_' || isupper((unsigned char)l->text[1]))) ||
	       cursor_is_digit(cursor_at(l, 0)) || cursor_at(l, 0) == ']';
}

/* "Sun 2026-11-29 04:47:42.123456 UTC [s=5;i=1;b=7;m=2;t=6;x=9]" */
static bool take_heading(struct journal_entry *e, const struct logline *l)
{
	struct timestamp found;

	if (!l->len || l->text[l->len - 1] != ']' || !memmem(l->text, l->len, " [s=", 4))
		return false;
	timestamp_clear(&found);
	if (!timestamp_parse(l->text, l->len, &found) || !found.has_date)
		return false;
	begin(e, JOURNAL_VERBOSE);
	e->time = found;
	return true;
}

static bool is_end(const struct journal_entry *e, const struct logline *l)
{
	switch (e->form) {
	case JOURNAL_EXPORT:
		return !e->is_binary && !l->len;
	case JOURNAL_VERBOSE:
		return cursor_at(l, 0) != ' ';
	case JOURNAL_PRETTY:
		return cursor_starts(l, "}");
	case JOURNAL_NONE:
		break;
	}
	return false;
}

bool journal_entry_end(struct journal_entry *e, const char *line, size_t len, struct logline *l)
{
	const struct logline now = { .text = line, .len = len };

	if (e->form == JOURNAL_NONE || (line && !is_end(e, &now)))
		return false;
	e->form = JOURNAL_NONE;
	*l = (struct logline){ .text = e->message,
			       .len = e->len,
			       .time = e->time,
			       .has_prefix = true,
			       .has_tag = true,
			       .is_bare = true,
			       .is_foreign = !e->is_kernel || e->is_broken };
	memcpy(l->host, e->host, sizeof(l->host));
	cursor_skip_blanks(l);
	return l->len > 0;
}

bool journal_entry_take(struct journal_entry *e, const char *line, size_t len)
{
	struct logline l = { .text = line, .len = len };
	size_t indent = cursor_count_blanks(&l, 0), at = 0;

	if (e->is_export) {
		if (e->form == JOURNAL_NONE && len)
			begin(e, JOURNAL_EXPORT);
		for (; e->is_binary && at <= len; at++)
			take_byte(e, at < len ? line[at] : '\n');
		/* A value ends with its line. */
		if (len)
			e->is_broken |= at ? !e->is_binary && at <= len : !take_field(e, l);
		return true;
	}
	if (e->form == JOURNAL_VERBOSE && indent) {
		cursor_skip(&l, indent);
		if (indent == VERBOSE_INDENT) {
			e->is_broken |= !take_field(e, l);
		} else if (e->is_message) {
			append(e, "\n", 1);
			append(e, l.text, l.len);
		}
		return true;
	}
	if (e->form == JOURNAL_PRETTY) {
		cursor_skip_blanks(&l);
		if (take_member(e, &l))
			return true;
		e->form = JOURNAL_NONE;
	}
	if (len == 1 && *line == '{') { /* or of dmesg -J, whose next line is no such member */
		begin(e, JOURNAL_PRETTY);
		return true;
	}
	return take_heading(e, &l);
}

bool journal_entry_is_field(const char *line, size_t len)
{
	struct logline l = { .text = line, .len = len };
	size_t n;

	cursor_skip_blanks(&l);
	if (cursor_starts(&l, "\"MESSAGE\" :"))
		return true;
	n = count_name(&l);
	return n && cursor_at(&l, n) == '=';
}
