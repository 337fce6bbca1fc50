/* SPDX-License-Identifier: GPL-2.0-or-later */
/* print: prints what log found. */
#include "cmd/log/internal.h"

#include "base/mem.h"
#include "base/msg.h"
#include "cmd/report/json.h"
#include "cmd/report/text.h"
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

/* Whether the victim was the main process, as far as the manager still knows it. */
static enum unit_effect_main find_main(const struct report *r, const struct report_kill *victim,
				       const struct unit_effects_unit *unit)
{
	if (victim->pid > 0 && victim->pid == unit->settings.last_main_pid)
		return MAIN_YES;
	return r->is_group && cgroup_path_is_below(unit->path, r->group_memcg) ? MAIN_YES
									       : MAIN_UNKNOWN;
}

static enum status print_report(struct log *lg)
{
	struct report *r = lg->kept;
	const struct report_kill *victim = report_victim(r);
	const struct unit_effects_unit *unit = NULL;
	enum unit_effect_main main = MAIN_UNKNOWN;
	enum status st = ST_OK;
	int64_t seconds = 0;
	struct analysis a;

	mem_check(analysis_find(r, &a));
	if (victim && victim->is_killed && !r->by && *r->task_memcg)
		unit = unit_effects_find(&lg->units, r->task_memcg);
	if (unit)
		main = find_main(r, victim, unit);
	if (lg->has_table && !r->n_rows) {
		msg_error("report %zu has no table of processes", r->nr);
		st = ST_MISSED;
	} else if (lg->has_table) {
		report_text_print_table(lg->cx->out, r, &a, lg->listing.view.no_headings);
	} else if (lg->listing.view.mode == LIST_JSON) {
		bool has_seconds = log_time_of(&r->time, lg->now, &seconds);

		report_json_print(lg->cx->out, r, &a, lg->kept_file, has_seconds, seconds, unit,
				  main);
	} else {
		report_text_print(lg->cx->out, wrap_prose_width(), r, &a, unit, main);
	}
	analysis_free(&a);
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
