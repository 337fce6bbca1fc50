/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lifetime: what the kernels before 2.6.36 count of a process beside its size. */
#include "sys/predict/lifetime.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/proc/procfs.h"

/* Fields of /proc/PID/stat, counted as in proc_pid_stat(5). */
enum { STAT_STATE = 3, STAT_UTIME = 14, STAT_STIME = 15, STAT_NICE = 19, STAT_START = 22 };

/* More than a machine of 1000 CPUs can have run in 30 years; what comes of it does not overflow. */
#define MOST_TICKS (1ULL << 44)

static uint64_t bounded(uint64_t ticks)
{
	return ticks < MOST_TICKS ? ticks : MOST_TICKS;
}

uint64_t lifetime_uptime(int proc)
{
	char buf[64];

	if (procfs_read(proc, "uptime", buf, sizeof(buf)) <= 0)
		return 0;
	return bounded(strtoull(buf, NULL, 10));
}

/* "4242 (na) me) S 1 4242 ...": the name may hold anything, so the fields count from the last ')'. */
static bool take_stat(const char *text, uint64_t uptime_s, struct heuristic *h)
{
	const char *p = strrchr(text, ')');
	long hz = sysconf(_SC_CLK_TCK);
	uint64_t ticks = 0, start_s;
	int field = STAT_STATE - 1;

	for (p = p ? strchr(p, ' ') : NULL; p; p = strchr(p + 1, ' ')) {
		field++;
		if (field == STAT_UTIME || field == STAT_STIME)
			ticks += bounded(strtoull(p, NULL, 10));
		else if (field == STAT_NICE)
			h->nice = (int)strtol(p, NULL, 10);
		else if (field == STAT_START)
			break;
	}
	if (field != STAT_START || !p || hz <= 0)
		return false;
	start_s = strtoull(p, NULL, 10) / (uint64_t)hz;
	h->age_s = uptime_s > start_s ? uptime_s - start_s : 0;
	h->cpu_ms = ticks * 1000 / (uint64_t)hz;
	return true;
}

static const char *find_line(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? at + strlen(key) : NULL;
}

/* "Uid: real effective saved fs". The first line has the name, in which the kernel writes a newline as \\n. */
static void take_status(const char *text, struct heuristic *h)
{
	const char *uid = find_line(text, "\nUid:\t"), *caps = find_line(text, "\nCapEff:\t");
	char *end;

	if (caps)
		h->caps = strtoull(caps, NULL, 16);
	if (uid) {
		h->is_root = strtoul(uid, &end, 10) == 0;
		h->is_root = h->is_root || (*end == '\t' && strtoul(end, NULL, 10) == 0);
	}
}

bool lifetime_read(int proc, const struct task *t, uint64_t uptime_s, struct heuristic *h)
{
	pid_t tid = t->mm_pid != t->pid ? t->mm_pid : 0;
	char buf[PROCFS_BUF];

	memset(h, 0, sizeof(*h));
	if (procfs_read_pid(proc, t->pid, tid, "stat", buf, sizeof(buf)) <= 0 ||
	    !take_stat(buf, uptime_s, h) ||
	    procfs_read_pid(proc, t->pid, tid, "status", buf, sizeof(buf)) <= 0)
		return false;
	take_status(buf, h);
	return true;
}
