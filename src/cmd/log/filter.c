/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter: the options of log that select reports. */
#include "cmd/log/filter.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/num.h"
#include "cmd/log/time.h"
#include "cmd/shared/selectors.h"
#include "sys/cgroup/path.h"
#include "sys/scan/find.h"

static enum status too_many(const struct args *a)
{
	return args_error(a, "at most %d of an option", LOG_FILTER_MAX);
}

static enum status take_name(void *target, const struct args *a)
{
	struct log_filter *f = target;
	char why[FIND_PATTERN_MAX];

	if (f->n_names == LOG_FILTER_MAX)
		return too_many(a);
	if (find_compile(&f->names[f->n_names], a->value, why))
		return args_error(a, "--name '%.*s': %s", FIND_PATTERN_MAX, a->value, why);
	f->n_names++;
	return ST_OK;
}

static enum status take_pid(void *target, const struct args *a)
{
	struct log_filter *f = target;
	char *copy = mem_copy(a->value), *rest = copy, *word;
	enum status st = ST_OK;
	int64_t pid;

	while (st == ST_OK && (word = strsep(&rest, ","))) {
		if (f->n_pids == LOG_FILTER_MAX)
			st = too_many(a);
		else if (num_parse(word, 1, INT32_MAX, &pid))
			st = args_error(a, "--pid takes PIDs, separated by commas, not '%s'",
					a->value);
		else
			f->pids[f->n_pids++] = pid;
	}
	free(copy);
	return st;
}

static enum status take_cgroup(void *target, const struct args *a)
{
	struct log_filter *f = target;

	if (f->n_cgroups == LOG_FILTER_MAX)
		return too_many(a);
	return selectors_read_cgroup(a, &f->cgroups[f->n_cgroups++]);
}

static enum status take_time(void *target, const struct args *a)
{
	struct log_filter *f = target;
	static const char *const words[] = { "now", "today", "yesterday", NULL };
	bool is_since = strcmp(a->option->name, "since") == 0;

	if (log_time_parse(a->value, time(NULL), is_since ? &f->since : &f->until))
		return args_bad_value(a,
				      "a time such as '2024-05-26 06:17', 06:17, 2h, now, today "
				      "or yesterday",
				      words);
	*(is_since ? &f->has_since : &f->has_until) = true;
	return ST_OK;
}

static const struct opt rows[] = {
	OPT_CALL('p', "pid", "PID", "kills of these processes, separated by commas", take_pid),
	OPT_CALL(0, "name", "PATTERN", "kills of processes whose name matches", take_name),
	OPT_CALL(0, "cgroup", "PATH", "reports of this cgroup and those below it", take_cgroup),
	OPT_CALL(0, "since", "TIME", "reports from this time on: 2024-05-26, 06:17, 2h", take_time),
	OPT_CALL(0, "until", "TIME", "reports up to this time", take_time),
	OPT_END,
};

static void release(void *filter)
{
	struct log_filter *f = filter;

	for (size_t i = 0; i < f->n_names; i++)
		regfree(&f->names[i]);
}

const struct cmd_group log_filter_group = { rows, release };

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
		return true;
	}
	return (!f->has_since || seconds >= f->since) && (!f->has_until || seconds <= f->until);
}
