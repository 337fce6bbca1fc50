/* SPDX-License-Identifier: GPL-2.0-or-later */
/* candidates_kernel: the same processes by the rules of a kernel that does not run here. */
#include <errno.h>
#include <stdlib.h>

#include "oom/rules/version.h"
#include "sys/predict/candidates.h"
#include "sys/predict/lifetime.h"

struct known_pid {
	pid_t pid;
	size_t at;
};

static int compare_known(const void *va, const void *vb)
{
	const struct known_pid *a = va, *b = vb;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

/* What the rules before 2.6.36 ask beside what was read. */
static int read_lives(struct arena *a)
{
	struct predict *p = &a->p;
	struct known_pid *known = calloc(p->n + 1, sizeof(*known)), *parent;
	uint64_t uptime_s = lifetime_uptime(a->s.proc);

	p->lives = calloc(p->n + 1, sizeof(*p->lives));
	if (!known || !p->lives) {
		free(known);
		return -ENOMEM;
	}
	for (size_t i = 0; i < p->n; i++)
		known[i] = (struct known_pid){ p->candidates[i].task.pid, i };
	qsort(known, p->n, sizeof(*known), compare_known);
	for (size_t i = 0; i < p->n; i++) {
		const struct task *t = &p->candidates[i].task;
		struct known_pid wanted = { .pid = t->ppid };

		lifetime_read(a->s.proc, t, uptime_s, &p->lives[i].facts);
		parent = bsearch(&wanted, known, p->n, sizeof(*known), compare_known);
		p->lives[i].parent = parent ? parent->at : PREDICT_NONE;
	}
	free(known);
	if (p->doubt != DOUBT_UNSEEN)
		p->doubt = DOUBT_LIVES;
	return 0;
}

int arena_use_kernel(struct arena *a, int version)
{
	struct predict *p = &a->p;

	a->is_elsewhere = true;
	p->version = version;
	p->rules = rules_find(version);
	p->rss = version >= VERSION(6, 16, 0) && version < VERSION(7, 0, 0) ? RSS_STAT : RSS_STATUS;
	p->tie = a->is_cgroup ? p->rules->tie_memcg : p->rules->tie_global;
	if (a->is_cgroup)
		p->totals.total_pages = limit_total_pages(&a->domain.limit, version,
							  a->s.machine.swap_bytes,
							  p->totals.page_size);
	for (size_t i = 0; i < p->n; i++)
		p->candidates[i].fuzz_pages +=
			slack_fuzz_elsewhere(&a->slack, version, &p->candidates[i].task);
	return p->rules->weight == WEIGHT_HEURISTIC ? read_lives(a) : 0;
}
