/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter: the options of log that select reports. */
#include "cmd/log/filter.h"

#include <string.h>
#include <time.h>

#include "base/num.h"
#include "cmd/log/time.h"
#include "sys/cgroup/path.h"
#include "sys/scan/find.h"

enum { OPT_NAME = OPT_LONG, OPT_CGROUP, OPT_SINCE, OPT_UNTIL };

const struct opt log_filter_opts[] = {
	{ 'p', "pid", "PID", "kills of this process" },
	{ OPT_NAME, "name", "PATTERN", "kills of processes with such a name" },
	{ OPT_CGROUP, "cgroup", "PATH", "reports of this cgroup and those below it" },
	{ OPT_SINCE, "since", "TIME", "reports from this time on: 2024-05-26, 06:17, 2h" },
	{ OPT_UNTIL, "until", "TIME", "reports up to this time" },
	{ 0, NULL, NULL, NULL },
};

static int too_many(const struct args *a)
{
	args_error(a, "at most %d of an option", LOG_FILTER_MAX);
	return -1;
}

static int take_name(struct log_filter *f, const struct args *a)
{
	char why[FIND_PATTERN_MAX];

	if (f->n_names == LOG_FILTER_MAX)
		return too_many(a);
	if (find_compile(&f->names[f->n_names], a->value, why)) {
		args_error(a, "--name '%.*s': %s", FIND_PATTERN_MAX, a->value, why);
		return -1;
	}
	f->n_names++;
	return 1;
}

static int take_pid(struct log_filter *f, const struct args *a)
{
	long pid;

	if (f->n_pids == LOG_FILTER_MAX)
		return too_many(a);
	if (num_parse(a->value, 1, INT32_MAX, &pid)) {
		args_error(a, "--pid takes a PID, not '%s'", a->value);
		return -1;
	}
	f->pids[f->n_pids++] = pid;
	return 1;
}

static int take_cgroup(struct log_filter *f, const struct args *a)
{
	const char *path = cgroup_path_strip_mount(a->value);

	if (f->n_cgroups == LOG_FILTER_MAX)
		return too_many(a);
	if (*path != '/') {
		args_error(a, "--cgroup: '%s' does not begin with '/'", a->value);
		return -1;
	}
	f->cgroups[f->n_cgroups++] = path;
	return 1;
}

static int take_time(const struct args *a, const char *name, bool *has, int64_t *seconds)
{
	if (log_time_parse(a->value, time(NULL), seconds)) {
		args_error(a,
			   "--%s takes a time such as '2024-05-26 06:17', 06:17, 2h or yesterday, "
			   "not '%s'",
			   name, a->value);
		return -1;
	}
	*has = true;
	return 1;
}

int log_filter_take(struct log_filter *f, const struct args *a, int key)
{
	switch (key) {
	case 'p':
		return take_pid(f, a);
	case OPT_NAME:
		return take_name(f, a);
	case OPT_CGROUP:
		return take_cgroup(f, a);
	case OPT_SINCE:
		return take_time(a, "since", &f->has_since, &f->since);
	case OPT_UNTIL:
		return take_time(a, "until", &f->has_until, &f->until);
	default:
		return 0;
	}
}

static bool has_name(const struct log_filter *f, const struct report *r)
{
	for (size_t i = 0; i < r->n_kills; i++)
		for (size_t k = 0; k < f->n_names; k++)
			if (regexec(&f->names[k], r->kills[i].name, 0, NULL, 0) == 0)
				return true;
	return false;
}

static bool has_pid(const struct log_filter *f, const struct report *r)
{
	for (size_t i = 0; i < r->n_kills; i++)
		for (size_t k = 0; k < f->n_pids; k++)
			if (r->kills[i].pid == f->pids[k])
				return true;
	return false;
}

static bool has_cgroup(const struct log_filter *f, const struct report *r)
{
	for (size_t i = 0; i < f->n_cgroups; i++)
		if (cgroup_path_is_below(r->memcg, f->cgroups[i]) ||
		    cgroup_path_is_below(r->task_memcg, f->cgroups[i]))
			return true;
	return false;
}

bool log_filter_match(struct log_filter *f, const struct report *r, bool has_seconds,
		      int64_t seconds)
{
	if ((f->n_names && !has_name(f, r)) || (f->n_pids && !has_pid(f, r)) ||
	    (f->n_cgroups && !has_cgroup(f, r)))
		return false;
	if ((f->has_since || f->has_until) && !has_seconds) {
		f->n_timeless++;
		return false;
	}
	return (!f->has_since || seconds >= f->since) && (!f->has_until || seconds <= f->until);
}

void log_filter_free(struct log_filter *f)
{
	for (size_t i = 0; i < f->n_names; i++)
		regfree(&f->names[i]);
	f->n_names = 0;
}
