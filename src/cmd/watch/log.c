/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log: messages of a daemon on standard error, limited in number. */
#include "cmd/watch/log.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/watch/internal.h"

/* Lines at once, and after these per second. */
#define BURST      200
#define PER_SECOND 10

/* During a flood: how long no line is printed but their number. */
#define QUIET_MS 5000

/* JOURNAL_STREAM names device and inode of the journal's socket (systemd.exec(5)). */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st))
		return false;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

void watch_log_begin(struct watch_log *l)
{
	*l = (struct watch_log){ .refilled_ms = clock_ms(), .tokens = BURST };
	msg_is_journal = is_journal();
}

static void refill(struct watch_log *l)
{
	int64_t now = clock_ms(), more = (now - l->refilled_ms) * PER_SECOND / 1000;

	if (more <= 0)
		return;
	l->tokens = more > BURST - l->tokens ? BURST : l->tokens + (int)more;
	l->refilled_ms = now;
}

/* A line that fits in PIPE_BUF does not wait, if there is room at all. */
static bool has_room(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1;
}

void watch_log_flush(struct watch_log *l)
{
	unsigned long n = l->n_suppressed;

	refill(l);
	if (!n || clock_ms() < l->quiet_ms || !l->tokens || !has_room())
		return;
	l->tokens--;
	l->n_suppressed = 0;
	msg_warn("%lu message%s suppressed: there were too many", n, n == 1 ? " was" : "s were");
}

bool watch_log_may(struct watch_log *l, enum msg_level level)
{
	if (!msg_is_shown(level))
		return false;
	watch_log_flush(l);
	if (l->n_suppressed || !l->tokens || !has_room()) {
		if (!l->n_suppressed++)
			l->quiet_ms = clock_ms() + QUIET_MS;
		return false;
	}
	l->tokens--;
	return true;
}
