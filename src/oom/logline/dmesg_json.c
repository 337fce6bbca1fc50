/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dmesg_json: puts a record of dmesg -J together again, whose members are separate lines. */
#include "oom/logline/dmesg_json.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "oom/logline/internal.h"

#define VALUE_MAX_LEN 64 /* of any value but the message */

void dmesg_json_clear(struct dmesg_json *m)
{
	memset(m, 0, sizeof(*m));
	timestamp_clear(&m->time);
}

int64_t dmesg_json_read_uptime(const char *text)
{
	char bracketed[VALUE_MAX_LEN + 3];
	struct logline l = { .text = bracketed };

	timestamp_clear(&l.time);
	if (!*text || strlen(text) > VALUE_MAX_LEN)
		return TIMESTAMP_ABSENT;
	l.len = (size_t)snprintf(bracketed, sizeof(bracketed), "[%s]", text);
	return prefix_kernel_read_uptime(&l) && !l.len ? l.time.uptime_usec : TIMESTAMP_ABSENT;
}

bool dmesg_json_is_member(const char *line, size_t len)
{
	static const char *const names[] = { "\"fac\":", "\"pri\":", "\"time\":", "\"caller\":",
					     "\"msg\":" };
	struct logline l = { .text = line, .len = len };

	cursor_skip_blanks(&l);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (cursor_starts(&l, names[i]))
			return true;
	return false;
}

/* "},{" and the like between two records */
static bool is_bracket(const char *line, size_t len)
{
	struct logline l = { .text = line, .len = len };

	for (cursor_skip_blanks(&l); l.len; cursor_skip(&l, 1))
		if (!strchr("{}[], \r", *l.text))
			return false;
	return true;
}

static void read_member(struct dmesg_json *m, const char *line, size_t len)
{
	char value[VALUE_MAX_LEN];
	int n;

	if (json_member_read(line, len, "fac", value, sizeof(value)) > 0) {
		dmesg_json_clear(m);
		m->is_foreign = strcmp(value, "kern") != 0;
	} else if (json_member_read(line, len, "pri", value, sizeof(value)) > 0) {
		/* A number includes the facility; a word, of dmesg -x, comes after it. */
		if (cursor_is_digit(value[0])) {
			dmesg_json_clear(m);
			m->is_foreign = value[1] || value[0] > '7';
		}
	} else if (json_member_read(line, len, "time", value, sizeof(value)) > 0) {
		timestamp_clear(&m->time);
		m->time.uptime_usec = dmesg_json_read_uptime(value);
		if (m->time.uptime_usec == TIMESTAMP_ABSENT)
			timestamp_parse(value, strlen(value), &m->time);
	} else if ((n = json_member_read(line, len, "caller", value, sizeof(value))) > 0) {
		text_copy(m->caller, sizeof(m->caller), value, (size_t)n);
	}
}

enum dmesg_json_kind dmesg_json_read_line(struct dmesg_json *m, const char *line, size_t len,
					  struct logline *l, char *scratch)
{
	int n;

	if (!dmesg_json_is_member(line, len)) {
		m->is_inside = m->is_inside && is_bracket(line, len);
		return m->is_inside ? DMESG_JSON_PART : DMESG_JSON_NONE;
	}
	n = json_member_read(line, len, "msg", scratch, LOGLINE_MAX);
	if (n < 0) {
		read_member(m, line, len);
		m->is_inside = true;
		return DMESG_JSON_PART;
	}
	*l = (struct logline){ .text = scratch,
			       .len = (size_t)n,
			       .time = m->time,
			       .has_prefix = true,
			       .is_foreign = m->is_foreign };
	cursor_skip_blanks(l);
	memcpy(l->caller, m->caller, sizeof(l->caller));
	dmesg_json_clear(m);
	m->is_inside = true;
	return DMESG_JSON_LINE;
}
