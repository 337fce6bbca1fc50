/* SPDX-License-Identifier: GPL-2.0-or-later */
/* survey: which of many processes a pass must look at. */
#include "sys/standing/survey.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sys/proc/workers.h"

struct survey_job {
	int proc;
	const struct match_set *set;
	const pid_t *pids;
	struct survey_result *results;
};

static enum survey_kind glance(const struct survey_job *job, struct facts *f, pid_t pid)
{
	int err = facts_glance(f, job->proc, pid);

	if (err == -ESRCH)
		return SURVEY_SKIP;
	/* Only then others ask about the parent. */
	if (!err && job->set->has_children)
		err = facts_read_ppid(f);
	/* Command lines are not read here, so such a rule is unknown. */
	if (err || match_last(job->set, job->set->n, f, &err) != MATCH_NONE)
		return SURVEY_LOOK;
	return SURVEY_NONE;
}

static void take_range(void *arg, size_t first, size_t end)
{
	const struct survey_job *job = arg;
	struct facts f;

	memset(&f.names, 0, sizeof(f.names));
	for (size_t i = first; i < end; i++) {
		f.ref.ppid = 0;
		job->results[i].kind = glance(job, &f, job->pids[i]);
		job->results[i].ppid = f.ref.ppid;
	}
}

void survey_run(int proc, const struct match_set *s, const pid_t *pids, size_t n, bool has_workers,
		struct survey_result *results)
{
	struct survey_job job = { proc, s, pids, results };

	if (has_workers)
		workers_run(n, take_range, &job);
	else if (n)
		take_range(&job, 0, n);
}
