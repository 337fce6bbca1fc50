/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log: past OOM kills, from the kernel's ring or from logs, and why each victim was chosen. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/msg.h"
#include "base/num.h"
#include "cmd/listing.h"
#include "cmd/logevents.h"
#include "cmd/logfilter.h"
#include "cmd/logjson.h"
#include "cmd/logstory.h"
#include "cmd/logtime.h"
#include "sys/logscan.h"
#include "sys/ring.h"

#define SHOW_LAST  SIZE_MAX
#define QUIET_MSEC 1000 /* the kernel's lines about one event follow each other closer than that */
#define TEXT_WIDTH 80
#define WIDE       110

enum { OPT_LAST = OPT_LONG + 20, OPT_WORST, OPT_SHOW, OPT_TABLE };

static const struct opt opts[] = {
	{ 's', "show", "N", "tell the story of report N, or of the 'last' one" },
	{ OPT_TABLE, "kernel-table", NULL, "a report's table of processes, in the kernel's order" },
	{ OPT_LAST, "last", "N", "the last N kills" },
	{ OPT_WORST, "worst", NULL, "sort by the victims' memory, the largest last" },
	{ 'f', "follow", NULL, "go on with what the kernel's ring gets" },
	{ 0, NULL, NULL, NULL },
};

struct log {
	struct ctx *cx;
	struct listing listing;
	struct logfilter filter;
	size_t show; /* 0: a list */
	bool has_table, is_worst, is_following, is_of_ring;
	size_t last;
	time_t now;
	const char *file; /* that is being read; "": the ring */
	int64_t boot_usec;
	size_t n_reports, n_matched, n_read;
	struct logevents events;
	struct report *kept; /* to be shown; or the only one yet */
	const char *kept_file;
	int err;
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
	return !lg->show && !lg->is_following && lg->listing.view.mode == VIEW_TABLE &&
	       !lg->listing.output && !lg->listing.has_all;
}

static void take_report(void *arg, struct report *r)
{
	struct log *lg = arg;
	int64_t seconds = 0;
	struct why w;
	bool has_seconds = logtime_date(r, *lg->file ? 0 : lg->boot_usec, lg->now, &seconds);

	lg->n_reports++;
	if (lg->err || !logfilter_match(&lg->filter, r, has_seconds, seconds))
		return;
	lg->n_matched++;
	if (lg->show) {
		if (lg->show == SHOW_LAST || lg->show == r->nr)
			keep(lg, r);
		return;
	}
	lg->err = why_find(r, &w);
	if (!lg->err)
		lg->err = logevents_add(&lg->events, r, &w, lg->file, has_seconds, seconds);
	why_free(&w);
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
			lg->show = SHOW_LAST;
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
		taken = logfilter_take(&lg->filter, a, key);
		return taken ? taken : listing_take(&lg->listing, a, key);
	}
}

static enum status check_options(struct log *lg, const struct args *a)
{
	if (lg->is_following && a->n_operands)
		return args_error(a, "--follow reads the kernel's ring, no file");
	if (lg->is_following && (lg->show || lg->has_table || lg->is_worst))
		return args_error(a, "--follow goes with a list");
	if (lg->has_table && lg->listing.view.mode != VIEW_TABLE)
		return args_error(a, "--kernel-table is the kernel's own form: no -r, no -J");
	if (lg->show && (lg->listing.view.mode == VIEW_RAW || lg->listing.output))
		return args_error(a, "--show tells a story, or everything with -J: no -r, no -o");
	return ST_OK;
}

static bool is_narrow(const struct log *lg)
{
	return lg->cx->width && lg->cx->width < WIDE;
}

static const char *default_columns(const struct log *lg)
{
	if (lg->listing.view.mode == VIEW_JSON && !lg->listing.output)
		return NULL;
	return is_narrow(lg) ? "nr,time,where,pid,name,user,size,adj,largest"
			     : "nr,time,where,asked,pid,name,user,unit,size,adj,largest";
}

static enum status set_columns(struct log *lg, const struct args *a)
{
	const char *defaults = default_columns(lg);

	/* JSON holds everything, unless columns were named. */
	if (!defaults)
		lg->listing.has_all = true;
	return listing_set_columns(&lg->listing, lg->cx, a, &logevents_columns,
				   defaults ? defaults : "nr");
}

static enum status say_ring(int err)
{
	msg_error("cannot read the kernel's log: %s", strerror(-err));
	if (err == -EPERM || err == -EACCES)
		msg_error(
			"it needs root, or kernel.dmesg_restrict=0; or pipe a log in: journalctl -k | " PROGRAM_NAME
			" log -");
	else
		msg_error(
			"name a log instead, such as /var/log/kern.log, or pipe one in: journalctl -k | " PROGRAM_NAME
			" log -");
	return err == -EPERM || err == -EACCES ? ST_DENIED : ST_BROKEN;
}

/* What is open needs no capability of root's any more to be read, and its text is anybody's. */
static void keep_none(struct log *lg)
{
	if (!privilege_keep_none(lg->cx->privilege))
		return;
	msg_error("cannot give up capabilities");
	exit(ST_BROKEN);
}

static enum status read_file(struct log *lg, struct report_parser *p, const char *path,
			     bool is_last)
{
	struct logfile *f;
	int err;

	lg->file = strcmp(path, "-") == 0 ? "(standard input)" : path;
	err = logfile_open(path, &f);
	if (is_last)
		keep_none(lg);
	if (!err) {
		lg->n_read++;
		err = logscan_run(f, p);
		logfile_close(f);
		report_flush(p);
	}
	if (err == -EBADMSG)
		msg_error("%s: the compressed data are broken; what was before is shown", lg->file);
	else if (err == -ELIBACC)
		msg_error("%s: it is compressed, and libz.so.1 or libzstd.so.1 can't be loaded",
			  lg->file);
	else if (err)
		msg_error("%s: %s", lg->file, strerror(-err));
	if (err == -ENOMEM)
		return ST_BROKEN;
	return err ? ST_MISSED : ST_OK;
}

static enum status read_ring(struct log *lg, struct ring *ring, struct report_parser *p)
{
	int err = ring_open(ring);

	lg->file = "";
	lg->is_of_ring = true;
	lg->boot_usec = ring_boot_usec();
	/* syslog(2), which has no descriptor, asks for the capability each time. */
	if (err || ring->fd >= 0)
		keep_none(lg);
	if (!err)
		err = ring_read(ring, p);
	if (!err)
		report_flush(p);
	return err ? say_ring(err) : ST_OK;
}

/* How it ended is worth a column where it is not always the same; more than the user, where both are too much. */
static void add_result(struct log *lg)
{
	const char *bad;

	view_set_columns(&lg->listing.view, &logevents_columns,
			 is_narrow(lg) && lg->listing.view.mode == VIEW_TABLE
				 ? "nr,time,where,pid,name,size,adj,largest,result"
				 : "+result",
			 &bad);
}

static enum status print_list(struct log *lg)
{
	enum status st = ST_OK;

	if (logevents_sort(&lg->events, lg->is_worst, lg->last))
		return ST_BROKEN;
	if (!lg->listing.output && !lg->listing.has_all && logevents_vary(&lg->events))
		add_result(lg);
	st = listing_print(&lg->listing, &lg->events.view);
	if (lg->events.n_dropped)
		msg_warn("%llu earlier kills are not listed",
			 (unsigned long long)lg->events.n_dropped);
	if (st == ST_OK && lg->listing.view.mode == VIEW_TABLE && !lg->listing.view.no_headings &&
	    lg->events.n > 0)
		logevents_summarize(&lg->events, lg->cx->out);
	return st;
}

static enum status print_report(struct log *lg)
{
	struct report *r = lg->kept;
	struct logstory s = { .out = lg->cx->out, .width = TEXT_WIDTH, .r = r };
	enum status st = ST_OK;
	int64_t seconds = 0;
	struct why w;

	if (why_find(r, &w)) {
		why_free(&w);
		return ST_BROKEN;
	}
	s.w = &w;
	if (lg->cx->width && lg->cx->width < TEXT_WIDTH)
		s.width = lg->cx->width > 40 ? lg->cx->width : 40;
	if (lg->has_table && !r->n_rows) {
		msg_error("report %zu has no table of processes", r->nr);
		st = ST_MISSED;
	} else if (lg->has_table) {
		logstory_print_table(&s, lg->listing.view.no_headings);
	} else if (lg->listing.view.mode == VIEW_JSON) {
		bool has_seconds = logtime_of(&r->stamp, lg->now, &seconds);

		logjson_print(lg->cx->out, r, &w, lg->kept_file, has_seconds, seconds);
	} else {
		logstory_print(&s);
	}
	why_free(&w);
	return st;
}

/* A list of none is printed where a program reads it. */
static enum status say_nothing(struct log *lg)
{
	if (lg->show && lg->n_matched)
		msg_error("there is no report %zu: there are %zu", lg->show, lg->n_reports);
	else if (lg->n_reports)
		msg_warn("%zu reports, and none that was asked for", lg->n_reports);
	else if (lg->is_of_ring)
		msg_warn(
			"no OOM kill is in the kernel's ring; name a log, or - for standard input");
	else if (lg->n_read)
		msg_warn("no OOM kill is in what was read");
	if (lg->filter.n_timeless)
		msg_warn("%llu of them do not tell their time",
			 (unsigned long long)lg->filter.n_timeless);
	if (!lg->show && !lg->has_table && lg->listing.view.mode != VIEW_TABLE)
		print_list(lg);
	return ST_MISSED;
}

static enum status print_all(struct log *lg)
{
	if (lg->err) {
		msg_error("out of memory");
		return ST_BROKEN;
	}
	if (lg->show ? !lg->kept : !lg->n_matched)
		return say_nothing(lg);
	if (lg->has_table && !lg->kept) {
		msg_error("%zu reports: choose one for --kernel-table by --show N", lg->n_matched);
		return ST_USAGE;
	}
	return lg->kept ? print_report(lg) : print_list(lg);
}

/* What came since the last time; the headings are printed once. */
static enum status print_news(struct log *lg)
{
	enum status st = ST_BROKEN;

	if (!logevents_sort(&lg->events, false, 0))
		st = listing_print(&lg->listing, &lg->events.view);
	logevents_end(&lg->events);
	logevents_begin(&lg->events);
	lg->listing.view.no_headings = true;
	return st;
}

static enum status follow(struct log *lg, struct ring *ring, struct report_parser *p)
{
	enum status st = lg->n_matched ? print_list(lg) : ST_OK;
	int err = fflush(lg->cx->out) ? -errno : 0;

	logevents_end(&lg->events);
	logevents_begin(&lg->events);
	lg->listing.view.no_headings |= lg->n_matched > 0;
	while (!err && st == ST_OK) {
		/* What is open is whole when nothing more comes. */
		err = ring_wait(ring, report_wants(p) != REPORT_WANTS_ENTRIES ? QUIET_MSEC : -1);
		if (err > 0) {
			err = ring_read(ring, p);
			continue;
		}
		report_flush(p);
		if (!err && lg->events.n) {
			st = print_news(lg);
			if (fflush(lg->cx->out))
				break;
		}
	}
	return err ? say_ring(err) : st;
}

static enum status run_all(struct log *lg, struct args *a)
{
	struct report_options options = { .keeps_text = lg->has_table,
					  .done = take_report,
					  .arg = lg };
	struct report_parser *p = report_begin(&options);
	struct ring ring = { .fd = -1 };
	enum status st = ST_OK;

	if (!p) {
		msg_error("out of memory");
		return ST_BROKEN;
	}
	if (!a->n_operands)
		st = read_ring(lg, &ring, p);
	for (size_t i = 0; i < a->n_operands; i++)
		st = status_worse(st, read_file(lg, p, a->operands[i], i + 1 == a->n_operands));
	if (ring.n_lost)
		msg_warn("the kernel's ring went round while it was read: something is missing");
	if (st != ST_DENIED && st != ST_BROKEN)
		st = lg->is_following ? follow(lg, &ring, p) : status_worse(st, print_all(lg));
	ring_close(&ring);
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
	logevents_begin(&lg->events);
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
	logevents_end(&lg->events);
	logfilter_free(&lg->filter);
	free(lg);
	return st;
}

const struct cmd cmd_log = {
	.name = "log",
	.synopsis = "[OPTION]... [FILE]...",
	.summary = "Show past OOM kills, and why each victim was chosen",
	.opts = opts,
	.shared = { logfilter_opts, listing_opts },
	.max_args = CMD_ANY_NUMBER,
	.flags = CMD_OWN,
	.run = run,
};
