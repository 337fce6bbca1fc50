/* SPDX-License-Identifier: GPL-2.0-or-later */
/* authlog: lines in syslog (authpriv). */
#include "sys/priv/authlog.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define MAX_LINE 2048
#define LOG_PATH "/dev/log"

static int connect_as(int type, const struct timeval *wait)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = LOG_PATH };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, wait, sizeof(*wait)) ||
	    connect(fd, (const struct sockaddr *)&to, sizeof(to))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int authlog_open(struct authlog *log, unsigned int wait_ms)
{
	const struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };

	struct stat st;

	log->is_stream = false;
	log->fd = connect_as(SOCK_DGRAM, &wait);
	if (log->fd == -EPROTOTYPE) {
		log->is_stream = true;
		log->fd = connect_as(SOCK_STREAM, &wait);
	}
	/* A dangling link shows that this machine has a log. */
	if (log->fd == -ENOENT && (lstat(LOG_PATH, &st) == 0 || errno != ENOENT))
		log->fd = -ECONNREFUSED;
	return log->fd < 0 ? log->fd : 0;
}

static void make_ascii(char *dst, size_t size, const char *src)
{
	for (; *src && size > 4; src++) {
		bool is_plain = *src >= ' ' && *src <= '~';
		int n = snprintf(dst, size, is_plain ? "%c" : "\\x%02x", (unsigned char)*src);

		dst += n;
		size -= (size_t)n;
	}
	*dst = '\0';
}

int authlog_send(const struct authlog *log, int severity, const char *text)
{
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	char line[MAX_LINE], shown[MAX_LINE];
	time_t now = time(NULL);
	struct tm tm = { 0 };
	ssize_t sent;
	size_t len;
	int n;

	make_ascii(shown, sizeof(shown), text);
	localtime_r(&now, &tm);
	/* The date as syslog(3) writes it, in every locale. */
	n = snprintf(line, sizeof(line), "<%d>%s %2d %02d:%02d:%02d oomctl[%d]: %s",
		     LOG_AUTHPRIV | severity, months[(unsigned int)tm.tm_mon % 12], tm.tm_mday,
		     tm.tm_hour, tm.tm_min, tm.tm_sec, (int)getpid(), shown);
	len = n < 0 ? 0 : (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1;
	/* In a stream the NUL ends a line. */
	len += log->is_stream;
	sent = send(log->fd, line, len, MSG_NOSIGNAL);
	if (sent < 0)
		return -errno;
	return (size_t)sent == len ? 0 : -EIO;
}

void authlog_close(struct authlog *log)
{
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
}
