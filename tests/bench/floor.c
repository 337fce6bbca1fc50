/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The least that any reader or writer of /proc must do: the floor that oomctl is measured against.
 *
 *	floor scan		lists /proc; opens and closes one small file of each process
 *	floor set ADJ PID...	opens, writes and closes oom_score_adj of each PID
 *
 * Both print the number of files. Exit: 0, 1 nothing done or a write failed, 2 wrong usage.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char FILE_NAME[] = "/oom_score_adj";

/* Opens oom_score_adj of the process with the /proc directory `pid`; returns like openat(). */
static int open_adj(int proc, const char *pid, int flags)
{
	char path[32 + sizeof(FILE_NAME)];
	size_t length = strlen(pid);

	if (length > 32) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(path, pid, length);
	memcpy(path + length, FILE_NAME, sizeof(FILE_NAME));
	return openat(proc, path, flags | O_CLOEXEC);
}

static long scan(int proc)
{
	static _Alignas(struct dirent64) char buffer[256 * 1024];
	long files = 0;
	ssize_t got;

	while ((got = getdents64(proc, buffer, sizeof(buffer))) > 0) {
		for (ssize_t at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(buffer + at);
			int fd;

			at += entry->d_reclen;
			if (!isdigit((unsigned char)entry->d_name[0]))
				continue;
			fd = open_adj(proc, entry->d_name, O_RDONLY);
			if (fd < 0)
				continue;
			close(fd);
			files++;
		}
	}
	return got < 0 ? -1 : files;
}

static long set(int proc, const char *value, char **pids, int count)
{
	size_t length = strlen(value);

	for (int i = 0; i < count; i++) {
		int fd = open_adj(proc, pids[i], O_WRONLY);

		if (fd < 0 || write(fd, value, length) != (ssize_t)length) {
			fprintf(stderr, "floor: %s: %s\n", pids[i], strerror(errno));
			return -1;
		}
		close(fd);
	}
	return count;
}

int main(int argc, char **argv)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long files;

	if (argc == 2 && strcmp(argv[1], "scan") == 0) {
		files = scan(proc);
	} else if (argc > 3 && strcmp(argv[1], "set") == 0) {
		files = set(proc, argv[2], argv + 3, argc - 3);
	} else {
		fputs("usage: floor scan | floor set ADJ PID...\n", stderr);
		return 2;
	}
	if (files <= 0) {
		fputs("floor: nothing done\n", stderr);
		return 1;
	}
	printf("%ld\n", files);
	return 0;
}
