/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dmesg_json: dmesg -J writes each record as an object with one member a line; this puts them
 * together again.
 */
#include <string.h>

#include "oom/logline/internal.h"

/* The longest value but for the message. */
#define VALUE_MAX_LEN 64

void dmesg_json_clear(struct dmesg_json *m)
{
	memset(m, 0, sizeof(*m));
	timestamp_clear(&m->stamp);
}

int64_t dmesg_json_read_uptime(const char *text)
{
	struct logline l = { .text = text, .len = strlen(text) };
	char bracketed[VALUE_MAX_LEN + 3] = "[";

	timestamp_clear(&l.stamp);
	if (!l.len || l.len > VALUE_MAX_LEN)
		return TIMESTAMP_ABSENT;
	memcpy(bracketed + 1, text, l.len);
	bracketed[l.len + 1] = ']';
	l.text = bracketed;
	l.len += 2;
	return prefix_kernel_take_uptime(&l) && !l.len ? l.stamp.uptime_usec : TIMESTAMP_ABSENT;
}

static void take_time(struct dmesg_json *m, const char *value)
{
	timestamp_clear(&m->stamp);
	m->stamp.uptime_usec = dmesg_json_read_uptime(value);
	if (m->stamp.uptime_usec == TIMESTAMP_ABSENT)
		timestamp_parse(value, strlen(value), &m->stamp);
}

bool dmesg_json_is_one(const char *line, size_t len)
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

enum dmesg_json_kind dmesg_json_take(struct dmesg_json *m, const char *line, size_t len,
				     struct logline *l, char *scratch)
{
	char value[VALUE_MAX_LEN];
	int n;

	if (!dmesg_json_is_one(line, len)) {
		if (m->is_inside && is_bracket(line, len))
			return DMESG_JSON_PART;
		m->is_inside = false;
		return DMESG_JSON_NONE;
	}
	n = logline_read_member(line, len, "msg", scratch, LOGLINE_MAX);
	if (n >= 0) {
		memset(l, 0, sizeof(*l));
		l->text = scratch;
		l->len = (size_t)n;
		cursor_skip_blanks(l);
		l->stamp = m->stamp;
		memcpy(l->caller, m->caller, sizeof(l->caller));
		l->has_mark = true;
		l->is_foreign = m->is_foreign;
		dmesg_json_clear(m);
		m->is_inside = true;
		return DMESG_JSON_LINE;
	}
	if (logline_read_member(line, len, "fac", value, sizeof(value)) > 0) {
		dmesg_json_clear(m);
		m->is_foreign = strcmp(value, "kern") != 0;
	} else if (logline_read_member(line, len, "pri", value, sizeof(value)) > 0) {
		/* A number has the facility in it; a word, of dmesg -x, stands behind that. */
		if (value[0] >= '0' && value[0] <= '9') {
			dmesg_json_clear(m);
			m->is_foreign = value[1] || value[0] > '7';
		}
	} else if (logline_read_member(line, len, "time", value, sizeof(value)) > 0) {
		take_time(m, value);
	} else if ((n = logline_read_member(line, len, "caller", value, sizeof(value))) > 0) {
		cursor_copy(m->caller, sizeof(m->caller), value, (size_t)n);
	}
	m->is_inside = true;
	return DMESG_JSON_PART;
}
