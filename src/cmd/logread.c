/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logread: the sources of log: files, pipes and the kernel's ring, read once or followed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "cmd/logrun.h"
#include "sys/logscan.h"

#define QUIET_MSEC 1000 /* the kernel's lines about one event follow each other closer than that */

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

enum status logread_file(struct log *lg, struct report_parser *p, const char *path, bool is_last)
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
	else if (err == -EPROTONOSUPPORT)
		msg_error("%s: packed by xz, bzip2 or lz4, which is not read; unpack it: xz -dc FILE | " PROGRAM_NAME
			  " log -",
			  lg->file);
	else if (err)
		msg_error("%s: %s", lg->file, strerror(-err));
	if (err == -ENOMEM)
		return ST_BROKEN;
	return err ? ST_MISSED : ST_OK;
}

enum status logread_ring(struct log *lg, struct ring *ring, struct report_parser *p)
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

enum status logread_follow(struct log *lg, struct ring *ring, struct report_parser *p)
{
	enum status st = lg->n_matched ? logprint_list(lg) : ST_OK;
	int err = 0, out = fileno(lg->cx->out);

	logevents_end(&lg->events);
	logevents_begin(&lg->events);
	lg->listing.view.no_headings |= lg->n_matched > 0;
	/* What can't be written is said where the output is closed. */
	while (!err && st == ST_OK && fflush(lg->cx->out) == 0) {
		/* What is open is whole when nothing more comes. */
		err = ring_wait(ring, out,
				report_wants(p) != REPORT_WANTS_ENTRIES ? QUIET_MSEC : -1);
		if (err > 0) {
			err = ring_read(ring, p);
			continue;
		}
		report_flush(p);
		if (!err && lg->events.n)
			st = print_news(lg);
	}
	return err && err != -EPIPE ? say_ring(err) : st;
}
