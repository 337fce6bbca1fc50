/* SPDX-License-Identifier: GPL-2.0-or-later */
/* numa: the memory nodes (NUMA) that processes may use. */
#include "sys/predict/numa.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "sys/proc/procfs.h"

#define MAX_NODES 1024 /* MAX_NUMNODES at most */

/* Adds the nodes of a list such as "0-1,4" to a set. */
static void parse_list(const char *p, unsigned char *set)
{
	while (*p >= '0' && *p <= '9') {
		char *end;
		unsigned long first = strtoul(p, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (unsigned long i = first; i <= last && i < MAX_NODES; i++)
			set[i] = 1;
		p = end + (*end == ',');
	}
}

bool numa_are_closed_to(int proc, pid_t tid)
{
	unsigned char with_memory[MAX_NODES] = { 0 }, allowed[MAX_NODES] = { 0 };
	char buf[PROCFS_BUF];
	size_t n_nodes = 0;
	const char *line;
	ssize_t n;

	n = procfs_read(AT_FDCWD, "/sys/devices/system/node/has_memory", buf, sizeof(buf));
	if (n <= 0)
		return n != -ENOENT && n != 0;
	parse_list(buf, with_memory);
	for (size_t i = 0; i < MAX_NODES; i++)
		n_nodes += with_memory[i];
	/* Each process may use one. */
	if (n_nodes < 2)
		return false;
	n = procfs_read_pid(proc, tid, 0, "status", buf, sizeof(buf));
	if (n <= 0)
		return n != -ENOENT && n != -ESRCH && n != 0;
	line = strstr(buf, "\nMems_allowed_list:\t");
	if (!line)
		return false;
	parse_list(strchr(line, '\t') + 1, allowed);
	for (size_t i = 0; i < MAX_NODES; i++)
		if (with_memory[i] && !allowed[i])
			return true;
	return false;
}
