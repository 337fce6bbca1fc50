/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a file in pieces of 1 MiB and prints its length: the floor for programs that search a log. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char buffer[1024 * 1024];
	long long bytes = 0;
	ssize_t got;
	int fd;

	if (argc != 2) {
		fputs("usage: readall FILE\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "readall: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		bytes += got;
	if (got < 0) {
		fprintf(stderr, "readall: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	printf("%lld\n", bytes);
	return 0;
}
