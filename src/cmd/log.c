/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log: past OOM kills, from the kernel's ring buffer or logs, and why each victim was chosen. */
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "base/num.h"
#include "cmd/log/internal.h"
#include "cmd/log/time.h"

enum { OPT_LAST = OPT_LONG + 20, OPT_WORST, OPT_SHOW, OPT_TABLE };

static const struct opt opts[] = {
	{ 's', "show", "N", "tell the story of report N, or of the 'last' one" },
	{ OPT_TABLE, "kernel-table", NULL, "a report's table of processes, in the kernel's order" },
	{ OPT_LAST, "last", "N", "the last N kills" },
	{ OPT_WORST, "worst", NULL, "sort by the victims' memory, the largest last" },
	{ 'f', "follow", NULL, "go on with what the kernel's ring gets" },
	{ 0, NULL, NULL, NULL },
};

static void keep(struct log *lg, struct report *r)
{
	report_free(lg->kept);
	lg->kept = r;
	lg->kept_file = lg->file;
	r->is_taken = true;
}

static bool is_single(const struct log *lg)
{
	return !lg->show && !lg->is_following && lg->listing.view.mode == LIST_TABLE &&
	       !lg->listing.output && !lg->listing.has_all;
}

static void add_report(void *arg, struct report *r)
{
	struct log *lg = arg;
	int64_t seconds = 0;
	struct analysis a;
	bool has_seconds = log_time_date(r, *lg->file ? 0 : lg->boot_usec, lg->now, &seconds);

	lg->n_reports++;
	if (lg->err || !log_filter_match(&lg->filter, r, has_seconds, seconds))
		return;
	lg->n_matched++;
	if (lg->show) {
		if (lg->show == LOG_SHOW_LAST || lg->show == r->nr)
			keep(lg, r);
		return;
	}
	lg->err = analysis_find(r, &a);
	if (!lg->err)
		lg->err = kills_add(&lg->events, r, &a, lg->file, has_seconds, seconds);
	analysis_free(&a);
	if (is_single(lg) && lg->n_matched == 1) {
		keep(lg, r);
	} else if (!lg->show) {
		report_free(lg->kept);
		lg->kept = NULL;
	}
}

static int take_number(const struct args *a, const char *name, size_t *value)
{
	long n;

	if (num_parse(a->value, 1, 1000000000, &n)) {
		args_error(a, "--%s takes a number from 1 up%s, not '%s'", name,
			   name[0] == 's' ? " or 'last'" : "", a->value);
		return -1;
	}
	*value = (size_t)n;
	return 1;
}

static int take_option(struct log *lg, const struct args *a, int key)
{
	int taken;

	switch (key) {
	case 's':
		if (strcmp(a->value, "last") == 0) {
			lg->show = LOG_SHOW_LAST;
			return 1;
		}
		return take_number(a, "show", &lg->show);
	case OPT_LAST:
		return take_number(a, "last", &lg->last);
	case OPT_TABLE:
		lg->has_table = true;
		return 1;
	case OPT_WORST:
		lg->is_worst = true;
		return 1;
	case 'f':
		lg->is_following = true;
		return 1;
	default:
		taken = log_filter_take(&lg->filter, a, key);
		return taken ? taken : output_take(&lg->listing, a, key);
	}
}

static enum status check_options(struct log *lg, const struct args *a)
{
	if (lg->is_following && a->n_operands)
		return args_error(a, "--follow reads the kernel's ring, no file");
	if (lg->is_following && (lg->show || lg->has_table || lg->is_worst))
		return args_error(a, "--follow goes with a list");
	if (lg->has_table && lg->listing.view.mode != LIST_TABLE)
		return args_error(a, "--kernel-table is the kernel's own form: no -r, no -J");
	if (lg->show && (lg->listing.view.mode == LIST_RAW || lg->listing.output))
		return args_error(a, "--show tells a story, or everything with -J: no -r, no -o");
	return ST_OK;
}

static const char *default_columns(const struct log *lg)
{
	if (lg->listing.view.mode == LIST_JSON && !lg->listing.output)
		return NULL;
	return log_print_is_narrow(lg) ? "nr,time,where,pid,name,user,size,adj,largest"
				       : "nr,time,where,asked,pid,name,user,unit,size,adj,largest";
}

static enum status set_columns(struct log *lg, const struct args *a)
{
	const char *defaults = default_columns(lg);

	/* JSON holds everything, unless columns were named. */
	if (!defaults)
		lg->listing.has_all = true;
	return output_set_columns(&lg->listing, lg->cx, a, &kills_columns,
				  defaults ? defaults : "nr");
}

static enum status run_all(struct log *lg, struct args *a)
{
	struct report_options options = { .keeps_text = lg->has_table,
					  .done = add_report,
					  .arg = lg };
	struct report_parser *p = report_begin(&options);
	struct kmsg ring = { .fd = -1 };
	enum status st;

	if (!p) {
		msg_error("out of memory");
		return ST_BROKEN;
	}
	st = a->n_operands ? log_read_files(lg, p, a) : log_read_ring(lg, &ring, p);
	if (ring.n_lost)
		msg_warn("the kernel's ring went round while it was read: something is missing");
	if (st != ST_DENIED && st != ST_BROKEN)
		st = lg->is_following ? log_read_follow(lg, &ring, p)
				      : status_worse(st, log_print_all(lg));
	kmsg_close(&ring);
	report_end(p);
	return st;
}

static enum status run(struct ctx *cx, struct args *a)
{
	struct log *lg = calloc(1, sizeof(*lg));
	enum status st = ST_OK;
	int key;

	if (!lg) {
		msg_error("out of memory");
		return ST_BROKEN;
	}
	lg->cx = cx;
	lg->file = "";
	lg->now = time(NULL);
	kills_begin(&lg->events);
	while (st == ST_OK && (key = args_next(a)) > 0)
		if (take_option(lg, a, key) < 0)
			st = ST_USAGE;
	if (st == ST_OK)
		st = check_options(lg, a);
	if (st == ST_OK)
		st = set_columns(lg, a);
	if (st == ST_OK)
		st = run_all(lg, a);
	report_free(lg->kept);
	kills_end(&lg->events);
	log_filter_free(&lg->filter);
	free(lg);
	return st;
}

const struct cmd cmd_log = {
	.name = "log",
	.synopsis = "[OPTION]... [FILE]...",
	.summary = "Show past OOM kills, and why each victim was chosen",
	.opts = opts,
	.shared = { log_filter_opts, output_opts },
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_OWN,
	.run = run,
};
