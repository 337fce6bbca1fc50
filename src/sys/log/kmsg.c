/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kmsg: the kernel's ring buffer: /dev/kmsg or, if that is missing, syslog(2). */
#include "sys/log/kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <time.h>
#include <unistd.h>

#define RECORD_SIZE 8192 /* the kernel's limit (CONSOLE_EXT_LOG_MAX) */
#define RING_MAX    (64 * 1024 * 1024)

enum { SYSLOG_ACTION_READ_ALL = 3, SYSLOG_ACTION_SIZE_BUFFER = 10 };

static int read_syslog(struct kmsg *k)
{
	int size = klogctl(SYSLOG_ACTION_SIZE_BUFFER, NULL, 0);

	if (size < 0)
		return -errno;
	if (size > RING_MAX)
		size = RING_MAX;
	k->text = malloc((size_t)size + 1);
	if (!k->text)
		return -ENOMEM;
	k->len = klogctl(SYSLOG_ACTION_READ_ALL, k->text, size);
	return k->len < 0 ? -errno : 0;
}

int kmsg_open(struct kmsg *k)
{
	k->n_lost = 0;
	k->first = k->last = -1;
	k->fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return k->fd >= 0 ? 0 : read_syslog(k);
}

static void note_number(struct kmsg *k, const char *record, size_t n)
{
	const char *comma = memchr(record, ',', n), *end;
	int64_t number = 0;

	end = comma ? memchr(comma + 1, ',', n - (size_t)(comma + 1 - record)) : NULL;
	if (!end || end - comma > 19)
		return;
	for (const char *p = comma + 1; p < end; p++) {
		if (*p < '0' || *p > '9')
			return;
		number = number * 10 + (*p - '0');
	}
	if (k->first < 0)
		k->first = number;
	k->last = number;
}

/* "6,339,5140900,-,caller=T1;text\n KEY=value\n"; a newline inside the text is \x0a. */
static int read_records(struct kmsg *k, struct report_parser *p)
{
	char record[RECORD_SIZE];
	int err = 0;

	while (!err) {
		ssize_t n = read(k->fd, record, sizeof(record));
		const char *newline;

		if (n > 0) {
			note_number(k, record, (size_t)n);
			newline = memchr(record, '\n', (size_t)n);
			err = report_feed(p, record,
					  newline ? (size_t)(newline - record) : (size_t)n);
		} else if (n < 0 && errno == EPIPE) {
			k->n_lost++; /* records were overwritten; the next one can be read */
		} else if (n < 0 && errno != EINTR) {
			return errno == EAGAIN ? 0 : -errno;
		} else if (n == 0) {
			return 0;
		}
	}
	return err;
}

int kmsg_read(struct kmsg *k, struct report_parser *p)
{
	int err = 0;

	if (k->fd >= 0)
		return read_records(k, p);
	for (int at = 0; !err && at < k->len;) {
		const char *newline = memchr(k->text + at, '\n', (size_t)(k->len - at));
		int stop = newline ? (int)(newline - k->text) : k->len;

		err = report_feed(p, k->text + at, (size_t)(stop - at));
		at = stop + 1;
	}
	return err;
}

int kmsg_wait(const struct kmsg *k, int out, int peer, int milliseconds)
{
	struct pollfd fds[] = { { .fd = k->fd, .events = POLLIN }, { .fd = out }, { .fd = peer } };

	if (k->fd < 0)
		return -ENOTSUP;
	if (poll(fds, 3, milliseconds) < 0)
		return errno == EINTR ? 0 : -errno;
	return fds[1].revents || fds[2].revents ? -EPIPE : fds[0].revents != 0;
}

void kmsg_close(struct kmsg *k)
{
	if (k->fd >= 0)
		close(k->fd);
	k->fd = -1;
	free(k->text);
	k->text = NULL;
}

int64_t kmsg_boot_usec(void)
{
	struct timespec now, up;

	if (clock_gettime(CLOCK_REALTIME, &now) || clock_gettime(CLOCK_MONOTONIC, &up))
		return 0;
	return (int64_t)(now.tv_sec - up.tv_sec) * 1000000 + (now.tv_nsec - up.tv_nsec) / 1000;
}
