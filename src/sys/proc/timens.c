/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timens: time namespaces, in which start times are shifted (fs/proc/array.c, do_task_stat()). */
#include "sys/proc/timens.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "sys/proc/procfs.h"

#define NS_PER_S 1000000000LL

/* The offsets are those of the children's namespace: another one after unshare(2). */
static bool is_own_for_children(int proc)
{
	char own[64], children[64];
	ssize_t n = readlinkat(proc, "self/ns/time", own, sizeof(own));

	return n > 0 && n < (ssize_t)sizeof(own) &&
	       readlinkat(proc, "self/ns/time_for_children", children, sizeof(children)) == n &&
	       memcmp(own, children, (size_t)n) == 0;
}

/* The shift in ticks. With a fraction of a tick it is unknown, as the kernel rounds the sum. */
static int read_shift(int proc, int64_t ns_per_tick, int64_t *shift)
{
	int64_t seconds, ns;
	const char *line;
	char buf[256];

	*shift = 0;
	if (faccessat(proc, "self/ns/time", F_OK, 0))
		return 0;
	if (!is_own_for_children(proc) ||
	    procfs_read(proc, "self/timens_offsets", buf, sizeof(buf)) <= 0)
		return -ENOTSUP;
	line = strstr(buf, "boottime");
	if (!line || sscanf(line, "boottime %" SCNd64 " %" SCNd64, &seconds, &ns) != 2 ||
	    ns % ns_per_tick)
		return -ENOTSUP;
	*shift = seconds * (NS_PER_S / ns_per_tick) + ns / ns_per_tick;
	return 0;
}

int timens_start_to_host(int proc, uint64_t *ticks)
{
	const int64_t ns_per_tick = NS_PER_S / sysconf(_SC_CLK_TCK);
	static int64_t shift;
	static int result = 1;

	if (result > 0)
		result = read_shift(proc, ns_per_tick, &shift);
	/* With a negative shift old processes wrap around. */
	if (result || *ticks > (uint64_t)(INT64_MAX / ns_per_tick))
		return -ENOTSUP;
	*ticks -= (uint64_t)shift;
	return 0;
}
