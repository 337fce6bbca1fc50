/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill_columns: the columns of the list of log. */
#include <ctype.h>
#include <string.h>

#include "cmd/log/logcells.h"
#include "sys/cgroup/path.h"

#define RIGHT  COLUMN_RIGHT
#define NUMBER (COLUMN_RIGHT | COLUMN_RISES)
#define TRUNC  COLUMN_TRUNC

static const struct column columns[] = {
	[COL_NR] = { "nr", NULL, NUMBER, "number of the report, for --show" },
	[COL_TIME] = { "time", NULL, 0, "when, by the log's own clock" },
	[COL_WHERE] = { "where", NULL, TRUNC,
			"where memory ran out: the machine, a cgroup, a cpuset" },
	[COL_ASKED] = { "asked", NULL, TRUNC, "name of the process that asked for memory" },
	[COL_PID] = { "pid", NULL, NUMBER, "process that was killed" },
	[COL_NAME] = { "name", NULL, 0, "its name" },
	[COL_USER] = { "user", NULL, 0, "its user; the number alone in a log of another machine" },
	[COL_UNIT] = { "unit", NULL, TRUNC, "its systemd unit or container" },
	[COL_SIZE] = { "size", NULL, RIGHT, "its resident memory" },
	[COL_ADJ] = { "adj", NULL, RIGHT, "its adj" },
	[COL_LARGEST] = { "largest", NULL, 0,
			  "whether it used the most memory of all in the report's table" },
	[COL_RESULT] = { "result", NULL, 0,
			 "killed, group, shared, chosen, nobody, panic; - if the report has no end" },
	[COL_SECONDS] = { "seconds", NULL, NUMBER, "time in seconds since 1970" },
	[COL_UPTIME] = { "uptime", NULL, RIGHT, "time of the kernel's own clock, in microseconds" },
	[COL_FILE] = { "file", NULL, TRUNC, "the log" },
	[COL_HOST] = { "host", NULL, 0, "the machine that the log names" },
	[COL_KERNEL] = { "kernel", NULL, 0, "release of the kernel" },
	[COL_KIND] = { "kind", NULL, 0, "global, memcg, cpuset or mempolicy" },
	[COL_MEMCG] = { "cgroup", NULL, TRUNC, "the memory cgroup whose limit was hit" },
	[COL_TASK_MEMCG] = { "task_cgroup", NULL, TRUNC, "the memory cgroup of the victim" },
	[COL_CPUSET] = { "cpuset", NULL, TRUNC, "the cpuset of the process that asked" },
	[COL_ASKED_PID] = { "asked_pid", NULL, NUMBER, "process that asked" },
	[COL_ASKED_ADJ] = { "asked_adj", NULL, RIGHT, "its adj" },
	[COL_ORDER] = { "order", NULL, RIGHT,
			"it asked for 2^order pages; -1: a person did, by sysrq" },
	[COL_GFP] = { "gfp", NULL, TRUNC, "the flags of its request" },
	[COL_UID] = { "uid", NULL, NUMBER, "user of the victim, as a number" },
	[COL_ANON] = { "anon", NULL, RIGHT, "its anonymous memory" },
	[COL_FILE_RSS] = { "file_rss", NULL, RIGHT, "its resident files" },
	[COL_SHMEM] = { "shmem", NULL, RIGHT, "its resident shared memory" },
	[COL_SWAP] = { "swap", NULL, RIGHT, "its memory in swap" },
	[COL_TABLES] = { "pgtables", NULL, RIGHT, "its page tables" },
	[COL_TOTAL_VM] = { "total_vm", NULL, RIGHT, "its address space" },
	[COL_SCORE] = { "score", NULL, RIGHT, "the score that the kernel printed (to 5.0)" },
	[COL_POINTS] = { "points", NULL, RIGHT, "points computed from the table" },
	[COL_PLACE] = { "place", NULL, RIGHT,
			"place in the kernel's order, computed from the table" },
	[COL_TASKS] = { "tasks", NULL, RIGHT, "processes in the table" },
	[COL_CHOSEN] = { "chosen", NULL, TRUNC,
			 "name of the process in whose place a child was killed (to 5.0)" },
	[COL_CHOSEN_PID] = { "chosen_pid", NULL, NUMBER, "that process" },
	[COL_LIMIT] = { "limit", NULL, RIGHT, "limit of the cgroup" },
	[COL_USAGE] = { "usage", NULL, RIGHT, "memory that the cgroup used" },
	[COL_REAPED] = { "reaped", NULL, 0,
			 "yes: the reaper took its memory back; stuck: it could not" },
};

void logevents_where(enum report_kind kind, const char *memcg, const char *cpuset, char *buf,
		     size_t size)
{
	switch (kind) {
	case REPORT_GLOBAL:
		snprintf(buf, size, "machine");
		break;
	case REPORT_MEMCG:
		snprintf(buf, size, "%s", memcg && *memcg ? memcg : "cgroup");
		break;
	case REPORT_CPUSET:
		snprintf(buf, size, "cpuset %s", cpuset ? cpuset : "");
		break;
	case REPORT_MEMPOLICY:
		snprintf(buf, size, "mempolicy");
		break;
	case REPORT_UNKNOWN:
		buf[0] = '\0';
		break;
	}
}

/* 64 hexadecimal digits, perhaps with "docker-" before and ".scope" behind them: a container, of which 12 tell. */
static bool find_container(const char *path, char *buf, size_t size)
{
	const char *name = strrchr(path, '/');
	size_t len, digits = 0;

	name = name ? name + 1 : path;
	len = strcspn(name, ".");
	while (digits < len && isxdigit((unsigned char)name[len - 1 - digits]))
		digits++;
	if (digits < 32 || (digits < len && name[len - digits - 1] != '-'))
		return false;
	snprintf(buf, size, "%.*s%.12s", (int)(len - digits), name, name + len - digits);
	return true;
}

bool logevents_unit(const char *path, char *buf, size_t size)
{
	return path && (find_container(path, buf, size) || cgroup_find_unit(path, buf, size) == 0);
}

const struct list logevents_columns = {
	.name = "log",
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.cell = logcells_fill,
};
