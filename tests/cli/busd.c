/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * busd PATH MODE: a socket that is no D-Bus. MODE hangs: it answers no connection; closes: it closes
 * each; floods: it sends bytes without end; looks: it prints user, capabilities and groups of the
 * process that connects, and closes. It prints "ready" when it listens.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void look(int connection)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	char path[64], line[256];
	FILE *status;

	if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		return;
	snprintf(path, sizeof(path), "/proc/%d/status", peer.pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (strncmp(line, "Uid:", 4) == 0 || strncmp(line, "Cap", 3) == 0 ||
		    strncmp(line, "Groups:", 7) == 0)
			fputs(line, stdout);
	if (status)
		fclose(status);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), one;
	char bytes[4096];

	if (argc != 3 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	strcpy(address.sun_path, argv[1]);
	if (bind(listener, (const struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 8))
		return 1;
	puts("ready");
	fflush(stdout);
	signal(SIGPIPE, SIG_IGN);
	memset(bytes, 'x', sizeof(bytes));
	if (strcmp(argv[2], "hangs") == 0)
		for (;;)
			pause();
	while ((one = accept(listener, NULL, NULL)) >= 0) {
		if (strcmp(argv[2], "looks") == 0)
			look(one);
		while (strcmp(argv[2], "floods") == 0 &&
		       write(one, bytes, sizeof(bytes)) == sizeof(bytes))
			;
		close(one);
	}
	return 0;
}
