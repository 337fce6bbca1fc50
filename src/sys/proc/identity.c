/* SPDX-License-Identifier: GPL-2.0-or-later */
/* identity: tells a process from a later one with the same PID. */
#include "sys/proc/identity.h"

#include <errno.h>
#include <inttypes.h>
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
	struct timespec rest = { .tv_nsec = (long)ns_per_tick() };

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
	/* ") S 1234 1200 1100 " */
	return sscanf(strrchr(buf, ')') + strlen(") S "), "%d %d %d", &id->ppid, &id->group,
		      &id->session) == 3
		       ? 0
		       : -EIO;
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

/*
 * By how many ticks start times are shifted in this time namespace (fs/proc/array.c,
 * do_task_stat()). With a fraction of a tick it is unknown, as the kernel rounds the sum.
 */
static int read_shift(int proc, int64_t *shift)
{
	char own[64], children[64], buf[256];
	int64_t seconds, ns;
	const char *line;
	ssize_t n;

	*shift = 0;
	if (faccessat(proc, "self/ns/time", F_OK, 0))
		return 0;
	n = readlinkat(proc, "self/ns/time", own, sizeof(own));
	/* The offsets are those of the children's namespace: another one after unshare(2). */
	if (n <= 0 || n == (ssize_t)sizeof(own) ||
	    readlinkat(proc, "self/ns/time_for_children", children, sizeof(children)) != n ||
	    memcmp(own, children, (size_t)n) != 0)
		return -ENOTSUP;
	n = procfs_read(proc, "self/timens_offsets", buf, sizeof(buf));
	if (n <= 0)
		return n == -EMFILE || n == -ENFILE || n == -ENOMEM ? (int)n : -ENOTSUP;
	line = strstr(buf, "boottime");
	if (!line || sscanf(line, "boottime %" SCNd64 " %" SCNd64, &seconds, &ns) != 2 ||
	    ns % ns_per_tick())
		return -ENOTSUP;
	*shift = seconds * (NS_PER_S / ns_per_tick()) + ns / ns_per_tick();
	return 0;
}

int identity_start_to_host(int proc, uint64_t *ticks)
{
	static int64_t shift;
	static int result = 1;

	if (result != 0 && result != -ENOTSUP)
		result = read_shift(proc, &shift);
	if (result)
		return result;
	/* With a negative shift old processes wrap around. */
	if (*ticks > (uint64_t)(INT64_MAX / ns_per_tick()))
		return -ENOTSUP;
	*ticks -= (uint64_t)shift;
	return 0;
}
