/* SPDX-License-Identifier: GPL-2.0-or-later */
/* identity: tells a process from a later one with the same PID. */
#include "sys/proc/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sys/proc/parse.h"
#include "sys/proc/procfs.h"

#define NS_PER_S 1000000000LL

static int64_t ns_per_tick(void)
{
	return NS_PER_S / sysconf(_SC_CLK_TCK);
}

int64_t identity_clock(void)
{
	struct timespec now;
	int64_t ns;

	if (clock_gettime(CLOCK_BOOTTIME, &now))
		return -errno;
	ns = now.tv_sec * NS_PER_S + now.tv_nsec;
	return ns - ns % ns_per_tick();
}

void identity_wait(void)
{
	struct timespec rest = { .tv_nsec = ns_per_tick() };

	while (nanosleep(&rest, &rest) && errno == EINTR)
		;
}

int identity_read_stat(int dir, const char *path, struct identity *id)
{
	struct task t = { 0 };
	char buf[2048];
	bool is_kthread;
	ssize_t n = procfs_read(dir, path, buf, sizeof(buf));

	if (n <= 0)
		return n == 0 || n == -ENOENT ? -ESRCH : (int)n;
	if (!parse_stat(buf, &t, &is_kthread))
		return -EIO;
	id->start = t.start_ticks;
	/* ") S 1234 " */
	id->ppid = (pid_t)strtol(strrchr(buf, ')') + strlen(") S "), NULL, 10);
	return 0;
}

int identity_read(int proc, pid_t pid, struct identity *id)
{
	char path[32];

	id->pid = pid;
	snprintf(path, sizeof(path), "%d/stat", (int)pid);
	return identity_read_stat(proc, path, id);
}

bool identity_is_settled(const struct identity *id, int64_t clock)
{
	/* In a time namespace a start before 0 is shown as a large number. */
	return (int64_t)(id->start * (uint64_t)ns_per_tick()) < clock || id->pid == getpid();
}

bool identity_exists(int proc, const struct identity *id)
{
	struct identity now;

	return identity_read(proc, id->pid, &now) == 0 && now.start == id->start;
}
