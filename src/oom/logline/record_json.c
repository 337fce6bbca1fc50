/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_json: a line that is a JSON object with the line in it, as journald and containers write.
 */
#include <stdlib.h>
#include <string.h>

#include "oom/logline/internal.h"

/* Microseconds: as many as kmsg may have, 18 digits of them, are 31,000 years. */
static int64_t json_number(const char *line, size_t len, const char *key)
{
	char buf[32];
	int n = logline_find_json(line, len, key, buf, sizeof(buf));

	return n > 0 && n <= 18 && *buf != '-' ? strtoll(buf, NULL, 10) : TIMESTAMP_ABSENT;
}

/* A record of journalctl -o json. */
static void take_journal(const char *line, size_t len, struct logline *l)
{
	char word[32];

	l->stamp.epoch_usec = json_number(line, len, "_SOURCE_REALTIME_TIMESTAMP");
	if (l->stamp.epoch_usec == TIMESTAMP_ABSENT)
		l->stamp.epoch_usec = json_number(line, len, "__REALTIME_TIMESTAMP");
	l->stamp.uptime_usec = json_number(line, len, "_SOURCE_MONOTONIC_TIMESTAMP");
	if (logline_find_json(line, len, "_HOSTNAME", l->host, sizeof(l->host)) < 0)
		l->host[0] = '\0';
	if (logline_find_json(line, len, "_TRANSPORT", word, sizeof(word)) > 0)
		l->is_foreign = strcmp(word, "kernel") != 0;
	else if (logline_find_json(line, len, "SYSLOG_IDENTIFIER", word, sizeof(word)) > 0)
		l->is_foreign = !cursor_is_kernel_tag(word, strlen(word));
}

/* A date, or seconds since boot where dmesg -J wrote the record, as the priority shows. */
static void take_time(const char *line, size_t len, const char *text, struct logline *l)
{
	int64_t priority = json_number(line, len, "pri");

	if (priority == TIMESTAMP_ABSENT) {
		timestamp_parse(text, strlen(text), &l->stamp);
		return;
	}
	l->is_foreign = priority >= 8;
	l->stamp.uptime_usec = dmesg_json_read_uptime(text);
	if (l->stamp.uptime_usec == TIMESTAMP_ABSENT)
		timestamp_parse(text, strlen(text), &l->stamp);
}

/* The line as JSON: journald's, or a container's with a whole line of text in it. */
bool record_json_take(const char *line, size_t len, struct logline *l, char *scratch)
{
	static const char *const keys[] = { "MESSAGE", "log", "message", "msg" };
	char date[64];
	int n;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		n = logline_find_json(line, len, keys[i], scratch, LOGLINE_MAX);
		if (n < 0)
			continue;
		l->text = scratch;
		l->len = (size_t)n;
		l->has_mark = true;
		if (i == 0)
			take_journal(line, len, l);
		else if ((n = logline_find_json(line, len, "time", date, sizeof(date))) > 0)
			take_time(line, len, date, l);
		return true;
	}
	return false;
}
