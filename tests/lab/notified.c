/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notified FILE COMMAND...: becomes COMMAND; a child is its service manager: it writes to FILE, in lines, what COMMAND
 * sends to $NOTIFY_SOCKET (sd_notify(3)).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "notified: %s: %s\n", what, strerror(errno));
	exit(1);
}

int main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), out;
	char text[4096];
	ssize_t n;

	if (argc < 3)
		return 2;
	snprintf(text, sizeof(text), "@lab-notified-%d", (int)getpid());
	memcpy(at.sun_path + 1, text + 1, strlen(text) - 1);
	if (bind(socket_fd, (struct sockaddr *)&at,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(text))))
		die("bind");
	out = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (out < 0)
		die(argv[1]);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while ((n = recv(socket_fd, text, sizeof(text) - 1, 0)) > 0) {
			text[n] = '\n';
			if (write(out, text, (size_t)n + 1) < 0)
				die(argv[1]);
		}
		_exit(0);
	}
	setenv("NOTIFY_SOCKET", text, 1);
	execv(argv[2], argv + 2);
	die(argv[2]);
}
