/* SPDX-License-Identifier: GPL-2.0-or-later */
/* candidates_kernel: the same processes by the rules of another kernel version. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oom/rules/badness_old.h"
#include "oom/rules/task.h"
#include "oom/rules/version.h"
#include "sys/predict/candidates.h"
#include "sys/proc/procfs.h"

/* Fields of /proc/PID/stat, counted as in proc_pid_stat(5). */
enum { STAT_STATE = 3, STAT_UTIME = 14, STAT_STIME = 15, STAT_NICE = 19, STAT_START = 22 };

/* More than 1000 CPUs run in 30 years; sums of it do not overflow. */
#define MAX_TICKS (1ULL << 44)

static uint64_t bounded(uint64_t ticks)
{
	return ticks < MAX_TICKS ? ticks : MAX_TICKS;
}

static uint64_t read_uptime(int proc)
{
	char buf[64];

	if (procfs_read(proc, "uptime", buf, sizeof(buf)) <= 0)
		return 0;
	return bounded(strtoull(buf, NULL, 10));
}

/* "4242 (na) me) S 1 4242 ...": the name may hold any text, so fields count from the last ')'. */
static bool parse_stat(const char *text, uint64_t uptime_s, struct badness_old *h)
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

/* "Uid: real effective saved fs". The first line has the name, without a newline of its own. */
static void parse_status(const char *text, struct badness_old *h)
{
	const char *uid = strstr(text, "\nUid:\t"), *caps = strstr(text, "\nCapEff:\t");
	char *end;

	if (caps)
		h->caps = strtoull(strchr(caps, '\t'), NULL, 16);
	if (uid) {
		h->is_root = strtoul(strchr(uid, '\t'), &end, 10) == 0;
		h->is_root = h->is_root || (*end == '\t' && strtoul(end, NULL, 10) == 0);
	}
}

/* If the process has ended or is hidden, h says that it has used no time. */
static void read_process(int proc, const struct task *t, uint64_t uptime_s, struct badness_old *h)
{
	pid_t tid = t->mm_pid != t->pid ? t->mm_pid : 0;
	char buf[PROCFS_BUF];

	memset(h, 0, sizeof(*h));
	if (procfs_read_pid(proc, t->pid, tid, "stat", buf, sizeof(buf)) > 0 &&
	    parse_stat(buf, uptime_s, h) &&
	    procfs_read_pid(proc, t->pid, tid, "status", buf, sizeof(buf)) > 0)
		parse_status(buf, h);
}

struct numbered_pid {
	pid_t pid;
	size_t at;
};

static int compare_pids(const void *va, const void *vb)
{
	const struct numbered_pid *a = va, *b = vb;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

/* Reads what the rules before 2.6.36 need besides. */
static int read_old_stats(struct candidates *a)
{
	struct predict *p = &a->p;
	struct numbered_pid *list = calloc(p->n + 1, sizeof(*list)), *parent;
	uint64_t uptime_s = read_uptime(a->s.proc);

	p->old_stats = calloc(p->n + 1, sizeof(*p->old_stats));
	if (!list || !p->old_stats) {
		free(list);
		return -ENOMEM;
	}
	for (size_t i = 0; i < p->n; i++)
		list[i] = (struct numbered_pid){ p->candidates[i].task.pid, i };
	qsort(list, p->n, sizeof(*list), compare_pids);
	for (size_t i = 0; i < p->n; i++) {
		const struct task *t = &p->candidates[i].task;
		struct numbered_pid wanted = { .pid = t->ppid };

		read_process(a->s.proc, t, uptime_s, &p->old_stats[i].facts);
		parent = bsearch(&wanted, list, p->n, sizeof(*list), compare_pids);
		p->old_stats[i].parent = parent ? parent->at : PREDICT_NONE;
	}
	free(list);
	if (p->doubt != DOUBT_UNSEEN)
		p->doubt = DOUBT_OLD_STATS;
	return 0;
}

int candidates_use_kernel(struct candidates *a, int version)
{
	struct predict *p = &a->p;

	a->is_elsewhere = true;
	p->version = version;
	p->rules = rules_find(version);
	p->rss = version >= VERSION(6, 16, 0) && version < VERSION(7, 0, 0) ? RSS_STAT : RSS_STATUS;
	p->tie = a->is_cgroup ? p->rules->tie_memcg : p->rules->tie_global;
	if (a->is_cgroup)
		p->totals.total_pages = memcg_limit_total_pages(&a->memcg.limit, version,
								a->s.machine.swap_bytes,
								p->totals.page_size);
	for (size_t i = 0; i < p->n; i++)
		p->candidates[i].error_pages +=
			error_bounds_of_others(&a->bounds, version, &p->candidates[i].task);
	return p->rules->weight == WEIGHT_HEURISTIC ? read_old_stats(a) : 0;
}
