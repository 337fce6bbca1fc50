/* SPDX-License-Identifier: GPL-2.0-or-later */
/* candidates_kernel: the candidates under the rules of another kernel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oom/rules/badness_old.h"
#include "oom/rules/version.h"
#include "sys/predict/internal.h"
#include "sys/proc/procfs.h"

/* Fields of /proc/PID/stat, counted as in proc_pid_stat(5). */
enum { STAT_STATE = 3, STAT_UTIME = 14, STAT_STIME = 15, STAT_NICE = 19, STAT_START = 22 };

/* More than 1000 CPUs run in 30 years; sums of it do not overflow. */
#define MAX_TICKS (1ULL << 44)

static uint64_t bounded(uint64_t ticks)
{
	return ticks < MAX_TICKS ? ticks : MAX_TICKS;
}

/*
 * Reads run time, age, nice, capabilities and uids; all 0 if the process has exited or is hidden.
 */
static void read_old_facts(int proc, const struct task *t, uint64_t uptime_s, struct badness_old *h)
{
	pid_t tid = t->mm_pid != t->pid ? t->mm_pid : 0;
	uint64_t ticks = 0, start_s, hz = (uint64_t)sysconf(_SC_CLK_TCK);
	int field = STAT_STATE - 1;
	char buf[PROCFS_BUF], *end;
	const char *p, *uid, *caps;

	memset(h, 0, sizeof(*h));
	if (procfs_read_pid(proc, t->pid, tid, "stat", buf, sizeof(buf)) <= 0)
		return;
	/* "4242 (na) me) S 1": the name may hold any text, so fields count from the last ')'. */
	p = strrchr(buf, ')');
	for (p = p ? strchr(p, ' ') : NULL; p; p = strchr(p + 1, ' ')) {
		field++;
		if (field == STAT_UTIME || field == STAT_STIME)
			ticks += bounded(strtoull(p, NULL, 10));
		else if (field == STAT_NICE)
			h->nice = (int)strtol(p, NULL, 10);
		else if (field == STAT_START)
			break;
	}
	if (!p)
		return;
	start_s = strtoull(p, NULL, 10) / hz;
	h->age_s = uptime_s > start_s ? uptime_s - start_s : 0;
	h->cpu_ms = ticks * 1000 / hz;
	if (procfs_read_pid(proc, t->pid, tid, "status", buf, sizeof(buf)) <= 0)
		return;
	/* The first line has the name, without a newline of its own. */
	uid = strstr(buf, "\nUid:\t");
	caps = strstr(buf, "\nCapEff:\t");
	if (caps)
		h->caps = strtoull(strchr(caps, '\t'), NULL, 16);
	if (uid) {
		/* "Uid: real effective saved fs" */
		h->is_root = strtoul(strchr(uid, '\t'), &end, 10) == 0;
		h->is_root = h->is_root || (*end == '\t' && strtoul(end, NULL, 10) == 0);
	}
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

/* Reads the values that only the rules before 2.6.36 need. */
static int read_old_stats(struct candidates *a)
{
	struct predict *p = &a->p;
	struct numbered_pid *list = calloc(p->n + 1, sizeof(*list)), *parent;
	uint64_t uptime_s = 0;
	char uptime[64];

	if (procfs_read(a->s.proc, "uptime", uptime, sizeof(uptime)) > 0)
		uptime_s = bounded(strtoull(uptime, NULL, 10));
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

		read_old_facts(a->s.proc, t, uptime_s, &p->old_stats[i].facts);
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

	a->is_other_kernel = true;
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
