/* SPDX-License-Identifier: GPL-2.0-or-later */
/* entry_field: what a field of an entry means: its message, time, host or author. */
#include "oom/logline/entry_field.h"

#include <stdlib.h>
#include <strings.h>

#include "base/text.h"

#define FOREIGN 8 /* the first priority of a facility other than the kernel's */

static int64_t to_number(const char *value)
{
	size_t len = strlen(value);

	return len && len <= 18 && strspn(value, "0123456789") == len ? strtoll(value, NULL, 10)
								      : TIMESTAMP_ABSENT;
}

static enum entry_author find_author(const char *tag)
{
	size_t len = strlen(tag);

	len -= len && tag[len - 1] == ':';
	return logline_is_kernel_tag(tag, len) ? ENTRY_KERNEL : ENTRY_PROGRAM;
}

/* A date; seconds since boot, of dmesg; or seconds, milliseconds... since 1970. */
static void put_time(struct entry *e, const char *value)
{
	struct slice s = { value, strlen(value) };
	int64_t usec = logline_read_uptime(&s), number = to_number(value);

	if (e->is_dmesg && usec != TIMESTAMP_ABSENT) {
		e->time.uptime_usec = usec;
	} else if (usec >= 1000000000000000LL) {
		e->time.epoch_usec = usec;
	} else if (number >= 1000000000) {
		while (number < 1000000000000000LL)
			number *= 1000;
		e->time.epoch_usec = number < 100000000000000000LL ? number : number / 1000;
	} else if (!e->time.has_date && e->time.epoch_usec == TIMESTAMP_ABSENT) {
		timestamp_parse(s.p, s.len, &e->time);
	}
}

/* Fields of journald: _TRANSPORT decides; fields of a process mean that a program wrote it. */
static bool put_journal(struct entry *e, const char *name, const char *value)
{
	if (strcmp(name, "_TRANSPORT") == 0)
		e->transport = strcmp(value, "kernel") == 0 ? ENTRY_KERNEL : ENTRY_PROGRAM;
	else if (strcmp(name, "_PID") == 0 || strcmp(name, "_COMM") == 0 ||
		 strcmp(name, "_SYSTEMD_UNIT") == 0)
		e->author = ENTRY_PROGRAM;
	else if (strcmp(name, "_SOURCE_REALTIME_TIMESTAMP") == 0)
		e->time.epoch_usec = to_number(value);
	else if (strcmp(name, "__REALTIME_TIMESTAMP") == 0) {
		if (e->time.epoch_usec == TIMESTAMP_ABSENT)
			e->time.epoch_usec = to_number(value);
	} else if (strcmp(name, "_SOURCE_MONOTONIC_TIMESTAMP") == 0)
		e->time.uptime_usec = to_number(value);
	else
		return false;
	return true;
}

/* By the last part of a name, in small letters. */
enum entry_field entry_field_find(const char *name)
{
	static const struct {
		const char *name;
		enum entry_field field;
	} fields[] = {
		{ "message", FIELD_MESSAGE },
		{ "msg", FIELD_MESSAGE },
		{ "log", FIELD_MESSAGE },
		{ "textPayload", FIELD_MESSAGE },
		{ "short_message", FIELD_MESSAGE },
		{ "SyslogMessage", FIELD_MESSAGE },
		{ "raw", FIELD_MESSAGE },
		{ "line", FIELD_MESSAGE },
		{ "time", FIELD_TIME },
		{ "timestamp", FIELD_TIME },
		{ "ts", FIELD_TIME },
		{ "date", FIELD_TIME },
		{ "lastTimestamp", FIELD_TIME },
		{ "finishedAt", FIELD_TIME },
		{ "TimeGenerated", FIELD_TIME },
		{ "hostname", FIELD_HOST },
		{ "host", FIELD_HOST },
		{ "Computer", FIELD_HOST },
		{ "identifier", FIELD_AUTHOR },
		{ "syslog_identifier", FIELD_AUTHOR },
		{ "ident", FIELD_AUTHOR },
		{ "programname", FIELD_AUTHOR },
		{ "syslogtag", FIELD_AUTHOR },
		{ "appname", FIELD_AUTHOR },
		{ "fac", FIELD_FACILITY },
		{ "facility", FIELD_FACILITY },
		{ "pri", FIELD_PRIORITY },
		{ "caller", FIELD_CALLER },
	};
	const char *dot = strrchr(name, '.');

	name = dot ? dot + 1 : name;
	name += strspn(name, "_@");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcasecmp(name, fields[i].name) == 0)
			return fields[i].field;
	return FIELD_NONE;
}

/* All fields except the message. */
void entry_field_put(struct entry *e, const char *name, const char *value)
{
	if (put_journal(e, name, value))
		return;
	switch (entry_field_find(name)) {
	case FIELD_TIME:
		put_time(e, value);
		break;
	case FIELD_HOST:
		text_copy(e->host, sizeof(e->host), value, strlen(value));
		break;
	case FIELD_AUTHOR:
		if (e->author == ENTRY_UNKNOWN)
			e->author = find_author(value);
		if (e->author == ENTRY_PROGRAM)
			text_copy(e->program, sizeof(e->program), value, strlen(value));
		break;
	case FIELD_FACILITY:
		e->is_dmesg |= strcmp(name, "fac") == 0;
		if (strcmp(value, "kern") != 0 && strcmp(value, "0") != 0)
			e->author = ENTRY_PROGRAM;
		break;
	case FIELD_PRIORITY:
		e->is_dmesg = true;
		if (to_number(value) >= FOREIGN)
			e->author = ENTRY_PROGRAM;
		break;
	case FIELD_CALLER:
		text_copy(e->caller, sizeof(e->caller), value, strlen(value));
		break;
	case FIELD_MESSAGE:
	case FIELD_NONE:
		break;
	}
}
