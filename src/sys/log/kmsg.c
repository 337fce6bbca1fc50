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
	k->n_lost = k->n_missing = 0;
	k->next = k->begin;
	k->first = k->last = -1;
	k->fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return k->fd >= 0 ? 0 : read_syslog(k);
}

/* Whether the record, which begins with "6,339,", is to be read. Others are skipped. */
static bool is_next(struct kmsg *k, const char *record)
{
	const char *comma = strchr(record, ',');
	uint64_t number = comma ? strtoull(comma + 1, NULL, 10) : 0;

	if (!comma)
		return true;
	if (number < k->begin)
		return false;
	if (k->first < 0)
		k->first = (int64_t)number;
	k->last = (int64_t)number;
	if (number >= k->next) {
		k->n_missing += number - k->next;
		k->next = number + 1;
	}
	return true;
}

/* "6,339,5140900,-,caller=T1;text\n KEY=value\n"; a newline inside the text is \x0a. */
static int read_records(struct kmsg *k, struct report_parser *p)
{
	char record[RECORD_SIZE + 1];
	size_t len = 0;
	int err = 0;

	while (!err) {
		ssize_t n = read(k->fd, record, RECORD_SIZE);

		if (n > 0) {
			record[n] = '\0';
			if (!is_next(k, record))
				continue;
			len = strcspn(record, "\n");
			err = report_feed(p, record, len);
		} else if (n < 0 && errno == EPIPE) {
			k->n_lost++; /* records were overwritten; the next one can be read */
		} else if (n < 0 && errno != EINTR) {
			err = -errno;
		} else if (n == 0) {
			err = -EAGAIN;
		}
	}
	k->ends_in_report = report_is_entry(record, len);
	return err == -EAGAIN ? 0 : err;
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

const char *kmsg_error(int err)
{
	switch (err) {
	case -ENOSYS:
		return "this kernel has none (CONFIG_PRINTK)";
	case -ENOTSUP:
		return "to follow it, /dev/kmsg is needed, which does not exist";
	default:
		return strerror(-err);
	}
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
