/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notify: tells the service manager the state of this service. One datagram, so libsystemd is not
 * loaded for it; the protocol is stable (sd_notify(3), "Standalone Implementations").
 */
#include "sys/watch/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define WAIT_S 1

int notify_send(const char *text)
{
	const char *name = getenv("NOTIFY_SOCKET");
	const struct timeval wait = { .tv_sec = WAIT_S };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = name ? strlen(name) : 0;
	int fd, err = 0;

	if (!len)
		return 0;
	if ((*name != '/' && *name != '@') || len < 2)
		return -EAFNOSUPPORT;
	if (len >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, name, len);
	if (*name == '@')
		to.sun_path[0] = '\0';
	else
		len++; /* with the NUL */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) ||
	    sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		err = -errno;
	close(fd);
	return err;
}

int notify_reloading(void)
{
	struct timespec now;
	char text[64];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
		 now.tv_sec * 1000000LL + now.tv_nsec / 1000);
	return notify_send(text);
}
