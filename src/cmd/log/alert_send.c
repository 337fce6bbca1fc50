/* SPDX-License-Identifier: GPL-2.0-or-later */
/* alert_send: the parser's side: sends kills to the process that runs the command. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/calls.h"
#include "cmd/log/alert.h"
#include "cmd/log/message.h"

/* A field of an unknown value is not sent; the reader treats all as text anyway. */
static void copy(char *dst, size_t size, const char *src)
{
	text_copy(dst, size, src ? src : "", src ? strlen(src) : 0);
}

/* The text of the column of this name. */
static void copy_column(char *dst, size_t size, const char *name, const struct kills_row *row)
{
	int column = list_find_column(&kills_columns, name, strlen(name));
	struct cell c = { .text = NULL };

	list_get(&kills_columns, (size_t)column, row, &c);
	copy(dst, size, c.text);
}

/*
 * Waits a second at most, by the socket's option; if the other process did not read then, not at
 * all until it does, so that the kernel's log is read in time.
 */
static bool send_message(struct alert *al, const struct message *m)
{
	int flags = MSG_NOSIGNAL | (al->is_late ? MSG_DONTWAIT : 0);
	ssize_t n;

	do
		n = calls_send(al->socket, m, sizeof(*m), flags);
	while (n < 0 && errno == EINTR);
	al->is_late = n < 0;
	return n >= 0;
}

void alert_send_kill(struct alert *al, const struct kills_row *row)
{
	struct message m = { .is_kill = 1 };
	int64_t rss_kib = report_resident_kib(&row->kill);

	/* Only chosen: if it is killed, that is in a later line. */
	if (row->kill.pid == REPORT_ABSENT || !row->result || strcmp(row->result, "chosen") == 0 ||
	    al->is_new_only ||
	    (row->kill.time.record != TIMESTAMP_ABSENT && row->kill.time.record <= al->after))
		return;
	m.n_unsent = al->n_unsent;
	m.record = row->kill.time.record;
	m.seconds = row->has_seconds ? row->seconds : REPORT_ABSENT;
	m.pid = row->kill.pid;
	m.uid = row->kill.uid;
	m.adj = row->kill.adj;
	m.size_bytes = rss_kib < 0 ? REPORT_ABSENT : rss_kib * 1024;
	copy(m.name, sizeof(m.name), row->kill.name);
	copy(m.cgroup, sizeof(m.cgroup), row->texts[EVENT_TASK_MEMCG]);
	copy_column(m.by, sizeof(m.by), "by", row);
	copy_column(m.constraint, sizeof(m.constraint), "kind", row);
	copy_column(m.container, sizeof(m.container), "container", row);
	copy_column(m.unit, sizeof(m.unit), "unit", row);
	al->n_unsent = send_message(al, &m) ? 0 : al->n_unsent + 1;
}

void alert_send_position(struct alert *al, int64_t record)
{
	struct message m = { .n_unsent = al->n_unsent, .record = record };

	if (record > al->sent && send_message(al, &m)) {
		al->sent = record;
		al->n_unsent = 0;
	}
}
