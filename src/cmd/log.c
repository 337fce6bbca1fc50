/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log: past OOM kills, from the kernel's ring buffer or logs, and why each victim was chosen. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/num.h"
#include "cmd/log/internal.h"
#include "cmd/log/time.h"

static void keep(struct log *lg, struct report *r)
{
	report_free(lg->kept);
	lg->kept = r;
	lg->kept_file = lg->file;
	r->is_taken = true;
}

bool log_is_single(const struct log *lg)
{
	return !lg->show && !lg->is_following && !lg->histogram &&
	       lg->listing.view.mode == LIST_TABLE && !lg->listing.output && !lg->listing.has_all;
}

static void add_report(void *arg, struct report *r)
{
	struct log *lg = arg;
	int64_t seconds = 0;
	struct analysis a;
	size_t n;
	bool has_seconds = log_time_date(r, *lg->file ? 0 : lg->boot_usec, lg->now, &seconds);

	lg->n_reports++;
	if (!log_filter_match(&lg->filter, r, has_seconds, seconds))
		return;
	lg->n_matched++;
	if (lg->show) {
		if (lg->show == LOG_SHOW_LAST || lg->show == r->nr)
			keep(lg, r);
		return;
	}
	mem_check(analysis_find(r, &a));
	n = kills_add(&lg->events, r, &a, lg->file, has_seconds, seconds);
	for (; lg->alert.words && n; n--)
		alert_send_kill(&lg->alert, &lg->events.rows[lg->events.n - n]);
	analysis_free(&a);
	if (log_is_single(lg) && lg->n_matched == 1) {
		keep(lg, r);
	} else {
		report_free(lg->kept);
		lg->kept = NULL;
	}
}

/* word: taken too; NULL: none. */
static enum status take_number(const struct args *a, const char *word, size_t *value)
{
	const char *const words[] = { word, NULL };
	int64_t n;

	if (num_parse(a->value, 1, 1000000000, &n))
		return args_bad_value(a,
				      word ? "a number from 1 up or 'last'" : "a number from 1 up",
				      words);
	*value = (size_t)n;
	return ST_OK;
}

static enum status take_last(void *target, const struct args *a)
{
	return take_number(a, NULL, &((struct log *)target)->last);
}

static enum status take_show(void *target, const struct args *a)
{
	struct log *lg = target;

	if (strcmp(a->value, "last"))
		return take_number(a, "last", &lg->show);
	lg->show = LOG_SHOW_LAST;
	return ST_OK;
}

static enum status take_histogram(void *target, const struct args *a)
{
	static const char *const keys[] = { "hour", "day", "name", "unit", "cgroup", NULL };
	size_t nth = 0;
	enum status st = args_choose(a, keys, &nth);

	((struct log *)target)->histogram = (enum kills_key)(KILLS_BY_HOUR + nth);
	return st;
}

static const struct opt opts[] = {
	OPT_CALL('s', "show", "N", "show report N, or the 'last' one, in detail", take_show),
	OPT_FLAG(0, "kernel-table", "a report's task dump, in kill order", struct log, has_table),
	OPT_CALL(0, "last", "N", "the last N kills", take_last),
	OPT_FLAG(0, "worst", "sort by the victims' memory, the largest last", struct log, is_worst),
	OPT_CALL(0, "histogram", "KEY", "kills per hour, day, name, unit or cgroup, as bars",
		 take_histogram),
	OPT_FLAG('f', "follow", "follow new kernel messages", struct log, is_following),
	OPT_REST(0, "exec", "COMMAND...", "run COMMAND for each kill, with --follow"),
	OPT_COUNT(0, "timeout", "SECONDS", "end COMMAND after this time (default: 60)", struct log,
		  alert.timeout_s, 3600),
	OPT_STRING(0, "state", "NAME", "which kills were passed to COMMAND (default: exec)",
		   struct log, alert.state_name),
	OPT_END,
};

static enum status check_options(struct log *lg, const struct args *a)
{
	if (lg->is_following && a->n_operands)
		return args_error(a, "--follow reads the kernel's ring buffer, not a file");
	if (lg->alert.words && !lg->is_following)
		return args_error(a, "--exec needs --follow");
	if (lg->alert.words && lg->last)
		return args_error(a, "--last limits a list, but --exec runs for each kill: "
				     "use --since");
	if (!lg->alert.words && (lg->alert.timeout_s || lg->alert.state_name))
		return args_error(a, "--timeout and --state need --exec");
	if (lg->is_following && (lg->show || lg->has_table || lg->is_worst))
		return args_error(a, "--follow goes with a list");
	if (lg->histogram && (lg->show || lg->has_table || lg->is_following || lg->listing.output))
		return args_error(a, "--histogram prints a list with its own columns");
	if (lg->has_table && lg->listing.view.mode != LIST_TABLE)
		return args_error(a, "--kernel-table has its own format: -r and -J do not apply");
	if (lg->show && (lg->listing.view.mode == LIST_RAW || lg->listing.output))
		return args_error(a, "--show prints text, or JSON with -J: -r and -o do not apply");
	return ST_OK;
}

static enum status set_columns(struct log *lg, const struct args *a)
{
	const char *defaults = log_print_is_narrow(lg)
				       ? "nr,time,where,pid,name,user,rss,adj,largest"
				       : "nr,time,where,asked,pid,name,user,unit,rss,adj,largest";

	/* JSON holds everything, unless columns were named. */
	lg->listing.has_all |= lg->listing.view.mode == LIST_JSON && !lg->listing.output;
	return output_set_columns(&lg->listing, lg->cx, a, &kills_columns, defaults);
}

static enum status run_all(struct log *lg, struct args *a)
{
	struct report_options options = { .keeps_text = lg->has_table,
					  .done = add_report,
					  .arg = lg };
	struct report_parser *p = report_begin(&options);
	struct kmsg ring = { .fd = -1 };
	enum status st;

	if (!p)
		mem_check(-ENOMEM);
	st = a->n_operands ? log_read_files(lg, p, a) : log_read_ring(lg, &ring, p);
	if (ring.n_lost)
		msg_warn(
			"the kernel's ring buffer overran while it was read: messages are missing");
	if (report_hidden(p))
		msg_warn("journalctl did not show %zu messages of the kernel; the kernel's ring "
			 "or journalctl -k -o json has them",
			 report_hidden(p));
	if (st != ST_DENIED && st != ST_BROKEN)
		st = lg->is_following ? log_read_follow(lg, &ring, p)
				      : status_worse(st, log_print_all(lg));
	kmsg_close(&ring);
	report_end(p);
	return st;
}

static enum status run(struct ctx *cx, struct args *a, void *options)
{
	struct log *lg = options;
	enum status st;

	lg->alert.words = a->rest;
	if (!a->rest)
		lg->alert.socket = -1;
	st = check_options(lg, a);
	lg->cx = cx;
	lg->file = "";
	lg->now = time(NULL);
	lg->units = (struct unit_effects){ .socket = -1, .is_off = true };
	kills_begin(&lg->events);
	if (st == ST_OK)
		st = set_columns(lg, a);
	if (st == ST_OK && lg->alert.words)
		st = alert_check(&lg->alert, cx, a);
	/* The child returns; the parent runs the command until the child ends. */
	if (st == ST_OK && lg->alert.words && !alert_begin(&lg->alert, &st))
		return st;
	if (st == ST_OK)
		st = run_all(lg, a);
	report_free(lg->kept);
	unit_effects_end(&lg->units);
	kills_end(&lg->events);
	return st;
}

const struct cmd cmd_log = {
	.name = "log",
	.synopsis = "[OPTION]... [FILE]...",
	.summary = "Show past OOM kills, and why each victim was chosen",
	.opts = opts,
	.shared = { { &log_filter_group, offsetof(struct log, filter) },
		    { &output_group, offsetof(struct log, listing) } },
	.list = &kills_columns,
	.options_size = sizeof(struct log),
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_OWN,
	.run = run,
};
