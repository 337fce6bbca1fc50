/* SPDX-License-Identifier: GPL-2.0-or-later */
/* print: prints what log found. */
#include "cmd/log/internal.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/report/json.h"
#include "cmd/report/text.h"
#include "oom/rules/adj.h"
#include "cmd/log/time.h"
#include "ui/wrap.h"

#define WIDE 110

bool log_print_is_narrow(const struct log *lg)
{
	return lg->cx->width && lg->cx->width < WIDE;
}

void log_print_add_result(struct log *lg)
{
	const char *bad;

	list_set_columns(&lg->listing.view, &kills_columns,
			 log_print_is_narrow(lg) && lg->listing.view.mode == LIST_TABLE
				 ? "nr,time,where,pid,name,rss,adj,largest,result"
				 : "+result",
			 &bad);
}

enum status log_print_list(struct log *lg)
{
	enum status st = ST_OK;
	const char *bad;

	mem_check(kills_sort(&lg->events, lg->is_worst, lg->last));
	if (lg->histogram) {
		kills_print_histogram(&lg->events, lg->histogram, &lg->listing.view);
		return ST_OK;
	}
	if (!lg->listing.output && !lg->listing.has_all && !lg->is_following &&
	    kills_differ(&lg->events))
		log_print_add_result(lg);
	if (!lg->listing.output && !lg->listing.has_all && kills_have_others(&lg->events))
		list_set_columns(&lg->listing.view, &kills_columns, "+by", &bad);
	st = kills_print(&lg->events, &lg->listing);
	if (lg->events.n_dropped)
		msg_warn("%llu earlier kills are not listed",
			 (unsigned long long)lg->events.n_dropped);
	if (st == ST_OK && lg->listing.view.mode == LIST_TABLE && !lg->listing.view.no_headings &&
	    lg->events.n > 0)
		kills_summarize(&lg->events, lg->cx->width, lg->cx->out);
	return st;
}

static bool is_killed(const struct report *r, pid_t pid)
{
	for (size_t i = 0; i < r->n_kills; i++)
		if (r->kills[i].is_killed && r->kills[i].pid == pid)
			return true;
	return false;
}

/* Whether the report shows that the process existed then, and was not killed. */
static bool is_spared(const struct report *r, pid_t pid)
{
	for (size_t i = 0; i < r->n_rows; i++)
		if (r->rows[i].task.pid == pid)
			return !is_killed(r, pid);
	return false;
}

/* Whether the report shows that no process of the group was unkillable. */
static bool is_whole_group(const struct report *r)
{
	if (!r->is_group || !r->has_table || r->n_rows_dropped)
		return false;
	for (size_t i = 0; i < r->n_rows; i++) {
		const struct task *t = &r->rows[i].task;

		if ((!task_has(t, TASK_ADJ) || t->adj == ADJ_NEVER) && !is_killed(r, t->pid))
			return false;
	}
	return true;
}

/* Whether the main process of the unit existed then, was not killed, and still runs. */
static bool runs_on(const struct report *r, const struct unit_effects_unit *unit)
{
	return !unit->err && unit->is_running && is_spared(r, unit->settings.last_main_pid);
}

/* Whether the kill was of the main process, as far as the manager still knows it. */
static enum unit_effect_main find_main(const struct report *r, const struct unit_effects_unit *unit,
				       bool is_victim)
{
	const struct unit_effect_settings *s = &unit->settings;
	bool is_main = s->last_main_pid && is_killed(r, s->last_main_pid);

	if ((is_main || is_victim) && is_whole_group(r) &&
	    cgroup_path_is_below(unit->path, r->group_memcg))
		return MAIN_ALL;
	if (runs_on(r, unit))
		return MAIN_NO;
	/* Whether other processes are left, which decides with ExitType=cgroup, is unknown. */
	return is_main && !s->is_ended_by_cgroup ? MAIN_YES : MAIN_UNKNOWN;
}

/* Whether a further process was killed that is not the main process of a known unit. */
static bool has_unplaced(const struct report *r, const struct unit_effects_kills *k)
{
	for (size_t i = 0; i < r->n_kills; i++) {
		const struct report_kill *kill = &r->kills[i];
		size_t unit = 0;

		if (!kill->is_killed || kill->is_repeated || kill->role != REPORT_GROUP)
			continue;
		while (unit < k->n && k->list[unit].unit->settings.last_main_pid != kill->pid)
			unit++;
		if (unit == k->n)
			return true;
	}
	return r->n_kills_dropped > 0;
}

/*
 * The report does not have the units of the further processes. The kernel leaves unkillable ones,
 * and units can have been started since.
 */
static void find_others(const struct report *r, struct unit_effects_kills *k)
{
	bool is_open = has_unplaced(r, k);
	size_t n = 1;

	for (size_t i = 1; i < k->n; i++) {
		struct unit_effects_kill *other = &k->list[i];
		pid_t pid = other->unit->settings.last_main_pid;

		other->is_unsure = !pid || !is_killed(r, pid);
		if (!other->is_unsure || (is_open && !runs_on(r, other->unit)))
			k->list[n++] = *other;
	}
	k->n = n;
}

static void find_units(struct log *lg, const struct report *r, struct unit_effects_kills *k)
{
	const struct report_kill *victim = report_victim(r);

	if (!victim || !victim->is_killed || r->by || !*r->task_memcg)
		return;
	unit_effects_add_path(&lg->units, r->task_memcg, k);
	if (!k->n)
		return;
	if (r->is_group) {
		unit_effects_add_below(&lg->units, r->group_memcg, k);
		find_others(r, k);
	}
	for (size_t i = 0; i < k->n; i++)
		k->list[i].main = find_main(r, k->list[i].unit, i == 0);
}

static enum status print_report(struct log *lg)
{
	struct report *r = lg->kept;
	struct unit_effects_kills units = { .n = 0 };
	enum status st = ST_OK;
	int64_t seconds = 0;
	struct analysis a;

	mem_check(analysis_find(r, &a));
	find_units(lg, r, &units);
	if (lg->has_table && !r->n_rows) {
		msg_error("report %zu has no table of processes", r->nr);
		st = ST_MISSED;
	} else if (lg->has_table) {
		report_text_print_table(lg->cx->out, r, &a, lg->listing.view.no_headings);
	} else if (lg->listing.view.mode == LIST_JSON) {
		bool has_seconds = log_time_of(&r->time, lg->now, &seconds);

		report_json_print(lg->cx->out, r, &a, lg->kept_file, has_seconds, seconds, &units);
	} else {
		report_text_print(lg->cx->out, wrap_prose_width(), r, &a, &units);
	}
	analysis_free(&a);
	free(units.list);
	return st;
}

/* Reports are numbered before the filter. */
static void say_no_such_report(const struct log *lg)
{
	const char *are = lg->n_reports == 1 ? "is" : "are";

	if (lg->show <= lg->n_reports)
		msg_error("report %zu is not among the %zu of %zu that match", lg->show,
			  lg->n_matched, lg->n_reports);
	else if (lg->n_matched < lg->n_reports)
		msg_error("there is no report %zu: there %s %zu, %zu of them match", lg->show, are,
			  lg->n_reports, lg->n_matched);
	else
		msg_error("there is no report %zu: there %s %zu", lg->show, are, lg->n_reports);
}

/* Programs get an empty list. */
static enum status say_nothing(struct log *lg)
{
	if (lg->show && lg->n_matched)
		say_no_such_report(lg);
	else if (lg->n_reports)
		msg_warn("%zu report%s found, none match%s", lg->n_reports,
			 lg->n_reports == 1 ? "" : "s", lg->n_reports == 1 ? "es" : "");
	else if (lg->is_of_ring)
		msg_warn("no OOM kill in the kernel's ring buffer; name a log, or - for "
			 "standard input");
	else if (lg->n_read)
		msg_warn("no OOM kill found");
	if (lg->show && lg->listing.view.mode == LIST_JSON)
		fputs("{\"report\":[]}\n", lg->cx->out);
	else if (!lg->show && !lg->has_table && lg->listing.view.mode != LIST_TABLE)
		log_print_list(lg);
	return ST_MISSED;
}

enum status log_print_all(struct log *lg)
{
	if (lg->filter.n_timeless)
		msg_warn("%llu report%s without a date %s kept despite --since or --until",
			 (unsigned long long)lg->filter.n_timeless,
			 lg->filter.n_timeless == 1 ? "" : "s",
			 lg->filter.n_timeless == 1 ? "is" : "are");
	if (lg->show ? !lg->kept : !lg->n_matched)
		return say_nothing(lg);
	if (lg->has_table && !lg->kept) {
		msg_error("%zu reports: choose one for --kernel-table by --show N", lg->n_matched);
		return ST_USAGE;
	}
	return lg->kept ? print_report(lg) : log_print_list(lg);
}
