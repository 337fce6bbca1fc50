/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record_json: a line that is a JSON object with the log line in it, of journald or a container. */
#include <stdlib.h>
#include <string.h>

#include "oom/logline/internal.h"

/* Up to 18 digits, as in kmsg: microseconds of 31,000 years. */
static int64_t find_number(const char *line, size_t len, const char *name)
{
	char buf[32];
	int n = json_member_find(line, len, name, buf, sizeof(buf));

	return n > 0 && n <= 18 && *buf != '-' ? strtoll(buf, NULL, 10) : TIMESTAMP_ABSENT;
}

/* A record of journalctl -o json. */
static void read_journal(const char *line, size_t len, struct logline *l)
{
	char word[32];

	l->time.epoch_usec = find_number(line, len, "_SOURCE_REALTIME_TIMESTAMP");
	if (l->time.epoch_usec == TIMESTAMP_ABSENT)
		l->time.epoch_usec = find_number(line, len, "__REALTIME_TIMESTAMP");
	l->time.uptime_usec = find_number(line, len, "_SOURCE_MONOTONIC_TIMESTAMP");
	if (json_member_find(line, len, "_HOSTNAME", l->host, sizeof(l->host)) < 0)
		l->host[0] = '\0';
	if (json_member_find(line, len, "_TRANSPORT", word, sizeof(word)) > 0)
		l->is_foreign = !(l->is_bare = strcmp(word, "kernel") == 0);
	else if (json_member_find(line, len, "SYSLOG_IDENTIFIER", word, sizeof(word)) > 0)
		l->is_foreign = !cursor_is_kernel_tag(word, strlen(word));
}

/* A date; or seconds since boot in a record of dmesg -J, which has a priority. */
static void read_time(const char *line, size_t len, struct logline *l)
{
	int64_t priority = find_number(line, len, "pri");
	char text[64];

	if (json_member_find(line, len, "time", text, sizeof(text)) <= 0)
		return;
	if (priority != TIMESTAMP_ABSENT) {
		l->is_foreign = priority >= 8;
		l->time.uptime_usec = dmesg_json_read_uptime(text);
	}
	if (l->time.uptime_usec == TIMESTAMP_ABSENT)
		timestamp_parse(text, strlen(text), &l->time);
}

bool record_json_read(const char *line, size_t len, struct logline *l, char *scratch)
{
	static const char *const names[] = { "MESSAGE", "log", "message", "msg" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int n = json_member_find(line, len, names[i], scratch, LOGLINE_MAX);

		if (n < 0)
			continue;
		l->text = scratch;
		l->len = (size_t)n;
		l->has_prefix = true;
		if (i == 0)
			read_journal(line, len, l);
		else
			read_time(line, len, l);
		return true;
	}
	return false;
}
