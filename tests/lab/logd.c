/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logd: a syslog daemon for a guest: logd FILE appends each message to /dev/log as a line. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char buf[8192];
	FILE *out;
	ssize_t n;

	if (argc != 2 || fd < 0)
		return 2;
	unlink(at.sun_path);
	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) || chmod(at.sun_path, 0666))
		return 1;
	/* Created last, because a test waits for it. */
	out = fopen(argv[1], "ae");
	if (!out)
		return 1;
	while ((n = recv(fd, buf, sizeof(buf), 0)) >= 0) {
		fprintf(out, "%.*s\n", (int)n, buf);
		fflush(out);
	}
	return 1;
}
