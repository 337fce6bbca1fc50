/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read: reads files, pipes and the kernel's ring buffer, and follows the latter. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/text.h"
#include "cmd/log/internal.h"
#include "cmd/shared/confine.h"
#include "sys/log/search.h"

#define QUIET_MSEC 1000 /* more than between two lines about one event */

static enum status say_ring(int err)
{
	msg_error("cannot read the kernel's log: %s", kmsg_error(err));
	if (err == -EPERM || err == -EACCES)
		msg_error("it needs root, or kernel.dmesg_restrict=0; or pipe a log in: journalctl "
			  "-k | " PROGRAM_NAME " log -");
	else
		msg_error("name a log instead, such as /var/log/kern.log, or pipe one in: "
			  "journalctl -k | " PROGRAM_NAME " log -");
	return status_of_error(err, ST_BROKEN);
}

static enum status confine(struct log *lg)
{
	/* Only the host's own log names its units. */
	if (lg->is_of_ring && !lg->has_table && (lg->show || log_is_single(lg)))
		unit_effects_begin_log(&lg->units, lg->cx->privilege);
	return confine_enter(lg->cx,
			     lg->is_of_ring && list_needs(&lg->listing.view, &kills_columns) &
						       KILLS_NEED_USER,
			     lg->is_following ? lg->alert.socket : lg->units.socket);
}

static enum status say_file(const struct log *lg, int err)
{
	const char *what = strerror(-err), *advice = "";

	if (mem_check(err) == -EBADMSG)
		what = "the compressed data are broken; what was before is shown";
	else if (err == -ELIBACC)
		what = "it is compressed, and libz.so.1 or libzstd.so.1 can't be loaded";
	else if (err == -ENOTSUP)
		what = "it is a device, which may never end; without a file the kernel's log is "
		       "read";
	else if (err == -ENODEV)
		what = "there is no /proc here: mount it first";
	else if (err == -EPROTONOSUPPORT)
		what = "packed by xz, bzip2 or lz4, which is not read; unpack it: "
		       "xz -dc FILE | " PROGRAM_NAME " log -";
	else if (err == -EMFILE)
		advice = ": see ulimit -Hn, or pipe the logs in: cat FILE... | " PROGRAM_NAME
			 " log -";
	if (err)
		msg_error("%s: %s%s", lg->file, what, advice);
	return err ? ST_MISSED : ST_OK;
}

struct log_source {
	struct log_file *file;
	int err;
};

/* Opens all files: none can be opened once the first is read. */
static void open_files(struct log_source *sources, const struct args *a)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	for (size_t i = 0; i < a->n_operands; i++)
		sources[i].err = log_file_open(a->operands[i], &sources[i].file);
	for (size_t i = 0; i < a->n_operands; i++)
		if (sources[i].file)
			log_file_load(sources[i].file);
}

struct progress {
	int64_t begin_ms;
	int64_t shown; /* tenths of a second since then, at which it was printed last */
	const char *file;
};

#define FIRST_TENTHS 10 /* a shorter read shows nothing */

static void show_progress(void *arg, uint64_t done, uint64_t size)
{
	struct progress *p = arg;
	int64_t tenths = (clock_ms() - p->begin_ms) / 100;
	size_t room = msg_width < 30 ? 10 : msg_width < 80 ? msg_width - 20 : 60;
	char name[256];

	if (tenths < FIRST_TENTHS || tenths < p->shown + 2)
		return;
	p->shown = tenths;
	text_escape(name, room + 1, p->file, strlen(p->file), 0);
	if (size)
		fprintf(stderr, "\r\033[K%s: %d%%", name,
			done < size ? (int)((double)done * 100 / (double)size) : 100);
	else
		fprintf(stderr, "\r\033[K%s: %llu MiB", name, (unsigned long long)(done >> 20));
	fflush(stderr);
}

static void end_progress(const struct progress *p)
{
	if (p->shown)
		fprintf(stderr, "\r\033[K");
}

enum status log_read_files(struct log *lg, struct report_parser *p, const struct args *a)
{
	struct log_source *sources = mem_alloc(a->n_operands, sizeof(*sources));
	struct progress progress = { .shown = 0 };
	bool has_terminal = isatty(STDERR_FILENO);
	enum status st;

	open_files(sources, a);
	progress.begin_ms = clock_ms();
	st = confine(lg);
	for (size_t i = 0; i < a->n_operands; i++) {
		struct log_source *s = &sources[i];

		lg->file = strcmp(a->operands[i], "-") == 0 ? "(standard input)" : a->operands[i];
		if (st != ST_BROKEN && s->file) {
			lg->n_read++;
			progress.file = lg->file;
			if (has_terminal)
				log_file_watch(s->file, show_progress, &progress);
			s->err = log_search_run(s->file, p);
			report_flush(p);
		}
		log_file_close(s->file);
		end_progress(&progress);
		progress.shown = 0;
		if (st != ST_BROKEN)
			st = status_worse(st, say_file(lg, s->err));
	}
	free(sources);
	return st;
}

enum status log_read_ring(struct log *lg, struct kmsg *ring, struct report_parser *p)
{
	int err = kmsg_open(ring);
	enum status st;

	lg->file = "";
	lg->is_of_ring = true;
	lg->boot_usec = kmsg_boot_usec();
	st = err ? ST_OK : confine(lg);
	if (st != ST_OK)
		return st;
	if (!err)
		err = kmsg_read(ring, p);
	if (!err)
		report_flush(p);
	return err ? say_ring(err) : ST_OK;
}

/* What a run of --exec did not see since the last one. */
static void say_gap(const struct log *lg, const struct kmsg *ring)
{
	int64_t after = lg->alert.after;

	if (lg->alert.words && after >= 0 && ring->first > after + 1)
		msg_warn("%lld kernel messages since the last run were overwritten before they "
			 "were read: kills among them are unknown",
			 (long long)(ring->first - after - 1));
}

/*
 * How long to wait for a line: a report is complete when no more lines about it come, whatever else
 * comes. With --exec, the end of what was read is sent in the same way.
 */
static int wait_ms(struct log *lg, const struct report_parser *p, const struct kmsg *ring)
{
	int64_t now = clock_ms(), left;

	if (lg->n_used != report_n_used(p) || !lg->used_ms)
		lg->used_ms = now;
	lg->n_used = report_n_used(p);
	if (!report_is_pending(p) && (!lg->alert.words || ring->last <= lg->alert.sent)) {
		lg->used_ms = 0;
		return -1;
	}
	left = lg->used_ms + QUIET_MSEC - now;
	return left > 0 ? (int)left : 0;
}

/* Prints the kills since the last time; the headings are printed once. */
static enum status print_news(struct log *lg)
{
	enum status st;

	mem_check(kills_sort(&lg->events, false, 0));
	st = kills_print(&lg->events, &lg->listing);
	kills_end(&lg->events);
	kills_begin(&lg->events);
	lg->listing.view.no_headings = true;
	return st;
}

/* What came since the last time is complete. */
static enum status finish_news(struct log *lg, const struct kmsg *ring, struct report_parser *p)
{
	report_flush(p);
	lg->used_ms = 0;
	if (lg->alert.words)
		alert_send_position(&lg->alert, ring->last);
	return lg->events.n ? print_news(lg) : ST_OK;
}

enum status log_read_follow(struct log *lg, struct kmsg *ring, struct report_parser *p)
{
	enum status st = ST_OK;
	int err = 0, out = fileno(lg->cx->out), milliseconds;
	uint64_t n_lost = ring->n_lost;

	say_gap(lg, ring);
	lg->alert.is_new_only = false;
	lg->listing.view.is_stream = true;
	if (!lg->listing.output && !lg->listing.has_all)
		log_print_add_result(lg);
	if (lg->n_matched)
		st = log_print_list(lg);

	kills_end(&lg->events);
	kills_begin(&lg->events);
	lg->listing.view.no_headings |= lg->n_matched > 0;
	if (lg->alert.words)
		alert_send_position(&lg->alert, ring->last);
	/* The close of the output reports a failed write. */
	while (!err && st == ST_OK && fflush(lg->cx->out) == 0) {
		milliseconds = wait_ms(lg, p, ring);
		err = milliseconds ? kmsg_wait(ring, out, lg->alert.socket, milliseconds) : 0;
		if (err > 0) {
			err = kmsg_read(ring, p);
			if (ring->n_lost != n_lost)
				msg_warn("the kernel's ring buffer overran while it was read: "
					 "messages are missing");
			n_lost = ring->n_lost;
			continue;
		}
		if (!err)
			st = finish_news(lg, ring, p);
	}
	return err && err != -EPIPE ? say_ring(err) : st;
}
